"""The formats ids, exact and canonical (Communication 2.1.3.s1.table1.row12 and 2.1.3.s4)."""

from typing import Any

import httpx
import pytest

from conformance.communication.asking import get, new_agent, new_iri, query, statement, store, substatement

BOTH = {"en-GB": "colour", "en-US": "color"}
ACTIVITY = {
    "objectType": "Activity",
    "id": "http://example.com/activities/x",
    "definition": {
        "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
        "name": BOTH,
        "description": BOTH,
        "moreInfo": "http://example.com/more",
        "interactionType": "choice",
        "correctResponsesPattern": ["a"],
        "choices": [{"id": "a", "description": BOTH}, {"id": "b", "description": BOTH}],
        "extensions": {"http://example.com/ext": {"en-GB": "kept", "en-US": "kept"}},
    },
}


def activity() -> dict[str, Any]:
    """Return an Activity with a definition in two languages that nothing else uses."""
    return {**ACTIVITY, "id": new_iri("activities")}


def group(**own: Any) -> dict[str, Any]:
    """Return a Group of two new Agents with names."""
    return {"objectType": "Group", "name": "team", "member": [new_agent(name="a"), new_agent(name="b")], **own}


def rich() -> dict[str, Any]:
    """Return a statement in which everything that a format reduces stands at every place."""
    verb = {"id": new_iri("verbs"), "display": BOTH}
    part: dict[str, Any] = {
        "actor": new_agent(name="Ada"),
        "verb": verb,
        "context": {
            "instructor": new_agent(name="Bob"),
            "team": group(mbox="mailto:team@example.com"),
            "contextActivities": {"category": [activity()], "parent": [activity()]},
        },
    }
    inner = substatement(**{**part, "actor": group(), "object": activity()})
    return statement(**part, object=inner)


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row12", "exact, or no format, returns statements as they came")
@pytest.mark.parametrize("asked", [{}, {"format": "exact"}], ids=["absent", "exact"])
def test_exact_returns_what_was_sent(lrs: httpx.Client, asked: dict[str, str]) -> None:
    sent = rich()
    [one] = store(lrs, sent)
    found = get(lrs, one, **asked)
    assert {name: found[name] for name in sent} == sent
    [listed] = query(lrs, verb=sent["verb"]["id"], **asked)
    assert listed == found


@pytest.mark.requirement("IEEE 9274.1.1 4.1.6.1", "ids leaves a Verb its id alone")
@pytest.mark.requirement(
    "Communication 2.1.3.s1.table1.row12", "ids leaves Agents, Groups, Activities and Verbs what identifies them"
)
def test_ids_keeps_only_what_identifies(lrs: httpx.Client) -> None:
    sent = rich()
    store(lrs, sent)
    [found] = query(lrs, verb=sent["verb"]["id"], format="ids")
    inner, sent_inner = found["object"], sent["object"]
    assert found["verb"] == {"id": sent["verb"]["id"]}
    assert inner["verb"] == {"id": sent_inner["verb"]["id"]}
    assert found["actor"] == {"objectType": "Agent", "mbox": sent["actor"]["mbox"]}
    assert inner["object"] == {"id": sent_inner["object"]["id"]}
    members = [{"objectType": "Agent", "mbox": member["mbox"]} for member in sent_inner["actor"]["member"]]
    assert inner["actor"] == {"objectType": "Group", "member": members}
    for part, sent_part in ((found, sent), (inner, sent_inner)):
        context, sent_context = part["context"], sent_part["context"]
        assert context["instructor"] == {"objectType": "Agent", "mbox": sent_context["instructor"]["mbox"]}
        assert context["team"] == {"objectType": "Group", "mbox": "mailto:team@example.com"}
        for key in ("category", "parent"):
            assert context["contextActivities"][key] == [{"id": sent_context["contextActivities"][key][0]["id"]}]


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row12", "ids of an identified Group is its identifier")
@pytest.mark.parametrize("place", ["actor", "object"])
def test_ids_of_an_identified_group_leaves_its_members_out(lrs: httpx.Client, place: str) -> None:
    team = group(mbox=new_agent()["mbox"])
    [one] = store(lrs, statement(**{place: team}))
    assert get(lrs, one, format="ids")[place] == {"objectType": "Group", "mbox": team["mbox"]}


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row12", "ids of an Agent that is the Object is its identifier")
def test_ids_of_an_agent_as_object(lrs: httpx.Client) -> None:
    agent = new_agent(name="Ada")
    [one] = store(lrs, statement(object=agent))
    assert get(lrs, one, format="ids")["object"] == {"objectType": "Agent", "mbox": agent["mbox"]}


def canonical(lrs: httpx.Client, sent: dict[str, Any], language: str | None) -> dict[str, Any]:
    """Return a statement in the canonical format for readers of a language."""
    headers = {} if language is None else {"Accept-Language": language}
    parameters = {"verb": sent["verb"]["id"], "format": "canonical"}
    reply = lrs.get("statements", params=parameters, headers=headers)
    assert reply.status_code == 200
    [found] = reply.json()["statements"]
    assert isinstance(found, dict)
    return found


