"""The parameters of GET statements (Communication 2.1.3)."""

import itertools
from datetime import UTC, datetime
from uuid import UUID

import pytest

from lrs.xapi.faults import InvalidQuery
from lrs.xapi.query import StatementQuery, parse_query
from lrs.xapi.version import Version

ID = "aa97b177-9383-4934-8543-0f91a7a02836"
FILTERS = {
    "agent": '{"mbox":"mailto:a@example.com"}',
    "verb": "http://x.y/v",
    "activity": "http://x.y/a",
    "registration": ID,
    "related_activities": "true",
    "related_agents": "true",
    "since": "2020-01-01T00:00:00Z",
    "until": "2020-01-01T00:00:00Z",
    "limit": "1",
    "ascending": "true",
}


def _query(*pairs: tuple[str, str], version: Version = Version.V1_0_3) -> StatementQuery:
    return parse_query(pairs, version, max_limit=100)


def _faults(*pairs: tuple[str, str], version: Version = Version.V1_0_3) -> list[str]:
    with pytest.raises(InvalidQuery) as caught:
        _query(*pairs, version=version)
    assert all(fault.rule.startswith(("Communication", "Data", "IEEE")) for fault in caught.value.faults)
    return [fault.message for fault in caught.value.faults]


def test_no_parameters_ask_for_the_newest() -> None:
    assert _query() == StatementQuery(limit=100)
    assert _query().terms == ()


def test_every_filter_is_read() -> None:
    query = _query(*FILTERS.items(), ("format", "ids"), ("attachments", "true"))
    moment = datetime(2020, 1, 1, tzinfo=UTC)
    assert query == StatementQuery(
        limit=1,
        agent="mbox:mailto:a@example.com",
        verb="http://x.y/v",
        activity="http://x.y/a",
        registration=ID,
        related_activities=True,
        related_agents=True,
        since=moment,
        until=moment,
        format="ids",
        attachments=True,
        ascending=True,
    )


def test_terms_follow_the_breadth_of_the_filters() -> None:
    narrow = _query(("agent", FILTERS["agent"]), ("activity", "http://x.y/a"), ("registration", ID.upper()))
    assert narrow.terms == (("agent", "mbox:mailto:a@example.com"), ("activity", "http://x.y/a"), ("registration", ID))
    broad = _query(*FILTERS.items())
    assert [kind for kind, _ in broad.terms] == ["related_agent", "verb", "related_activity", "registration"]


@pytest.mark.parametrize(
    ("text", "limit"), [("0", 100), ("7", 7), ("100", 100), ("101", 100), ("9223372036854775807", 100)]
)
def test_the_limit_is_what_the_server_allows(text: str, limit: int) -> None:
    assert _query(("limit", text)).limit == limit


def test_one_statement_is_asked_for_by_its_id() -> None:
    assert _query(("statementId", ID.upper()), ("format", "canonical")).statement_id == UUID(ID)
    assert _query(("voidedStatementId", ID), ("attachments", "false")).voided_statement_id == UUID(ID)


@pytest.mark.parametrize(("identifier", "name"), list(itertools.product(["statementId", "voidedStatementId"], FILTERS)))
def test_a_filter_beside_an_id_is_refused(identifier: str, name: str) -> None:
    assert f"{name} is not allowed beside {identifier}" in _faults((identifier, ID), (name, FILTERS[name]))


def test_both_ids_together_are_refused() -> None:
    assert "statementId and voidedStatementId are given together" in _faults(
        ("statementId", ID), ("voidedStatementId", ID)
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("statementId", "x"),
        ("voidedStatementId", ""),
        ("agent", "not JSON"),
        ("agent", "{}"),
        ("agent", '{"mbox":"a@example.com"}'),
        ("agent", '{"objectType":"Group","member":[{"mbox":"mailto:a@example.com"}]}'),
        ("verb", "no iri"),
        ("activity", "no iri"),
        ("registration", "no uuid"),
        ("related_activities", "TRUE"),
        ("related_agents", "1"),
        ("ascending", ""),
        ("attachments", "yes"),
        ("since", "yesterday"),
        ("until", "2008-09-15T15:53:00.601-00:00"),
        ("limit", "-1"),
        ("limit", "1.5"),
        ("limit", "\uff19"),
        ("limit", "9" * 5000),
        ("format", "Exact"),
    ],
)
def test_a_malformed_value_is_refused_by_name(name: str, value: str) -> None:
    assert _faults((name, value))[0].startswith(name)


def test_unknown_and_wrongly_spelt_parameters_are_refused() -> None:
    messages = _faults(("StatementId", ID), ("unknown", "1"))
    assert messages[0] == "the Statement resource has no parameter StatementId; it is spelt statementId"
    assert messages[1] == "the Statement resource has no parameter unknown"


def test_a_repeated_parameter_is_refused() -> None:
    assert _faults(("verb", "http://x.y/v"), ("verb", "http://x.y/w")) == ["verb is given 2 times"]


def test_every_fault_is_listed() -> None:
    assert len(_faults(("limit", "x"), ("verb", "x"), ("Since", "x"), ("agent", "["))) == 4


def test_an_identified_group_is_an_agent() -> None:
    group = '{"objectType":"Group","account":{"homePage":"http://x.y","name":"g"}}'
    assert _query(("agent", group)).agent == "account:http://x.y\x00g"


def test_two_wants_a_time_zone() -> None:
    assert _query(("since", "2020-01-01T00:00:00")).since == datetime(2020, 1, 1, tzinfo=UTC)
    assert _faults(("since", "2020-01-01T00:00:00"), version=Version.V2_0_0) == ["since is not a timestamp"]
