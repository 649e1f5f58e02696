"""The Agents and the Activities resource (Communication 2.4 and 2.5)."""

import json
from typing import Any

import httpx
import pytest

from conformance.communication.asking import (
    new_agent,
    new_id,
    new_iri,
    refused,
    statement,
    store,
    substatement,
    voiding,
)

ATTRIBUTES = ["name", "mbox", "mbox_sha1sum", "openid", "account"]


def agents() -> list[dict[str, Any]]:
    """Return new Agents, one for each kind of identifier, with names."""
    unique = new_id().replace("-", "")
    kinds: list[dict[str, Any]] = [
        {"mbox": f"mailto:{unique}@example.com"},
        {"mbox_sha1sum": unique.ljust(40, "0")},
        {"openid": f"http://{unique}.example.com/"},
        {"account": {"homePage": "http://example.com/", "name": unique}},
    ]
    return [{"objectType": "Agent", "name": "Ada", **kind} for kind in kinds]


def person(lrs: httpx.Client, agent: dict[str, Any]) -> dict[str, Any]:
    """Return the Person of an Agent."""
    reply = lrs.get("agents", params={"agent": json.dumps(agent)})
    assert reply.status_code == 200, reply.text[:300]
    assert reply.headers["content-type"] == "application/json"
    found: dict[str, Any] = reply.json()
    return found


@pytest.mark.requirement("Communication 2.4.s2", "GET of an Agent returns 200 and a Person")
@pytest.mark.requirement("Communication 2.4.s5.table1.row1", "objectType is Person")
@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_an_agent_gives_a_person(lrs: httpx.Client, known: bool) -> None:
    for agent in agents():
        if known:
            store(lrs, statement(actor=agent))
        assert person(lrs, agent)["objectType"] == "Person"


@pytest.mark.requirement("Communication 2.4.s5", "every attribute of a Person is an array of what Agents have one of")
@pytest.mark.requirement("Communication 2.4.s6.b2", "a Person has no other properties")
def test_every_attribute_is_an_array(lrs: httpx.Client) -> None:
    for agent in agents():
        store(lrs, statement(actor=agent))
        expected = {name: [agent[name]] for name in ATTRIBUTES if name in agent}
        assert person(lrs, agent) == {"objectType": "Person", **expected}


@pytest.mark.requirement("Communication 2.4.s3.b3", "an Agent nothing is known of gives a Person of what was asked")
def test_an_unknown_agent_gives_what_was_asked(lrs: httpx.Client) -> None:
    agent = new_agent(name="Nobody")
    assert person(lrs, agent) == {"objectType": "Person", "name": ["Nobody"], "mbox": [agent["mbox"]]}
    plain = {"mbox": agent["mbox"]}
    assert person(lrs, plain) == {"objectType": "Person", "mbox": [agent["mbox"]]}


@pytest.mark.requirement("Communication 2.4.s5.table1.row2", "name lists the names that the Agent was given")
def test_names_are_those_of_all_statements(lrs: httpx.Client) -> None:
    agent = new_agent()
    for name in ("Ada", "Ada Lovelace", "Ada"):
        store(lrs, statement(actor={**agent, "name": name}))
    assert sorted(person(lrs, agent)["name"]) == ["Ada", "Ada Lovelace"]


@pytest.mark.requirement("Communication 2.4.s2.table1.row1", "agent is required, and is a valid Agent")
@pytest.mark.parametrize(
    "agent",
    [
        None,
        "not json",
        "true",
        "[]",
        '{"objectType":"Agent","name":"Rick James"}',
        '{"mbox":["mailto:a@example.com"]}',
        '{"objectType":"Person","mbox":"mailto:a@example.com"}',
        '{"objectType":"Group","mbox":"mailto:a@example.com"}',
    ],
)
def test_what_is_no_agent_is_refused(lrs: httpx.Client, agent: str | None) -> None:
    refused(lrs.get("agents", params={} if agent is None else {"agent": agent}))


def known(lrs: httpx.Client, activity_id: str) -> dict[str, Any]:
    """Return the Activity as the LRS knows it."""
    reply = lrs.get("activities", params={"activityId": activity_id})
    assert reply.status_code == 200, reply.text[:300]
    assert reply.headers["content-type"] == "application/json"
    found: dict[str, Any] = reply.json()
    return found


def activity(**definition: Any) -> dict[str, Any]:
    """Return a new Activity with a definition."""
    return {"objectType": "Activity", "id": new_iri("activities"), "definition": definition}


