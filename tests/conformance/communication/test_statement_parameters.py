"""GET of statements: which parameters go together, and what their values may be (Communication 2.1.3, 3.2)."""

from typing import Any

import httpx
import pytest

from conformance.communication.asking import (
    UNTIL_NOW,
    new_agent,
    new_id,
    new_iri,
    parameters_of,
    refused,
    statement,
    store,
    voiding,
)

WITH_IDS = ["statementId", "voidedStatementId"]
FILTERS: dict[str, Any] = {
    "agent": new_agent(),
    "verb": new_iri("verbs"),
    "activity": new_iri("activities"),
    "registration": new_id(),
    "related_activities": True,
    "related_agents": True,
    "since": UNTIL_NOW,
    "until": UNTIL_NOW,
    "limit": 1,
    "ascending": True,
}


def one_of(lrs: httpx.Client, name: str) -> str:
    """Return the id of a statement that the parameter ``name`` returns."""
    [one] = store(lrs, statement())
    if name == "voidedStatementId":
        store(lrs, voiding(one))
    return one


@pytest.mark.requirement("Communication 2.1.3.s2.b1", "statementId and voidedStatementId together are refused")
def test_both_ids_together_are_refused(lrs: httpx.Client) -> None:
    refused(lrs.get("statements", params={"statementId": new_id(), "voidedStatementId": new_id()}))


@pytest.mark.requirement("Communication 2.1.3.s2.b2", "an id beside any filter is refused")
@pytest.mark.parametrize("name", WITH_IDS)
@pytest.mark.parametrize("beside", sorted(FILTERS))
def test_an_id_beside_a_filter_is_refused(lrs: httpx.Client, name: str, beside: str) -> None:
    refused(lrs.get("statements", params=parameters_of({name: new_id(), beside: FILTERS[beside]})))


@pytest.mark.requirement("Communication 2.1.3.s2.b2", "an id beside format and attachments is served")
@pytest.mark.parametrize("name", WITH_IDS)
@pytest.mark.parametrize(
    "beside", [{"format": "ids"}, {"attachments": "true"}, {"format": "exact", "attachments": "false"}]
)
def test_an_id_beside_format_and_attachments_is_served(lrs: httpx.Client, name: str, beside: dict[str, str]) -> None:
    reply = lrs.get("statements", params={name: one_of(lrs, name), **beside})
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith(
        "multipart/mixed; boundary=" if beside.get("attachments") == "true" else "application/json"
    )


@pytest.mark.requirement("Data 2.2.s4.b4", "values of parameters are held to the rules of their types")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("statementId", "not a uuid"),
        ("voidedStatementId", "not a uuid"),
        ("agent", "not json"),
        ("agent", "true"),
        ("agent", "{}"),
        ("agent", '{"objectType":"Agent","name":"nobody"}'),
        ("agent", '{"mbox":"mailto:a@example.com","openid":"http://example.com/a"}'),
        ("agent", '{"objectType":"Group","member":[{"mbox":"mailto:a@example.com"}]}'),
        ("verb", "no scheme"),
        ("activity", "no scheme"),
        ("registration", "not a uuid"),
        ("related_activities", "yes"),
        ("related_agents", "1"),
        ("since", "yesterday"),
        ("since", "2012-06-01T19:09:13-00:00"),
        ("until", "2012-13-01T19:09:13Z"),
        ("limit", "-1"),
        ("limit", "1.5"),
        ("limit", "many"),
        ("format", "Exact"),
        ("format", "other"),
        ("attachments", "maybe"),
        ("ascending", ""),
    ],
)
def test_a_value_that_is_not_of_its_type_is_refused(lrs: httpx.Client, name: str, value: str) -> None:
    refused(lrs.get("statements", params={name: value}))


@pytest.mark.requirement("Communication 3.2.s3.b7", "a parameter that is given twice is refused")
def test_a_parameter_given_twice_is_refused(lrs: httpx.Client) -> None:
    refused(lrs.get("statements?limit=1&limit=2"))
