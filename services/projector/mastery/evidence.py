"""What is kept of a statement that a rule selected: only what the later stages need (mastery.md sections 4 to 7)."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from projector.mastery.documents import Documents, Kind
from projector.mastery.identity import identifier
from projector.mastery.numbers import fraction_text
from projector.mastery.policy import Policy, Rule
from projector.mastery.score import CONTRADICTION, contradicts
from projector.mastery.spans import shift
from projector.mastery.statements import activity_of, context_of, object_of, verb_of
from projector.mastery.times import parse

FUTURE_TIMESTAMP = "FUTURE_TIMESTAMP"
UNREADABLE_TIMESTAMP = "UNREADABLE_TIMESTAMP"


class Void(msgspec.Struct, frozen=True):
    """The voiding of a statement: by which statement, stored and effective when."""

    statement: str
    stored: int
    at: int


class Fact(msgspec.Struct, frozen=True):
    """One statement under one rule of one policy version; ``score`` is exact (``"5/6"``), times are instants.

    ``refusal`` says why the rule found no score. ``authority`` and ``assessor`` are identifier keys.
    """

    statement: str
    position: int
    rule: str
    event_time: int
    stored: int
    verb: str
    object: str
    registration: str | None
    score: str | None
    refusal: str | None
    success: bool | None
    authority: str | None
    assessor: str | None
    flags: tuple[str, ...] = ()
    void: Void | None = None


class Facts(msgspec.Struct, frozen=True):
    """Everything known of one identifier under one policy version, in the order of arrival."""

    facts: tuple[Fact, ...]


class Place(msgspec.Struct, frozen=True):
    """Where the facts of a statement lie: (policy key, identifier key) pairs."""

    pairs: tuple[tuple[str, str], ...]


FACTS = Kind("facts", Facts)
PLACE = Kind("place", Place)
VOID = Kind("void", Void)


def facts_key(policy_key: str, identifier_key: str) -> str:
    """Return the key of the facts of one identifier under one policy version."""
    return f"{policy_key}|{identifier_key}"


def effective_time(statement: Mapping[str, Any], stored: int, latest: int) -> tuple[int, tuple[str, ...]]:
    """Return the event time and its flags: ``timestamp``, or ``stored`` when that is after ``latest`` or unreadable."""
    text = statement.get("timestamp")
    if text is None:
        return stored, ()
    try:
        at = parse(text)
    except (ValueError, TypeError, AttributeError):
        return stored, (UNREADABLE_TIMESTAMP,)
    return (stored, (FUTURE_TIMESTAMP,)) if at > latest else (at, ())


def _key(agent: object) -> str | None:
    found = identifier(agent)
    return None if found is None else found.key


def make_fact(statement: Mapping[str, Any], position: int, stored: int, policy: Policy, rule: Rule) -> Fact:
    """Return the fact of a normalised statement that ``rule`` of ``policy`` selected."""
    at, flags = effective_time(statement, stored, shift(stored, policy.future_skew))
    scored = rule.scorer(statement)
    verb, context = verb_of(statement), context_of(statement)
    result = statement.get("result")
    success = result.get("success") if isinstance(result, Mapping) else None
    if contradicts(verb, statement):
        flags = (*flags, CONTRADICTION)
    return Fact(
        statement=str(statement["id"]).lower(),
        position=position,
        rule=rule.id,
        event_time=at,
        stored=stored,
        verb=verb,
        object=activity_of(statement) or _key(object_of(statement)) or str(object_of(statement).get("id", "")),
        registration=context.get("registration"),
        score=None if scored.score is None else fraction_text(scored.score),
        refusal=scored.refusal,
        success=success if isinstance(success, bool) else None,
        authority=_key(statement.get("authority")),
        assessor=_key(context.get("instructor")),
        flags=tuple(sorted(flags)),
    )


def keep(documents: Documents, policy_key: str, identifier_key: str, fact: Fact) -> None:
    """Keep a fact, voided already when its voiding statement came before it, and note where it lies."""
    void = documents.get(VOID, fact.statement)
    if void is not None:
        fact = msgspec.structs.replace(fact, void=void)
    key = facts_key(policy_key, identifier_key)
    known = documents.get(FACTS, key)
    documents.put(FACTS, key, Facts((*known.facts, fact) if known else (fact,)))
    place = documents.get(PLACE, fact.statement)
    pairs = place.pairs if place else ()
    documents.put(PLACE, fact.statement, Place((*pairs, (policy_key, identifier_key))))


def void(documents: Documents, target: str, by: Void) -> tuple[tuple[str, str], ...]:
    """Note that ``target`` is voided and mark its facts; of several voiding statements the first stored counts.

    Returns the (policy key, identifier key) pairs whose facts changed.
    """
    known = documents.get(VOID, target)
    if known is not None and (known.stored, known.statement) <= (by.stored, by.statement):
        return ()
    documents.put(VOID, target, by)
    place = documents.get(PLACE, target)
    pairs = place.pairs if place else ()
    for policy_key, identifier_key in pairs:
        _mark(documents, facts_key(policy_key, identifier_key), target, by)
    return pairs


def _mark(documents: Documents, key: str, target: str, by: Void) -> None:
    known = documents.get(FACTS, key)
    if known is None:
        return
    marked = (msgspec.structs.replace(one, void=by) if one.statement == target else one for one in known.facts)
    documents.put(FACTS, key, Facts(tuple(marked)))


def facts_of(documents: Documents, policy_key: str, identifiers: Iterable[str]) -> list[Fact]:
    """Return every fact of a person under one policy version."""
    found: list[Fact] = []
    for one in identifiers:
        known = documents.get(FACTS, facts_key(policy_key, one))
        if known is not None:
            found.extend(known.facts)
    return found