RICH = {
    "type": "http://adlnet.gov/expapi/activities/meeting",
    "name": {"en-GB": "example meeting", "en-US": "example meeting"},
    "description": {"en-GB": "A meeting.", "en-US": "A meeting."},
    "moreInfo": "http://example.com/345256",
    "extensions": {"http://example.com/location": "X:\\meetings", "http://example.com/reporter": {"name": "Thomas"}},
}


@pytest.mark.requirement("Communication 2.5.s1", "GET of an Activity returns 200 and the complete Activity")
def test_an_activity_comes_back_complete(lrs: httpx.Client) -> None:
    sent = activity(**RICH)
    store(lrs, statement(object=sent))
    assert known(lrs, sent["id"]) == sent


@pytest.mark.requirement("Communication 2.5.s1", "languages of all statements are put together")
@pytest.mark.parametrize("at_once", [True, False], ids=["one batch", "two requests"])
def test_languages_of_all_statements_are_put_together(lrs: httpx.Client, at_once: bool) -> None:
    first = activity(**RICH)
    second = {**first, "definition": {**RICH, "name": {"fr-FR": "réunion"}}}
    sent = [statement(object=first), statement(object=second)]
    for batch in [sent] if at_once else [[one] for one in sent]:
        store(lrs, *batch)
    name = known(lrs, first["id"])["definition"]["name"]
    assert name == {"en-GB": "example meeting", "en-US": "example meeting", "fr-FR": "réunion"}


@pytest.mark.requirement("Communication 2.5.s1", "definitions in contexts and SubStatements count as well")
def test_definitions_at_every_place_count(lrs: httpx.Client) -> None:
    for place in ("parent", "grouping", "category", "other"):
        sent = activity(**RICH)
        store(lrs, statement(context={"contextActivities": {place: [sent]}}))
        assert known(lrs, sent["id"]) == sent
    sent = activity(**RICH)
    store(lrs, statement(object=substatement(object=sent)))
    assert known(lrs, sent["id"]) == sent


@pytest.mark.requirement("Communication 2.5.s1", "the later definition holds")
def test_the_later_definition_holds(lrs: httpx.Client) -> None:
    sent = activity(name={"en": "first"}, moreInfo="http://example.com/1")
    store(lrs, statement(object=sent))
    store(lrs, statement(object={**sent, "definition": {"name": {"en": "second"}}}))
    assert known(lrs, sent["id"])["definition"] == {"name": {"en": "second"}, "moreInfo": "http://example.com/1"}


@pytest.mark.requirement("Communication 2.1.4.s1.b1", "a voided statement defines nothing")
def test_a_voided_statement_defines_nothing(lrs: httpx.Client) -> None:
    sent = activity(**RICH)
    [one] = store(lrs, statement(object=sent))
    store(lrs, voiding(one))
    assert known(lrs, sent["id"]) == {"objectType": "Activity", "id": sent["id"]}


@pytest.mark.requirement("IEEE 9274.1.1 4.1.6.4", "an Activity without a definition is an Activity still")
@pytest.mark.requirement("Communication 2.5.s2.b1", "an Activity nothing is known of is 200 and an Activity still")
def test_an_unknown_activity_is_an_activity(lrs: httpx.Client) -> None:
    activity_id = new_iri("never-seen")
    assert known(lrs, activity_id) == {"objectType": "Activity", "id": activity_id}


@pytest.mark.requirement("Communication 2.5.s1.table1.row1", "activityId is required, and is an IRI")
@pytest.mark.parametrize(
    "parameters", [{}, {"activityId": "true"}, {"activityId": "no scheme"}, {"ActivityId": "http://a/"}]
)
def test_what_is_no_activity_id_is_refused(lrs: httpx.Client, parameters: dict[str, str]) -> None:
    refused(lrs.get("activities", params=parameters))


@pytest.mark.requirement(
    "Communication 2.4", "the Agents and the Activities resource have the controls of section 3.1: an ETag"
)
@pytest.mark.parametrize("path", ["agents", "activities"])
def test_descriptions_have_a_tag(lrs: httpx.Client, path: str) -> None:
    asked = {"agents": {"agent": json.dumps(new_agent())}, "activities": {"activityId": new_iri("activities")}}[path]
    first, second = lrs.get(path, params=asked), lrs.get(path, params=asked)
    assert first.headers["etag"] == second.headers["etag"]
    assert first.headers["etag"].startswith('"')
