"""The header X-Experience-API-Consistent-Through (Communication 2.1.3.s2.b5)."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from conformance.communication.asking import (
    UNTIL_NOW,
    get,
    ids,
    new_agent,
    new_id,
    new_iri,
    parameters_of,
    statement,
    store,
)

THROUGH = "x-experience-api-consistent-through"
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")

QUERIES: list[dict[str, Any]] = [
    {},
    {"agent": new_agent()},
    {"verb": new_iri("verbs")},
    {"activity": new_iri("activities")},
    {"registration": new_id()},
    {"related_activities": True},
    {"related_agents": True},
    {"since": UNTIL_NOW},
    {"until": UNTIL_NOW},
    {"limit": 1},
    {"ascending": True},
    {"format": "ids"},
    {"attachments": True},
]


def through(reply: httpx.Response) -> datetime:
    """Return the instant that the header promises, and hold that it is written as ISO 8601."""
    assert ISO.fullmatch(reply.headers[THROUGH])
    return datetime.fromisoformat(reply.headers[THROUGH])


@pytest.mark.requirement("Communication 2.1.3.s2.b5", "every query's reply has the header, a date and time in ISO 8601")
@pytest.mark.parametrize("parameters", QUERIES, ids=lambda given: "+".join(given) or "none")
def test_every_query_has_the_header(lrs: httpx.Client, parameters: dict[str, Any]) -> None:
    reply = lrs.get("statements", params=parameters_of(parameters))
    assert reply.status_code == 200
    assert abs(datetime.now(UTC) - through(reply)) < timedelta(seconds=30)


@pytest.mark.requirement("Communication 2.1.3.s2.b5", "refusals have the header as well")
@pytest.mark.parametrize(
    ("parameters", "status"), [({"colour": "green"}, 400), ({"limit": "x"}, 400), ({"statementId": new_id()}, 404)]
)
def test_refusals_have_the_header(lrs: httpx.Client, parameters: dict[str, str], status: int) -> None:
    reply = lrs.get("statements", params=parameters)
    assert reply.status_code == status
    through(reply)


@pytest.mark.requirement("Communication 2.1.3.s2.b5", "a request without version and credentials is told as well")
def test_a_request_without_any_header_is_told(bare: httpx.Client, xapi_version: str) -> None:
    reply = bare.get("statements")
    assert reply.status_code == 400
    through(reply)
    reply = bare.get("statements", headers={"X-Experience-API-Version": xapi_version})
    assert reply.status_code == 401
    through(reply)


@pytest.mark.requirement("Communication 2.1.3.s2.b5", "replies to PUT, POST, HEAD and refused methods have the header")
def test_other_methods_have_the_header(lrs: httpx.Client) -> None:
    one = new_id()
    for reply in (
        lrs.put("statements", params={"statementId": one}, json=statement()),
        lrs.put("statements", params={"statementId": one}, json=statement()),
        lrs.post("statements", json=statement()),
        lrs.post("statements", json={}),
        lrs.head("statements"),
        lrs.delete("statements"),
    ):
        through(reply)


@pytest.mark.requirement(
    "Communication 2.1.3.s2.b5", "the time can be compared with one Date header, the server's clock"
)
def test_the_date_header_is_there_once(lrs: httpx.Client) -> None:
    for reply in (lrs.get("statements"), lrs.get("statements", params={"colour": "green"}), lrs.head("about")):
        [date] = reply.headers.get_list("date")
        assert abs(parsedate_to_datetime(date) - datetime.now(UTC)) < timedelta(seconds=30)


@pytest.mark.requirement("Communication 2.1.3.s2.b5", "the time is a recent one, also when nothing is being stored")
def test_the_promise_moves_on_when_nothing_is_stored(lrs: httpx.Client) -> None:
    [one] = store(lrs, statement())
    stored = datetime.fromisoformat(get(lrs, one)["stored"])
    assert through(lrs.get("statements", params={"limit": "1"})) >= stored


@pytest.mark.requirement("Communication 2.1.3.s2.b5", "every statement stored up to the time is there")
def test_the_promise_is_kept(lrs: httpx.Client) -> None:
    verb = {"id": new_iri("verbs")}
    for _ in range(10):
        [one] = store(lrs, statement(verb=verb))
        reply = lrs.get("statements", params={"verb": verb["id"]})
        promised = reply.headers[THROUGH]
        assert reply.json()["statements"][0]["id"] == one
        assert set(ids(lrs, verb=verb["id"], until=promised)) <= {found["id"] for found in reply.json()["statements"]}
