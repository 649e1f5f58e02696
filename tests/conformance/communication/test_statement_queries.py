"""GET of statements: what is asked for is what comes back (Communication 2.1.3)."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from conformance.communication.asking import (
    UNTIL_NOW,
    about,
    get,
    ids,
    new_agent,
    new_id,
    new_iri,
    parameters_of,
    query,
    refused,
    statement,
    store,
    substatement,
    voiding,
)


def group(*members: dict[str, Any], **own: Any) -> dict[str, Any]:
    """Return a Group."""
    return {"objectType": "Group", "member": list(members), **own}


@pytest.mark.requirement("Communication 2.1.3.s1", "GET without an id returns 200 and a StatementResult")
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"agent": new_agent()},
        {"verb": new_iri("verbs")},
        {"activity": new_iri("activities")},
        {"registration": new_id()},
        {"activity": new_iri("activities"), "related_activities": True},
        {"agent": new_agent(), "related_agents": True},
        {"related_activities": True},
        {"related_agents": True},
        {"since": UNTIL_NOW},
        {"until": UNTIL_NOW},
        {"limit": 1},
        {"ascending": True},
        {"format": "ids"},
        {"format": "exact"},
        {"format": "canonical"},
        {"attachments": False},
    ],
    ids=lambda given: "+".join(given) or "none",
)
def test_every_parameter_gives_a_statement_result(lrs: httpx.Client, parameters: dict[str, Any]) -> None:
    reply = lrs.get("statements", params=parameters_of(parameters))
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json"
    assert isinstance(reply.json()["statements"], list)
    assert isinstance(reply.json()["more"], str)


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row1", "statementId returns that statement alone")
def test_statement_id_returns_the_statement(lrs: httpx.Client) -> None:
    one, _ = store(lrs, statement(), statement())
    assert get(lrs, one)["id"] == one
    assert get(lrs, one.upper())["id"] == one


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row1", "an unknown statementId is 404")
@pytest.mark.parametrize("name", ["statementId", "voidedStatementId"])
def test_an_unknown_id_is_not_found(lrs: httpx.Client, name: str) -> None:
    refused(lrs.get("statements", params={name: new_id()}), 404)


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row2", "voidedStatementId returns a voided statement")
def test_voided_statement_id_returns_the_voided_statement(lrs: httpx.Client) -> None:
    [one] = store(lrs, statement())
    store(lrs, voiding(one))
    found = lrs.get("statements", params={"voidedStatementId": one})
    assert (found.status_code, found.json()["id"]) == (200, one)


@pytest.mark.requirement(
    "Communication 2.1.3.s1.table1.row2", "voidedStatementId of a statement that is not voided is 404"
)
def test_voided_statement_id_of_another_statement_is_not_found(lrs: httpx.Client) -> None:
    [one] = store(lrs, statement())
    refused(lrs.get("statements", params={"voidedStatementId": one}), 404)


ANYONE = {"mbox": "mailto:bob@example.com"}
IDENTIFIED = [
    {"mbox": "mailto:{}@example.com"},
    {"mbox_sha1sum": "{}"},
    {"openid": "http://{}.example.com/"},
    {"account": {"homePage": "http://example.com/", "name": "{}"}},
]


def agent_like(shape: dict[str, Any]) -> dict[str, Any]:
    """Return an Agent with a new identifier of that kind."""
    unique = new_id().replace("-", "").ljust(40, "0")
    text = {name: value.format(unique) for name, value in shape.items() if isinstance(value, str)}
    account = {"account": {**shape["account"], "name": unique}} if "account" in shape else {}
    return {"objectType": "Agent", **text, **account}


@pytest.mark.requirement(
    "Communication 2.1.3.s1.table1.row3", "agent finds statements by the Actor, whatever identifies it"
)
@pytest.mark.parametrize("shape", IDENTIFIED, ids=lambda shape: next(iter(shape)))
def test_agent_finds_the_actor(lrs: httpx.Client, shape: dict[str, Any]) -> None:
    actor = agent_like(shape)
    one, _ = store(lrs, statement(actor=actor), statement())
    assert ids(lrs, agent=actor) == [one]
    assert ids(lrs, agent={**actor, "name": "another name"}) == [one]
    plain = {name: value for name, value in actor.items() if name != "objectType"}
    assert ids(lrs, agent=plain) == [one]


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row3", "agent finds statements by the Object")
def test_agent_finds_the_object(lrs: httpx.Client) -> None:
    agent = new_agent()
    [one] = store(lrs, statement(object=agent))
    assert ids(lrs, agent=agent) == [one]


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row3", "agent takes an identified Group")
def test_agent_finds_an_identified_group(lrs: httpx.Client) -> None:
    team = group(mbox=f"mailto:{new_id()}@example.com")
    as_actor, as_object = store(lrs, statement(actor=team), statement(object=team))
    assert ids(lrs, agent=team) == [as_object, as_actor]


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row3", "a Group matches by any of its members")
@pytest.mark.parametrize("own", [{}, {"mbox": "mailto:team@example.com"}], ids=["anonymous", "identified"])
def test_agent_finds_groups_by_their_members(lrs: httpx.Client, own: dict[str, Any]) -> None:
    member = new_agent()
    as_actor, as_object = store(
        lrs,
        statement(actor=group(member, ANYONE, **own)),
        statement(object=group(ANYONE, member, **own)),
    )
    assert ids(lrs, agent=member) == [as_object, as_actor]


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row3", "without related_agents other places do not match")
def test_agent_alone_does_not_find_other_places(lrs: httpx.Client) -> None:
    agent = new_agent()
    store(lrs, statement(context={"instructor": agent}), statement(object=substatement(actor=agent)))
    assert ids(lrs, agent=agent) == []


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row4", "verb finds statements by the id of the Verb")
def test_verb_finds_its_statements(lrs: httpx.Client) -> None:
    verb = new_iri("verbs")
    one, _, two = store(lrs, statement(verb=about(verb)), statement(), statement(verb=about(verb)))
    assert ids(lrs, verb=verb) == [two, one]
    assert ids(lrs, verb=verb.upper()) == []


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row4", "verb does not match the Verb of a SubStatement")
def test_verb_does_not_find_substatements(lrs: httpx.Client) -> None:
    verb = new_iri("verbs")
    store(lrs, statement(object=substatement(verb=about(verb))))
    assert ids(lrs, verb=verb) == []


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row5", "activity finds statements by the Object")
def test_activity_finds_the_object(lrs: httpx.Client) -> None:
    activity = new_iri("activities")
    one, _, _ = store(
        lrs,
        statement(object={"id": activity}),
        statement(context={"contextActivities": {"parent": [{"id": activity}]}}),
        statement(object=substatement(object={"id": activity})),
    )
    assert ids(lrs, activity=activity) == [one]


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row6", "registration finds statements by their context")
def test_registration_finds_its_statements(lrs: httpx.Client) -> None:
    registration = new_id()
    one, _ = store(lrs, statement(context={"registration": registration}), statement())
    assert ids(lrs, registration=registration) == [one]
    assert ids(lrs, registration=registration.upper()) == [one]


CONTEXTS = ["parent", "grouping", "category", "other"]


@pytest.mark.requirement(
    "Communication 2.1.3.s1.table1.row7", "related_activities matches the Object and every context Activity"
)
@pytest.mark.parametrize("inside", [False, True], ids=["statement", "SubStatement"])
def test_related_activities_match_everywhere(lrs: httpx.Client, inside: bool) -> None:
    activity = {"id": new_iri("activities")}
    parts = [{"object": activity}, *({"context": {"contextActivities": {key: [activity]}}} for key in CONTEXTS)]
    parts.append({"context": {"contextActivities": {"category": activity}}})
    sent = [statement(object=substatement(**part)) if inside else statement(**part) for part in parts]
    stored = store(lrs, *sent, statement())
    assert ids(lrs, activity=activity["id"], related_activities=True) == stored[:-1][::-1]


@pytest.mark.requirement(
    "Communication 2.1.3.s1.table1.row8", "related_agents matches Actor, Object, instructor and team"
)
@pytest.mark.parametrize("inside", [False, True], ids=["statement", "SubStatement"])
def test_related_agents_match_everywhere(lrs: httpx.Client, inside: bool) -> None:
    agent = new_agent()
    parts: list[dict[str, Any]] = [
        {"actor": agent},
        {"actor": group(agent)},
        {"object": agent},
        {"context": {"instructor": agent}},
        {"context": {"instructor": group(ANYONE, agent)}},
        {"context": {"team": group(agent)}},
    ]
    sent = [statement(object=substatement(**part)) if inside else statement(**part) for part in parts]
    stored = store(lrs, *sent, statement())
    assert ids(lrs, agent=agent, related_agents=True) == stored[:-1][::-1]


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row8", "related_agents matches the authority")
def test_related_agents_match_the_authority(lrs: httpx.Client) -> None:
    [one] = store(lrs, statement())
    authority = get(lrs, one)["authority"]
    assert ids(lrs, agent=authority, related_agents=True)[0] == one
    assert one not in ids(lrs, agent=authority)


@pytest.mark.requirement(
    "IEEE 9274.1.1 4.1.6.1", "related_agents matches contextAgents and contextGroups", versions=("2.0.0",)
)
@pytest.mark.parametrize("inside", [False, True], ids=["statement", "SubStatement"])
def test_related_agents_match_context_agents_and_groups(lrs: httpx.Client, inside: bool) -> None:
    agent = new_agent()
    parts: list[dict[str, Any]] = [
        {"context": {"contextAgents": [{"objectType": "contextAgent", "agent": agent}]}},
        {"context": {"contextGroups": [{"objectType": "contextGroup", "group": group(agent)}]}},
    ]
    sent = [statement(object=substatement(**part)) if inside else statement(**part) for part in parts]
    stored = store(lrs, *sent, statement())
    assert ids(lrs, agent=agent, related_agents=True) == stored[:-1][::-1]


@pytest.mark.requirement("Communication 2.1.3.s1", "all filters given must match")
def test_filters_are_joined_by_and(lrs: httpx.Client) -> None:
    actor, verb, activity, registration = new_agent(), new_iri("verbs"), new_iri("activities"), new_id()
    whole = {
        "actor": actor,
        "verb": about(verb),
        "object": {"id": activity},
        "context": {"registration": registration},
    }
    sent = [statement(**whole), *(statement(**{k: v for k, v in whole.items() if k != left}) for left in whole)]
    one = store(lrs, *sent)[0]
    assert ids(lrs, agent=actor, verb=verb, activity=activity, registration=registration) == [one]
    assert len(ids(lrs, agent=actor, verb=verb, activity=activity)) == 2


def stored_apart(lrs: httpx.Client, many: int) -> tuple[str, list[dict[str, Any]]]:
    """Store statements of one new Verb one by one; return the Verb and what was stored, oldest first."""
    verb = new_iri("verbs")
    given = [store(lrs, statement(verb=about(verb)))[0] for _ in range(many)]
    return verb, [get(lrs, one) for one in given]


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row9", "since is exclusive")
def test_since_leaves_out_its_own_instant(lrs: httpx.Client) -> None:
    verb, (first, second, third) = stored_apart(lrs, 3)
    assert ids(lrs, verb=verb, since=first["stored"]) == [third["id"], second["id"]]
    assert ids(lrs, verb=verb, since=third["stored"]) == []
    assert ids(lrs, since=third["stored"], until=third["stored"]) == []


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row10", "until is inclusive")
def test_until_takes_its_own_instant(lrs: httpx.Client) -> None:
    verb, (first, second, _) = stored_apart(lrs, 3)
    assert ids(lrs, verb=verb, until=second["stored"]) == [second["id"], first["id"]]
    assert ids(lrs, verb=verb, since=first["stored"], until=second["stored"]) == [second["id"]]
    assert ids(lrs, until=UNTIL_NOW) == []


@pytest.mark.requirement(
    "Communication 2.1.3.s1.table1.row9", "since and until are instants, in whatever zone they are written"
)
def test_since_takes_any_offset(lrs: httpx.Client) -> None:
    verb, (first, second) = stored_apart(lrs, 2)
    there = datetime.fromisoformat(first["stored"]) + timedelta(hours=2)
    written = there.replace(tzinfo=None).isoformat() + "+02:00"
    assert ids(lrs, verb=verb, since=written) == [second["id"]]


@pytest.mark.requirement(
    "Communication 2.1.3.s1.table1.row9", "the + of an offset may stand in the URL as it is, although forms use it so"
)
@pytest.mark.parametrize("name", ["since", "until"])
def test_the_plus_of_an_offset_needs_no_percent_encoding(lrs: httpx.Client, name: str) -> None:
    assert lrs.get(f"statements?{name}=2012-06-01T19:09:13.245+02:00").status_code == 200
    refused(lrs.get(f"statements?{name}=2012-06-01T19:09:13.245+later"))


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row11", "limit is the most statements returned; 0 is no limit")
@pytest.mark.parametrize(("limit", "returned"), [("1", 1), ("2", 2), ("3", 3), ("7", 3), ("0", 3)])
def test_limit_bounds_the_page(lrs: httpx.Client, limit: str, returned: int) -> None:
    verb = new_iri("verbs")
    store(lrs, *[statement(verb=about(verb)) for _ in range(3)])
    assert len(ids(lrs, verb=verb, limit=limit)) == returned


@pytest.mark.requirement("Communication 2.1.3.s1", "statements come newest first")
def test_the_newest_comes_first(lrs: httpx.Client) -> None:
    verb, stored = stored_apart(lrs, 3)
    assert ids(lrs, verb=verb) == [one["id"] for one in reversed(stored)]
    times = [one["stored"] for one in query(lrs, limit="50")]
    assert times == sorted(times, reverse=True)


@pytest.mark.requirement("Communication 2.1.3.s1.table1.row14", "ascending=true returns the oldest first")
def test_ascending_returns_the_oldest_first(lrs: httpx.Client) -> None:
    verb, stored = stored_apart(lrs, 3)
    assert ids(lrs, verb=verb, ascending=True) == [one["id"] for one in stored]
    assert ids(lrs, verb=verb, ascending=False) == [one["id"] for one in reversed(stored)]
    times = [one["stored"] for one in query(lrs, ascending=True, limit="50")]
    assert times == sorted(times)


@pytest.mark.requirement("Communication 2.1.3.s2.b4", "a query that finds nothing is 200 with no statements")
def test_nothing_found_is_an_empty_result(lrs: httpx.Client) -> None:
    reply = lrs.get("statements", params={"verb": new_iri("verbs")})
    assert (reply.status_code, reply.json()) == (200, {"statements": [], "more": ""})
