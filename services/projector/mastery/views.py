"""What is read of the engine: states, their evidence, roles, and who a person is (rule book, sections 13 and 16)."""

from collections.abc import Mapping
from functools import partial
from itertools import islice
from typing import Any

from projector.mastery.aliases import ALIAS_TABLE
from projector.mastery.canonical import own_sha256
from projector.mastery.credentials import CREDENTIAL, CredentialRules
from projector.mastery.documents import Documents, Kind
from projector.mastery.identity import PERSON, find, identifier
from projector.mastery.knowledge import Known
from projector.mastery.publication import DUE
from projector.mastery.registry import ACTIVATIONS, Registry
from projector.mastery.roles import ROLE, Roles, Standing, answer, counted_rank, measure
from projector.mastery.state import (
    STATE,
    Assessed,
    Outcome,
    State,
    body,
    snapshot,
    state_key,
)
from projector.mastery.survey import Survey
from projector.mastery.times import render

_DATED: tuple[Kind[Any], ...] = (ROLE, ALIAS_TABLE, CREDENTIAL)


def person(documents: Documents, agent: Mapping[str, Any]) -> str | None:
    """Return the id of the person that an agent is, or None when nobody was seen under its identifier."""
    who = identifier(agent)
    known = None if who is None else find(documents, who.key)
    return None if known is None else known.id


def label(documents: Documents, person_id: str) -> str:
    """Return the canonical identifier of the first agent seen for a person; raises KeyError for an unknown id."""
    known = documents.get(PERSON, person_id)
    if known is None:
        raise KeyError(person_id)
    return known.label


def _ended(ended: Assessed) -> dict[str, Any]:
    told: dict[str, Any] = {"statement": ended.statement, "rule": ended.rule, "result": ended.result}
    if ended.reason is not None:
        told["reason"] = ended.reason
    told["score"] = ended.score
    told["flags"] = list(ended.flags)
    return told


def _require(documents: Documents, person_id: str, competency: str) -> State:
    found = documents.get(STATE, state_key(person_id, competency))
    if found is None:
        raise KeyError(f"{person_id} has no state of {competency}")
    return found


def state(documents: Documents, person_id: str, competency: str) -> dict[str, Any]:
    """Return the state document: ``body``, ``meta`` (person, position, revision) and the ``stateSha256`` of the body.

    Raises KeyError when nothing of that person ever touched the competency.
    """
    found = _require(documents, person_id, competency)
    told = body(competency, found.policy, found.outcome, found.digest())
    meta = {"personId": person_id, "position": found.position, "revision": found.revision}
    return {"body": told, "meta": meta, "stateSha256": own_sha256(told)}


def states(documents: Documents, person_id: str | None = None, as_of: int | None = None) -> list[dict[str, Any]]:
    """Return the states as ``policy try`` prints them, of one person or of all, ordered by person and competency.

    ``as_of`` evaluates them anew at an instant (section 18); without it they are as last published.
    """
    if as_of is None:
        prefix = "" if person_id is None else f"{person_id}|"
        found = [(one.person, one.competency, one.outcome) for _, one in documents.scan(STATE, prefix)]
    else:
        survey = Survey(documents, Registry(documents), as_of)
        found = [(*key, outcome) for key, (_, outcome) in survey.outcomes.items() if person_id in (None, key[0])]
    told = [_line(documents, *one) for one in found if not one[2].is_blank]
    return sorted(told, key=lambda line: (line["person"], line["competency"]))


def _line(documents: Documents, person_id: str, competency: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "person": label(documents, person_id),
        "competency": competency,
        **snapshot(outcome),
        "flags": list(outcome.flags),
        "unmet": list(outcome.unmet),
        "evidence": [_ended(one) for one in outcome.evidence],
    }


def _rank(standing: Standing, person_id: str, competency: str) -> int:
    return counted_rank(*standing(person_id, competency))


def roles(documents: Documents, as_of: int | None = None) -> list[dict[str, Any]]:
    """Return the readiness of every person for every role that counts, ordered by person and role."""
    registry = Registry(documents)
    standing: Standing = Known(documents, registry).standing
    if as_of is not None:
        standing = Survey(documents, registry, as_of).standing
    told: list[dict[str, Any]] = []
    for role in Roles(documents).current(as_of).values():
        for _, one in documents.scan(PERSON):
            if one.identifiers:
                told.append(answer(role, one.label, measure(role, partial(_rank, standing, one.id))))
    return sorted(told, key=lambda line: (line["person"], line["role"]))


def credentials(documents: Documents, as_of: int | None = None) -> list[dict[str, Any]]:
    """Return for what every person is eligible by the credential rules that count, ordered by person and credential."""
    rules = CredentialRules(documents).current(as_of)
    if not rules:
        return []
    registry = Registry(documents)
    standing: Standing = Known(documents, registry).standing
    if as_of is not None:
        standing = Survey(documents, registry, as_of).standing
    told = [
        {"person": one.label, "credential": rule.id, **rule.eligibility_of(one.id, standing).told()}
        for rule in rules.values()
        for _, one in documents.scan(PERSON)
        if one.identifiers
    ]
    return sorted(told, key=lambda line: (line["person"], line["credential"]))


def next_due(documents: Documents) -> int | None:
    """Return the instant (microseconds since 1970 UTC) at which time alone changes something, None for never.

    A ClockAdvanced at or after it makes it happen: expiry, window, grace, dated policies and roles.
    """
    dated = (one for _, found in documents.scan(ACTIVATIONS) for one in found.activations if not one.in_force)
    waiting = [one.effective_from for one in dated]
    for kind in _DATED:
        waiting += [one.effective_from for _, one in documents.scan(kind) if not one.in_force]
    waiting += [int(key.partition("|")[0]) for key, _ in islice(documents.scan(DUE), 1)]
    return min(waiting, default=None)


def trail(documents: Documents, person_id: str, competency: str) -> dict[str, Any]:
    """Return the trail of one person and competency: the state, and every statement with rule, reason, score and value.

    ``value`` is the running value after that piece, in canonical order. Raises KeyError as ``state`` does.
    """
    steps = steps_of(_require(documents, person_id, competency).outcome)
    return {**state(documents, person_id, competency), "personId": person_id, "steps": steps}


def steps_of(outcome: Outcome) -> list[dict[str, Any]]:
    """Return how each piece of the evidence ended, in canonical order, with its times and the value after it."""
    return [
        {**_ended(one), "eventTime": render(one.event_time), "stored": render(one.stored), "value": one.value}
        for one in outcome.evidence
    ]