def languages(found: dict[str, Any]) -> set[str]:
    """Return the languages left in all language maps of Verbs and Activities, each of which must have one."""
    inner = found["object"]
    maps = [found["verb"]["display"], inner["verb"]["display"]]
    activities = [inner["object"]]
    for part in (found, inner):
        activities += [one for several in part["context"]["contextActivities"].values() for one in several]
    for one in activities:
        definition = one["definition"]
        maps += [definition["name"], definition["description"]]
        maps += [choice["description"] for choice in definition["choices"]]
    assert all(len(one) == 1 for one in maps)
    return {language for one in maps for language in one}


@pytest.mark.requirement("IEEE 9274.1.1 4.1.6.1", "one language in each map for which a canonical one is returned")
@pytest.mark.requirement("Communication 2.1.3.s4.b1", "canonical returns one language in each map of an Activity")
@pytest.mark.requirement("Communication 2.1.3.s4.b4", "canonical returns one language in the display of a Verb")
def test_canonical_returns_one_language(lrs: httpx.Client) -> None:
    sent = rich()
    store(lrs, sent)
    assert len(languages(canonical(lrs, sent, None))) == 1


@pytest.mark.requirement("Communication 2.1.3.s4.b5", "Accept-Language chooses the language of each map")
@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("en-GB", "en-GB"),
        ("en-US", "en-US"),
        ("EN-us", "en-US"),
        ("en-US;q=0.2, en-GB;q=0.9", "en-GB"),
        ("de, en-US", "en-US"),
        ("de;q=1.0, en-GB;q=0, en-US;q=0.1", "en-US"),
        ("en-US-x-old", "en-US"),
    ],
)
def test_accept_language_chooses(lrs: httpx.Client, accepted: str, chosen: str) -> None:
    sent = rich()
    store(lrs, sent)
    assert languages(canonical(lrs, sent, accepted)) == {chosen}


@pytest.mark.requirement("Communication 2.1.3.s4.b5", "the choice is made for each map by itself")
def test_each_map_is_chosen_by_itself(lrs: httpx.Client) -> None:
    verb = {"id": new_iri("verbs"), "display": {"de": "nahm teil", "en": "attended"}}
    target = {
        **activity(),
        "definition": {"name": {"fr": "réunion", "en": "meeting"}, "description": {"it": "riunione"}},
    }
    sent = statement(verb=verb, object=target)
    store(lrs, sent)
    found = canonical(lrs, sent, "fr, de;q=0.5, en;q=0.1")
    assert found["verb"]["display"] == {"de": "nahm teil"}
    assert found["object"]["definition"] == {"name": {"fr": "réunion"}, "description": {"it": "riunione"}}


@pytest.mark.requirement(
    "Communication 2.1.3.s1.table1.row12",
    "canonical keeps the rest of a definition, and Agents and Groups as they came",
)
def test_canonical_keeps_everything_else(lrs: httpx.Client) -> None:
    sent = rich()
    store(lrs, sent)
    found = canonical(lrs, sent, "en-GB")
    sent_definition = ACTIVITY["definition"]
    one = {"en-GB": "colour"}
    assert isinstance(sent_definition, dict)
    assert found["object"]["object"]["definition"] == {
        **sent_definition,
        "name": one,
        "description": one,
        "choices": [{"id": "a", "description": one}, {"id": "b", "description": one}],
    }
    assert found["actor"] == sent["actor"]
    assert found["object"]["actor"] == sent["object"]["actor"]
    assert found["context"]["team"] == sent["context"]["team"]


@pytest.mark.requirement(
    "Communication 2.1.3.s1.table1.row12", "canonical returns the definition that the LRS holds, whoever sent it"
)
def test_canonical_returns_the_definition_that_is_known(lrs: httpx.Client) -> None:
    target = activity()
    store(lrs, statement(object=target))
    sent = statement(verb={"id": new_iri("verbs")}, object={"id": target["id"]})
    store(lrs, sent)
    assert canonical(lrs, sent, "en-US")["object"]["definition"]["name"] == {"en-US": "color"}
    store(lrs, statement(object={"id": target["id"], "definition": {"name": {"en-US": "hue"}}}))
    assert canonical(lrs, sent, "en-US")["object"]["definition"]["name"] == {"en-US": "hue"}
    assert canonical(lrs, sent, "en-GB")["object"]["definition"]["name"] == {"en-GB": "colour"}


@pytest.mark.requirement("Communication 2.1.3.s4.b5", "Accept-Language changes nothing in the other formats")
@pytest.mark.parametrize("asked", [{}, {"format": "exact"}], ids=["absent", "exact"])
def test_accept_language_does_not_change_exact(lrs: httpx.Client, asked: dict[str, str]) -> None:
    sent = rich()
    [one] = store(lrs, sent)
    reply = lrs.get("statements", params={"statementId": one, **asked}, headers={"Accept-Language": "en-GB"})
    assert reply.json()["verb"]["display"] == BOTH
    assert reply.json()["context"] == sent["context"]


@pytest.mark.requirement(
    "Communication 2.1.3.s1.table1.row12", "formats may be asked for with a statementId and with attachments"
)
@pytest.mark.parametrize("format_name", ["ids", "canonical"])
def test_formats_are_served_with_attachments(lrs: httpx.Client, format_name: str) -> None:
    [one] = store(lrs, rich())
    asked = {"statementId": one, "format": format_name, "attachments": "true"}
    reply = lrs.get("statements", params=asked)
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("multipart/mixed; boundary=")
