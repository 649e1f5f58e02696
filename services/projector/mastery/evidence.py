"""What is kept of a statement that a rule selected: only what the later stages need (rule book, sections 4 to 7)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from projector.mastery.aliases import Aliases
from projector.mastery.documents import Documents, Kind
from projector.mastery.identity import authority_of, identifier
from projector.mastery.numbers import fraction_text
from projector.mastery.rulebook import Policy, Rule
from projector.mastery.score import CONTRADICTION, contradicts
from projector.mastery.spans import shift
from projector.mastery.statements import activity_of, context_of, object_of, verb_of
from projector.mastery.times import parse

FUTURE_TIMESTAMP = "FUTURE_TIMESTAMP"
UNREADABLE_TIMESTAMP = "UNREADABLE_TIMESTAMP"
ENGINE_AUTHORITY = "account:urn:mastrail:engine::"
"""How the key of every authority begins under which the engine itself states something."""


class Void(msgspec.Struct, frozen=True, gc=False):
    """The voiding of a statement: by which statement, stored and effective when."""

    statement: str
    stored: int
    at: int


class Fact(msgspec.Struct, frozen=True, gc=False):
    """One statement under one rule of one policy version; ``score`` is exact (``"5/6"``), times are instants.

    ``refusal`` says why the rule found no score. ``authority`` and ``assessor`` are identifier keys; the assessor is
    the actor of a statement about somebody else, else its instructor.
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
    instructed: bool = False
    self_generated: bool = False
    flags: tuple[str, ...] = ()
    void: Void | None = None


class Facts(msgspec.Struct, frozen=True, gc=False):
    """The newest facts of one identifier under one policy version, in the order of arrival.

    Whenever they are ``CHUNK`` they are sealed: put aside as a chunk, of which there are ``sealed``.
    """

    facts: tuple[Fact, ...]
    sealed: int = 0


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """Older facts of one identifier under one policy version, in the order of arrival."""

    facts: tuple[Fact, ...]


class Erased(msgspec.Struct, frozen=True, gc=False):
    """That a learner was erased: nothing recorded up to then is evidence."""

    recorded: int


