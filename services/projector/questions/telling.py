"""States and trails as a standpoint sees them, in the form in which the projection keeps them."""

from collections.abc import Iterator
from typing import Any

from projector.mastery.canonical import own_sha256
from projector.mastery.rulebook import Policy
from projector.mastery.state import STATE, Outcome, body, evidence_digest, reference, state_key
from projector.mastery.views import steps_of
from projector.questions.standpoint import Standpoint


def states_of(standpoint: Standpoint, person: str) -> Iterator[dict[str, Any]]:
    """Yield the state documents of a person, by competency; a competency of which nothing is known is left out."""
    for competency in sorted(standpoint.registry.competencies()):
        policy, outcome = standpoint.standing(person, competency)
        if policy is not None and not outcome.is_blank:
            yield state_of(standpoint, person, competency)


def state_of(standpoint: Standpoint, person: str, competency: str) -> dict[str, Any]:
    """Return the state document: ``body``, ``meta`` and ``stateSha256``. Raises KeyError when no policy decides it."""
    policy, outcome = standpoint.standing(person, competency)
    if policy is None:
        raise KeyError(competency)
    return _document(standpoint, person, policy, outcome)


def trail_of(standpoint: Standpoint, person: str, competency: str) -> dict[str, Any]:
    """Return the state with every statement that counted or was refused, in canonical order, under ``steps``.

    Raises KeyError when nothing of the person touches the competency.
    """
    policy, outcome = standpoint.standing(person, competency)
    if policy is None or outcome.is_blank:
        raise KeyError(competency)
    return {**_document(standpoint, person, policy, outcome), "personId": person, "steps": steps_of(outcome)}


def _document(standpoint: Standpoint, person: str, policy: Policy, outcome: Outcome) -> dict[str, Any]:
    kept = standpoint.documents.get(STATE, state_key(person, policy.competency))
    told = body(policy.competency, reference(policy), outcome, evidence_digest(outcome))
    meta: dict[str, Any] = {"personId": person}
    if standpoint.as_of is None and kept is not None:
        meta |= {"position": kept.position, "revision": kept.revision}
    return {"body": told, "meta": meta, "stateSha256": own_sha256(told)}
