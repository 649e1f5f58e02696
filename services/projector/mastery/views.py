"""What is read of the engine: states, their evidence, and who a person is (mastery.md sections 13 and 16)."""

from collections.abc import Mapping
from typing import Any

from projector.mastery.canonical import own_sha256
from projector.mastery.documents import Documents
from projector.mastery.identity import PERSON, find, identifier
from projector.mastery.state import STATE, Assessed, State, body, evidence_digest, snapshot, state_key
from projector.mastery.times import render


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
    told = body(competency, found.policy, found.outcome, evidence_digest(found.outcome))
    meta = {"personId": person_id, "position": found.position, "revision": found.revision}
    return {"body": told, "meta": meta, "stateSha256": own_sha256(told)}


def states(documents: Documents, person_id: str | None = None) -> list[dict[str, Any]]:
    """Return the states as ``policy try`` prints them, of one person or of all, ordered by person and competency."""
    prefix = "" if person_id is None else f"{person_id}|"
    told = [_line(documents, found) for _, found in documents.scan(STATE, prefix)]
    return sorted(told, key=lambda line: (line["person"], line["competency"]))


def _line(documents: Documents, found: State) -> dict[str, Any]:
    return {
        "person": label(documents, found.person),
        "competency": found.competency,
        **snapshot(found.outcome),
        "flags": list(found.outcome.flags),
        "unmet": list(found.outcome.unmet),
        "evidence": [_ended(one) for one in found.outcome.evidence],
    }


def trail(documents: Documents, person_id: str, competency: str) -> dict[str, Any]:
    """Return the trail of one person and competency: the state, and every statement with rule, reason, score and value.

    ``value`` is the running value after that piece, in canonical order. Raises KeyError as ``state`` does.
    """
    found = _require(documents, person_id, competency)
    steps = [
        {
            **_ended(one),
            "eventTime": render(one.event_time),
            "stored": render(one.stored),
            "value": one.value,
        }
        for one in found.outcome.evidence
    ]
    return {**state(documents, person_id, competency), "personId": person_id, "steps": steps}
