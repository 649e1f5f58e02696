"""A query answers with statements and with where to find more of them (Data 2.5)."""

from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from conformance.communication.asking import new_agent, new_iri, statement, store

requirement = pytest.mark.requirement
LONG_AGO = "2012-06-01T19:09:13.245Z"


@pytest.fixture
def verb(lrs: httpx.Client) -> str:
    """A verb that three stored statements have, and no other."""
    own = new_iri("verbs")
    store(lrs, *[statement(verb={"id": own}) for _ in range(3)])
    return own


def asked(lrs: httpx.Client, **parameters: object) -> dict:
    """Return the StatementResult of a query."""
    answer = lrs.get("statements", params=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("application/json")
    return answer.json()


def more_of(lrs: httpx.Client, result: dict) -> dict:
    """Return the StatementResult that ``more`` leads to, resolved against the address of the request."""
    answer = lrs.get(urljoin(str(lrs.base_url), result["more"]))
    assert answer.status_code == 200, answer.text
    return answer.json()


@requirement(
    "Data 2.5.s2.table1.row1", "a query answers with an array of statements and a more (XAPI-00110, XAPI-00113)"
)
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"agent": '{"mbox": "mailto:ada@example.com"}'},
        {"verb": "http://adlnet.gov/expapi/verbs/attended"},
        {"activity": "http://example.com/meetings/34534"},
        {"registration": "ec531277-b57b-4c15-8d91-d292c5b2b8f7"},
        {"activity": "http://example.com/meetings/34534", "related_activities": "true"},
        {"agent": '{"mbox": "mailto:ada@example.com"}', "related_agents": "true"},
        {"since": LONG_AGO},
        {"until": LONG_AGO},
        {"limit": "1"},
        {"ascending": "true"},
        {"format": "ids"},
        {"format": "canonical"},
        {"attachments": "false"},
    ],
    ids=lambda parameters: " ".join(parameters) or "no filter",
)
def test_every_query_answers_with_statements_and_more(lrs: httpx.Client, parameters: dict):
    store(lrs, statement())
    result = asked(lrs, **{"limit": "2", **parameters})
    assert isinstance(result["statements"], list)
    assert isinstance(result.get("more", ""), str)


@requirement("Data 2.5.s1", "what a query finds fits every filter that it was given")
def test_what_is_found_fits_all_filters(lrs: httpx.Client):
    agent, verb, activity = new_agent(), new_iri("verbs"), new_iri("activities")
    registration = "0b1c6e2e-6a0e-4f61-9d4c-7d0a4b6c5a11"
    fitting = statement(actor=agent, verb={"id": verb}, object={"id": activity}, context={"registration": registration})
    (own, *_) = store(lrs, fitting, fitting | {"actor": new_agent()}, fitting | {"verb": {"id": new_iri("verbs")}})
    filters = {"verb": verb, "activity": activity, "registration": registration, "since": LONG_AGO}
    found = asked(lrs, agent=f'{{"mbox": "{agent["mbox"]}"}}', **filters)
    assert [one["id"] for one in found["statements"]] == [own]


@requirement("Data 2.5.s2.table1.row1", "a query that finds nothing is a success with no statements (XAPI-00112)")
def test_finding_nothing_is_a_success(lrs: httpx.Client):
    result = asked(lrs, verb=new_iri("verbs"))
    assert result["statements"] == []
    assert result["more"] == ""


@requirement("Data 2.5.s2.table1.row2", "more is an IRL when there is more, and empty when there is not (XAPI-00109)")
def test_more_is_an_irl_only_when_there_is_more(lrs: httpx.Client, verb: str):
    first = asked(lrs, verb=verb, limit=1)
    assert urlsplit(urljoin(str(lrs.base_url), first["more"])).path.startswith("/")
    assert " " not in first["more"]
    assert asked(lrs, verb=verb, limit=3)["more"] == ""
    assert asked(lrs, verb=verb)["more"] == ""


@requirement(
    "Data 2.5.s2.table1.row2", "more leads to the next page of the same query (XAPI-00108, XAPI-00111, XAPI-00114)"
)
@pytest.mark.parametrize("ascending", ["false", "true"])
def test_the_pages_are_the_whole_result(lrs: httpx.Client, verb: str, ascending: str):
    whole = [one["id"] for one in asked(lrs, verb=verb, ascending=ascending)["statements"]]
    page = asked(lrs, verb=verb, ascending=ascending, limit=1)
    pages = [page]
    while page["more"]:
        page = more_of(lrs, page)
        pages.append(page)
    assert all(set(page) == {"statements", "more"} for page in pages)
    assert [one["id"] for page in pages for one in page["statements"]] == whole
    assert len(whole) == 3
