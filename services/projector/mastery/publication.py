"""Keep a new outcome and publish what changed: the last stage of section 2."""

from collections.abc import Mapping, Sequence
from typing import Any

from projector.mastery.canonical import own_sha256
from projector.mastery.differences import Cause, Change, Draft, differences, with_lateness
from projector.mastery.envelope import Publication
from projector.mastery.evidence import Fact
from projector.mastery.policy import Policy
from projector.mastery.state import (
    ACCEPTED,
    NOTHING,
    REJECTED,
    STATE,
    VALID,
    Assessed,
    Loss,
    Memory,
    Outcome,
    State,
    body,
    evidence_digest,
    reference,
    snapshot,
    state_key,
)
from projector.mastery.times import render

_MAX_IDS = 50
_GAINS = ("attained", "reinstated")
_LOSSES = ("declined", "revoked", "lapsed", "held")


def _common(change: Change, competency: str) -> dict[str, Any]:
    """Return the data that all events of a change share."""
    policy, cause = reference(change.policy), change.cause
    digest = evidence_digest(change.current)
    state = body(competency, policy, change.current, digest)
    ids = [one.statement for one in change.current.evidence if one.result == ACCEPTED]
    told: dict[str, Any] = {"code": cause.code, "position": cause.position}
    if cause.statement is not None:
        told["statementId"] = cause.statement
    return {
        "competency": state["competency"],
        "policy": state["policy"],
        "cause": told,
        "previous": snapshot(change.previous),
        "current": snapshot(change.current),
        "evidence": {**digest, "ids": ids[-_MAX_IDS:]},
        "stateSha256": own_sha256(state),
    }


def _ended(ended: Assessed) -> dict[str, Any]:
    """Return what an evidence event says of its statement."""
    return {
        "statement": ended.statement,
        "rule": ended.rule,
        "result": ended.result,
        "reason": ended.reason,
        "score": ended.score,
        "flags": list(ended.flags),
    }


def _content(draft: Draft, common: Mapping[str, Any]) -> dict[str, Any]:
    content = {**common, "late": draft.late, "retroactive": draft.retroactive}
    if draft.invalid_from is not None:
        content["invalidFrom"] = render(draft.invalid_from)
    if draft.supersedes:
        content["supersedes"] = list(draft.supersedes)
    return content if draft.ended is None else {**content, **_ended(draft.ended)}


def _is_loss(change: Change) -> bool:
    return change.previous.status in VALID and change.current.status not in VALID


def _remember(memory: Memory, change: Change, published: Sequence[tuple[Draft, str]]) -> Memory:
    """Return what later events need to know of those published now."""
    attained, loss = memory.attained_once, memory.loss
    last_at, last_level, last_mastery = memory.last_at, memory.last_level, memory.last_mastery
    for draft, identity in published:
        if not draft.transition:
            continue
        last_at = draft.at
        if draft.name.startswith("level."):
            last_level = identity
            continue
        last_mastery = identity
        if draft.name in _GAINS:
            attained, loss = True, None
        elif _is_loss(change):
            loss = Loss(identity, draft.at if draft.invalid_from is None else draft.invalid_from)
    return Memory(attained, loss, last_at, last_level, last_mastery)


def publish(publication: Publication, person: str, policy: Policy, outcome: Outcome, cause: Cause) -> bool:
    """Keep ``outcome`` as the state of the person under the policy's competency and publish the differences.

    Returns whether the state changed in any way.
    """
    key = state_key(person, policy.competency)
    known = publication.documents.get(STATE, key)
    decided_by = reference(policy)
    if known is not None and known.outcome == outcome and known.policy == decided_by:
        return False
    memory = Memory() if known is None else known.memory
    previous = NOTHING if known is None else known.outcome
    change = with_lateness(Change(policy, previous, outcome, memory, cause))
    drafts = differences(change)
    common = _common(change, policy.competency) if drafts else {}
    published = [
        (draft, publication.emit(draft.name, draft.at, person, policy.competency, _content(draft, common)))
        for draft in drafts
    ]
    publication.documents.put(
        STATE,
        key,
        State(
            person=person,
            competency=policy.competency,
            policy=decided_by,
            outcome=outcome,
            position=cause.position,
            revision=1 if known is None else known.revision + 1,
            memory=_remember(memory, change, published),
        ),
    )
    return True


def refuse_group(publication: Publication, policy: Policy, fact: Fact, reason: str, cause: Cause) -> None:
    """Say that a selected statement is about no one person; it creates no state (section 18)."""
    change = Change(policy, NOTHING, NOTHING, Memory(), cause)
    ended = Assessed(fact.statement, fact.rule, REJECTED, fact.event_time, fact.stored, reason, None, None, fact.flags)
    draft = Draft("evidence.rejected", fact.event_time, ended=ended)
    content = _content(draft, _common(change, policy.competency))
    publication.emit(draft.name, draft.at, None, policy.competency, content)