class Assessment(msgspec.Struct, frozen=True, gc=False):
    """That an assessor assessed somebody in a competency; both people by their identifier keys."""

    assessor: str
    competency: str
    subject: str


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where the facts of a statement lie: (``facts`` of a policy, identifier key) pairs."""

    pairs: tuple[tuple[str, str], ...]


CHUNK = 64
FACTS = Kind("facts", Facts)
SEALED = Kind("sealed_facts", Chunk)
PLACE = Kind("place", Place)
VOID = Kind("void", Void)
ERASED = Kind("erased", Erased)
ASSESSMENTS = Kind("assessment", Assessment)


def facts_key(policy_facts: str, identifier_key: str) -> str:
    """Return the key of the facts of one identifier under one policy version, whose ``facts`` are given."""
    return f"{policy_facts}|{identifier_key}"


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


def _assessor(statement: Mapping[str, Any], rule: Rule) -> str | None:
    named = statement.get("actor") if rule.subject.where != "actor" else context_of(statement).get("instructor")
    return _key(named)


def _registration(context: Mapping[str, Any]) -> str | None:
    """Return the registration in lower case: the digits of a UUID may be written in either."""
    registration = context.get("registration")
    return registration.lower() if isinstance(registration, str) else None


def _success(statement: Mapping[str, Any]) -> bool | None:
    result = statement.get("result")
    success = result.get("success") if isinstance(result, Mapping) else None
    return success if isinstance(success, bool) else None


def _object(statement: Mapping[str, Any], aliases: Aliases) -> str:
    found, activity = object_of(statement), activity_of(statement)
    return aliases.meaning(activity) if activity else _key(found) or str(found.get("id", ""))


def make_fact(statement: Mapping[str, Any], position: int, stored: int, policy: Policy, rule: Rule) -> Fact:
    """Return the fact of a normalised statement that ``rule`` of ``policy`` selected."""
    at, flags = effective_time(statement, stored, shift(stored, policy.late.future_skew))
    scored = rule.scorer(statement)
    verb, context = policy.aliases.meaning(verb_of(statement)), context_of(statement)
    authority = authority_of(statement.get("authority"))
    if contradicts(verb, statement):
        flags = (*flags, CONTRADICTION)
    return Fact(
        statement=str(statement["id"]).lower(),
        position=position,
        rule=rule.id,
        event_time=at,
        stored=stored,
        verb=verb,
        object=_object(statement, policy.aliases),
        registration=_registration(context),
        score=None if scored.score is None else fraction_text(scored.score),
        refusal=scored.refusal,
        success=_success(statement),
        authority=None if authority is None else authority.key,
        assessor=_assessor(statement, rule),
        instructed=_key(context.get("instructor")) is not None,
        self_generated=authority is not None and authority.key.startswith(ENGINE_AUTHORITY),
        flags=tuple(sorted(flags)),
    )


def keep(documents: Documents, policy: Policy, identifier_key: str, fact: Fact) -> Fact | None:
    """Keep a fact, voided already when its voiding statement came before it, and note where it lies.

    Returns the fact as it is kept. Returns None, and keeps nothing, when it is there already or its learner was
    erased since.
    """
    erased = documents.get(ERASED, identifier_key)
    place = documents.get(PLACE, fact.statement) or Place(())
    if (erased is not None and fact.stored <= erased.recorded) or (policy.facts, identifier_key) in place.pairs:
        return None
    void = documents.get(VOID, fact.statement)
    if void is not None:
        fact = msgspec.structs.replace(fact, void=void)
    _append(documents, facts_key(policy.facts, identifier_key), fact)
    documents.put(PLACE, fact.statement, Place((*place.pairs, (policy.facts, identifier_key))))
    if fact.assessor is not None:
        _note_assessment(documents, Assessment(fact.assessor, policy.competency, identifier_key))
    return fact


def _append(documents: Documents, key: str, fact: Fact) -> None:
    known = documents.get(FACTS, key) or Facts(())
    facts = (*known.facts, fact)
    if len(facts) < CHUNK:
        documents.put(FACTS, key, Facts(facts, known.sealed))
        return
    documents.put(SEALED, _sealed_key(key, known.sealed), Chunk(facts))
    documents.put(FACTS, key, Facts((), known.sealed + 1))


def _sealed_key(key: str, number: int) -> str:
    return f"{key}|{number:08d}"


def _chunks(documents: Documents, key: str) -> Iterator[tuple[str, Chunk]]:
    """Yield the sealed chunks of facts with their keys, oldest first."""
    known = documents.get(FACTS, key)
    for number in range(known.sealed if known else 0):
        chunk = documents.get(SEALED, _sealed_key(key, number))
        if chunk is not None:
            yield _sealed_key(key, number), chunk


def facts_under(documents: Documents, key: str) -> list[Fact]:
    """Return every fact under a key of facts, in the order of arrival."""
    found = [fact for _, chunk in _chunks(documents, key) for fact in chunk.facts]
    known = documents.get(FACTS, key)
    return [*found, *known.facts] if known else found


def _note_assessment(documents: Documents, assessment: Assessment) -> None:
    key = f"{_assessed_by(assessment.assessor)}{assessment.competency}|{assessment.subject}"
    if documents.get(ASSESSMENTS, key) is None:
        documents.put(ASSESSMENTS, key, assessment)


def _assessed_by(assessor: str) -> str:
    return f"{assessor}|"


def assessments_of(documents: Documents, assessor: str) -> list[Assessment]:
    """Return whom an assessor assessed in what."""
    found = documents.scan(ASSESSMENTS, _assessed_by(assessor))
    return [assessment for _, assessment in found if assessment.assessor == assessor]


def forget(documents: Documents, policy_keys: Iterable[str], identifier_key: str) -> None:
    """Forget every fact of an identifier under the policies."""
    for policy_key in policy_keys:
        key = facts_key(policy_key, identifier_key)
        for fact in facts_under(documents, key):
            place = documents.get(PLACE, fact.statement) or Place(())
            pairs = tuple(pair for pair in place.pairs if pair != (policy_key, identifier_key))
            documents.put(PLACE, fact.statement, Place(pairs))
        for sealed, _ in list(_chunks(documents, key)):
            documents.delete(SEALED, sealed)
        documents.delete(FACTS, key)


def void(documents: Documents, target: str, by: Void) -> list[tuple[str, str, Fact | None]]:
    """Note that ``target`` is voided and mark its facts; of several voiding statements the first stored counts.

    Returns for each (policy key, identifier key) pair whose facts changed the one that did, as it is now.
    """
    known = documents.get(VOID, target)
    if known is not None and (known.stored, known.statement) <= (by.stored, by.statement):
        return []
    documents.put(VOID, target, by)
    place = documents.get(PLACE, target)
    pairs = place.pairs if place else ()
    return [(*pair, _mark(documents, facts_key(*pair), target, by)) for pair in pairs]


def _mark(documents: Documents, key: str, target: str, by: Void) -> Fact | None:
    """Mark the fact of a statement under a key of facts and return it, None when there is none."""
    known = documents.get(FACTS, key)
    if known is None:
        return None
    facts, marked = _marked(known.facts, target, by)
    if marked is not None:
        documents.put(FACTS, key, Facts(facts, known.sealed))
        return marked
    for sealed, chunk in _chunks(documents, key):
        facts, marked = _marked(chunk.facts, target, by)
        if marked is not None:
            documents.put(SEALED, sealed, Chunk(facts))
            return marked
    return None


def _marked(facts: Sequence[Fact], target: str, by: Void) -> tuple[tuple[Fact, ...], Fact | None]:
    """Return the facts with that of a statement marked, and that one."""
    marked = next((msgspec.structs.replace(one, void=by) for one in facts if one.statement == target), None)
    return tuple(marked if marked is not None and one.statement == target else one for one in facts), marked


def facts_of(documents: Documents, policy_key: str, identifiers: Iterable[str]) -> list[Fact]:
    """Return every fact of a person under one policy version, a statement about several of their identifiers once."""
    named = list(identifiers)
    found = [fact for one in named for fact in facts_under(documents, facts_key(policy_key, one))]
    return found if len(named) == 1 else list({fact.statement: fact for fact in reversed(found)}.values())[::-1]


def count_of(documents: Documents, policy_key: str, identifiers: Iterable[str]) -> int:
    """Return how many facts of a person there are under one policy version."""
    known = (documents.get(FACTS, facts_key(policy_key, one)) for one in identifiers)
    return sum(one.sealed * CHUNK + len(one.facts) for one in known if one is not None)
