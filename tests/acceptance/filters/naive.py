"""What a query must return, by looking at every statement (Communication 2.1.3): slow, short, and no part of the store."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

Statement = dict[str, Any]
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
CONTEXT_AGENTS = ("instructor", "team")


def agents(actor: Any) -> Iterator[str]:
    """Yield the mbox of an Agent, or those of a Group and its members."""
    if isinstance(actor, dict) and actor.get("objectType") in (None, "Agent", "Group"):
        yield from [actor["mbox"]] if "mbox" in actor else []
        for member in actor.get("member", ()):
            yield from agents(member)


def related_agents(statement: Statement) -> Iterator[str]:
    """Yield every agent of a statement, those of its context, its authority and its SubStatement included."""
    places = [statement["actor"], statement["object"], statement.get("authority")]
    places += [statement.get("context", {}).get(name) for name in CONTEXT_AGENTS]
    for place in places:
        yield from agents(place)
    if statement["object"].get("objectType") == "SubStatement":
        yield from related_agents(statement["object"])


def related_activities(statement: Statement) -> Iterator[str]:
    """Yield every Activity of a statement, those of its context and of its SubStatement included."""
    if statement["object"].get("objectType") in (None, "Activity"):
        yield statement["object"]["id"]
    for listed in statement.get("context", {}).get("contextActivities", {}).values():
        yield from (activity["id"] for activity in listed)
    if statement["object"].get("objectType") == "SubStatement":
        yield from related_activities(statement["object"])


def matches(statement: Statement, query: dict[str, Any]) -> bool:
    """Return whether the statement itself, not what it refers to, meets every filter but the times."""
    own_agents = [*agents(statement["actor"]), *agents(statement["object"])]
    own_activity = [statement["object"]["id"]] if statement["object"].get("objectType") in (None, "Activity") else []
    found = {
        "agent": [*related_agents(statement)] if query.get("related_agents") else own_agents,
        "activity": [*related_activities(statement)] if query.get("related_activities") else own_activity,
        "verb": [statement["verb"]["id"]],
        "registration": [statement.get("context", {}).get("registration")],
    }
    return all(query[name] in values for name, values in found.items() if name in query)


def meets(statement: Statement, query: dict[str, Any], store: dict[str, Statement]) -> bool:
    """Return whether the chain of StatementRefs that starts here meets every filter, each somewhere on it."""
    chain, here = [], statement
    while here is not None and here not in chain:
        chain.append(here)
        target = here["object"]
        here = store.get(target["id"]) if target.get("objectType") == "StatementRef" else None
    names = [name for name in ("agent", "activity", "verb", "registration") if name in query]
    flags = {name: query[name] for name in ("related_agents", "related_activities") if name in query}
    return all(any(matches(one, {name: query[name], **flags}) for one in chain) for name in names)


def answer(stored: Sequence[Statement], query: dict[str, Any]) -> list[str]:
    """Return the ids that the query finds among the statements, given in the order in which they were stored."""
    store = {statement["id"]: statement for statement in stored}
    voidings = [one for one in stored if one["verb"]["id"] == VOIDED]
    voided = {one["object"]["id"] for one in voidings} - {one["id"] for one in voidings}
    found = [
        one["id"]
        for one in stored
        if one["id"] not in voided
        and meets(one, query, store)
        and ("since" not in query or moment(one["stored"]) > moment(query["since"]))
        and ("until" not in query or moment(one["stored"]) <= moment(query["until"]))
    ]
    return found if query.get("ascending") else found[::-1]


def moment(text: str) -> datetime:
    """Return the instant that a timestamp names."""
    return datetime.fromisoformat(text)
