"""What changed between two outcomes, as events yet without an envelope, in the order of section 14."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from projector.mastery.policy import Policy
from projector.mastery.state import ACCEPTED, QUARANTINED, VALID, Assessed, Memory, Outcome, Step

EVIDENCE, LATE_EVIDENCE, POLICY_ACTIVATED = "EVIDENCE", "LATE_EVIDENCE", "POLICY_ACTIVATED"
_BY_EVIDENCE = (EVIDENCE, LATE_EVIDENCE)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is folded again: the code of section 14, the entry, and the instant at which it takes effect."""

    code: str
    position: int
    at: int
    recorded: int
    statement: str | None = None

    @property
    def by_evidence(self) -> bool:
        """Return whether scores caused it, newer or late, and not the removal of support or a new version."""
        return self.code in _BY_EVIDENCE


@dataclass(frozen=True, slots=True)
class Draft:
    """An event to be published: its name (the end of its type), effective instant and what its data adds."""

    name: str
    at: int
    invalid_from: int | None = None
    supersedes: tuple[str, ...] = ()
    ended: Assessed | None = None
    transition: bool = False
    late: bool = False
    retroactive: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Two outcomes of one person and competency, what was published before, and why they differ."""

    policy: Policy
    previous: Outcome
    current: Outcome
    memory: Memory
    cause: Cause


def _canonical_key(policy: Policy, ended: Assessed) -> tuple[int, int, str]:
    return (0 if policy.by_stored else ended.event_time, ended.stored, ended.statement)


def with_lateness(change: Change) -> Change:
    """Return the change, its cause LATE_EVIDENCE if a piece accepted now precedes one accepted before (section 18)."""
    if change.cause.code != EVIDENCE:
        return change
    before = {one.statement for one in change.previous.evidence if one.result == ACCEPTED}
    new = [one for one in change.current.evidence if one.result == ACCEPTED and one.statement not in before]
    old = [one for one in change.previous.evidence if one.result == ACCEPTED]
    if not new or not old:
        return change
    if _canonical_key(change.policy, new[0]) < _canonical_key(change.policy, old[-1]):
        return replace(change, cause=replace(change.cause, code=LATE_EVIDENCE))
    return change


def _step_at(steps: tuple[Step, ...], at: int) -> Step:
    held = Step(at, -1, mastered=False)
    for step in steps:
        if step.at > at:
            break
        held = step
    return held


def first_difference(having: Outcome, lacking: Outcome, test: Callable[[Step], bool]) -> int | None:
    """Return the earliest instant at which the history of ``having`` passes the test and that of ``lacking`` fails."""
    for at in sorted({step.at for step in having.steps + lacking.steps}):
        if test(_step_at(having.steps, at)) and not test(_step_at(lacking.steps, at)):
            return at
    return None


def _withdrawn(change: Change) -> list[Draft]:
    now = {one.statement: one for one in change.current.evidence}
    drafts: list[Draft] = []
    for one in change.previous.evidence:
        ended = now.get(one.statement)
        if one.result == ACCEPTED and (ended is None or ended.result != ACCEPTED):
            drafts.append(Draft("evidence.withdrawn", change.cause.at, ended=ended or one))
    return drafts


def _newly_ended(change: Change) -> list[Draft]:
    before = {one.statement: one.result for one in change.previous.evidence}
    drafts: list[Draft] = []
    for one in change.current.evidence:
        was = before.get(one.statement)
        if one.result == was:
            continue
        if one.result == ACCEPTED:
            name = "evidence.released" if was == QUARANTINED else "evidence.accepted"
        elif was == ACCEPTED:
            continue
        elif one.result == QUARANTINED:
            name = "evidence.quarantined"
        elif was is None or was == QUARANTINED:
            name = "evidence.rejected"
        else:
            continue
        drafts.append(Draft(name, one.event_time, ended=one))
    return drafts


def _level(change: Change) -> list[Draft]:
    before, after, cause = change.previous, change.current, change.cause
    if after.place > before.place:
        gained = first_difference(after, before, lambda step: step.place >= after.place)
        return [Draft("level.reached", cause.at if gained is None else gained, transition=True)]
    if after.place == before.place:
        return []
    lost = first_difference(before, after, lambda step: step.place >= before.place)
    at = lost if cause.by_evidence and lost is not None else cause.at
    invalid = None if cause.code == EVIDENCE else lost
    return [Draft("level.lost", at, invalid_from=invalid, transition=True)]


def _lost(change: Change) -> Draft:
    before, cause = change.previous, change.cause
    if cause.by_evidence:
        lost = first_difference(before, change.current, lambda step: step.mastered)
        at = cause.at if lost is None else lost
        return Draft("declined", at, invalid_from=at if cause.code == LATE_EVIDENCE else None, transition=True)
    name = "reevaluated" if cause.code == POLICY_ACTIVATED else "revoked"
    return Draft(name, cause.at, invalid_from=before.attained_at, transition=True)


def _gained(change: Change) -> Draft:
    attained = change.cause.at if change.current.attained_at is None else change.current.attained_at
    loss = change.memory.loss
    if loss is None:
        return Draft("reinstated" if change.memory.attained_once else "attained", attained, transition=True)
    return Draft("reinstated", max(attained, loss.at), supersedes=(loss.id,), transition=True)


def _reevaluated(change: Change) -> list[Draft]:
    before, after, cause = change.previous, change.current, change.cause
    if cause.code not in (LATE_EVIDENCE, POLICY_ACTIVATED):
        return []
    if (before.attained_at, before.valid_until) == (after.attained_at, after.valid_until):
        return []
    moved = first_difference(before, after, lambda step: step.mastered)
    gained = first_difference(after, before, lambda step: step.mastered)
    found = [at for at in (moved, gained) if at is not None]
    at = min(found) if found and cause.by_evidence else cause.at
    return [Draft("reevaluated", at, transition=True)]


def _mastery(change: Change) -> list[Draft]:
    had, has = change.previous.status in VALID, change.current.status in VALID
    if had and not has:
        return [_lost(change)]
    if has and not had:
        return [_gained(change)]
    return _reevaluated(change) if had else []


def _marked(change: Change, draft: Draft) -> Draft:
    """Return the draft with what lateness says of it: late, retroactive, and the transition that it supersedes."""
    late = change.cause.code == LATE_EVIDENCE
    if not draft.transition:
        return replace(draft, late=late)
    last = change.memory.last_at
    retroactive = last is not None and draft.at < last
    supersedes = draft.supersedes
    if retroactive and not supersedes:
        replaced = change.memory.last_level if draft.name.startswith("level.") else change.memory.last_mastery
        supersedes = () if replaced is None else (replaced,)
    return replace(draft, late=late, retroactive=retroactive, supersedes=supersedes)


def differences(change: Change) -> list[Draft]:
    """Return the events of a change: withdrawn, accepted or rejected, level, mastery."""
    drafts = [*_withdrawn(change), *_newly_ended(change), *_level(change), *_mastery(change)]
    return [_marked(change, draft) for draft in drafts]
