"""Keep a new outcome and publish what changed: the last stage of section 2."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec

from projector.mastery.canonical import own_sha256
from projector.mastery.differences import Cause, Change, Draft, differences, with_lateness
from projector.mastery.documents import Documents, Kind
from projector.mastery.envelope import About, Publication
from projector.mastery.evidence import Fact
from projector.mastery.rulebook import Policy
from projector.mastery.state import (
    ACCEPTED,
    NOTHING,
    REJECTED,
    STATE,
    VALID,
    Assessed,
    Digest,
    Ends,
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
from projector.mastery.transitions import mastery_events

_MAX_IDS = 50
_GAINS = ("attained", "reinstated")
_STAYS = ("expiring", "grace", "renewed")
_LOSSES = ("declined", "revoked", "reevaluated", "held")


class Due(msgspec.Struct, frozen=True, gc=False):
    """That time alone changes a state at an instant, which begins its key."""

    person: str
    competency: str


DUE = Kind("due", Due)


def due_key(at: int, person: str, competency: str) -> str:
    """Return the key under which a date waits; keys are in the order of the dates."""
    return f"{max(at, 0):020d}|{person}|{competency}"


def _common(change: Change, competency: str, digest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data that all events of a change share."""
    policy, cause = reference(change.policy), change.cause
    state = body(competency, policy, change.current, digest)
    newest = islice((one for one in reversed(change.current.evidence) if one.result == ACCEPTED), _MAX_IDS)
    told: dict[str, Any] = {"code": cause.code, "position": cause.position}
    if cause.statement is not None:
        told["statementId"] = cause.statement
    return {
        "competency": state["competency"],
        "policy": state["policy"],
        "cause": told,
        "previous": snapshot(change.previous),
        "current": snapshot(change.current),
        "evidence": {**digest, "ids": [one.statement for one in newest][::-1]},
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
    if draft.before is not None:
        content["previous"] = {**common["previous"], "status": draft.before}
    if draft.after is not None:
        content["current"] = {**common["current"], "status": draft.after}
    if draft.invalid_from is not None:
        content["invalidFrom"] = render(draft.invalid_from)
    if draft.supersedes:
        content["supersedes"] = list(draft.supersedes)
    return content if draft.ended is None else {**content, **_ended(draft.ended)}


def _counts(draft: Draft) -> bool:
    """Return whether a transition may change what somebody's level counts for."""
    return draft.name not in _STAYS


def _is_loss(change: Change, draft: Draft) -> bool:
    if draft.name == "lapsed":
        return True
    return draft.name in _LOSSES and change.previous.status in VALID and change.current.status not in VALID


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
        elif _is_loss(change, draft):
            loss = Loss(identity, draft.at if draft.invalid_from is None else draft.invalid_from)
    return Memory(attained, loss, last_at, last_level, last_mastery)


def _keep_due(documents: Documents, person: str, competency: str, before: int | None, after: int | None) -> None:
    if before == after:
        return
    if before is not None:
        documents.delete(DUE, due_key(before, person, competency))
    if after is not None:
        documents.put(DUE, due_key(after, person, competency), Due(person, competency))


def _says_nothing(outcome: Outcome) -> bool:
    return outcome.is_blank and outcome.unlocked is None and outcome.place < 0


class Finding(msgspec.Struct, frozen=True, gc=False):
    """An outcome under a policy, the digest of its evidence if that is known, and what ``Change.ends`` says."""

    policy: Policy
    outcome: Outcome
    digest: Digest | None = None
    ends: Ends | None = None

    def told_digest(self) -> dict[str, Any]:
        """Return the digest of the evidence."""
        return evidence_digest(self.outcome) if self.digest is None else self.digest.told()


def publish(publication: Publication, person: str, finding: Finding, cause: Cause) -> Cause | None:
    """Keep what was found as the state of the person under the policy's competency and publish the differences.

    Returns the cause as it turned out (evidence may be late), or None when nothing changed.
    """
    documents, policy, outcome = publication.documents, finding.policy, finding.outcome
    competency = policy.competency
    key, decided_by = state_key(person, competency), reference(policy)
    known = documents.get(STATE, key)
    if known is None:
        if _says_nothing(outcome):
            return None
        known = State(person, competency, decided_by, NOTHING, cause.position, 0, Memory())
    elif known.outcome == outcome and known.policy == decided_by:
        return None
    other_version = known.policy != decided_by
    change = with_lateness(Change(policy, known.outcome, outcome, known.memory, cause, other_version, finding.ends))
    drafts = differences(change, mastery_events)
    digest = finding.told_digest()
    common = _common(change, competency, digest) if drafts else {}
    published = [
        (draft, publication.emit(About(draft.name, draft.at, person, competency), _content(draft, common)))
        for draft in drafts
    ]
    publication.moved.update(((person, competency), one.at) for one in drafts if one.transition and _counts(one))
    memory = _remember(known.memory, change, published)
    state = State(
        person=person,
        competency=competency,
        policy=decided_by,
        outcome=outcome,
        position=cause.position,
        revision=known.revision + 1,
        memory=memory,
        accepted=digest["count"],
        evidence_sha256=digest["sha256"],
    )
    documents.put(STATE, key, state)
    _keep_due(documents, person, competency, known.outcome.due, outcome.due)
    return change.cause


def drop_state(documents: Documents, person: str, competency: str) -> None:
    """Forget a state without an event: its person is another's now, or was erased."""
    known = documents.get(STATE, state_key(person, competency))
    if known is not None:
        _keep_due(documents, person, competency, known.outcome.due, None)
        documents.delete(STATE, state_key(person, competency))


def refuse(publication: Publication, policy: Policy, fact: Fact, reason: str, cause: Cause) -> None:
    """Say that a selected statement is about no one person; it creates no state (section 18)."""
    change = Change(policy, NOTHING, NOTHING, Memory(), cause)
    ended = Assessed(fact.statement, fact.rule, REJECTED, fact.event_time, fact.stored, reason, None, None, fact.flags)
    draft = Draft("evidence.rejected", fact.event_time, ended=ended)
    content = _content(draft, _common(change, policy.competency, evidence_digest(NOTHING)))
    publication.emit(About(draft.name, draft.at, None, policy.competency), content)
