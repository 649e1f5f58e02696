"""What changed between two outcomes, as events yet without an envelope, in the order of section 14."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace

from projector.mastery.admission import canonical_key
from projector.mastery.histories import same_beginning, step_at
from projector.mastery.keeping import OUTSIDE_WINDOW
from projector.mastery.rulebook import Policy
from projector.mastery.spans import shift
from projector.mastery.state import ACCEPTED, QUARANTINED, WITHDRAWN, Assessed, Ends, Memory, Outcome, Step

EVIDENCE, LATE_EVIDENCE, CLOCK, DECISION = "EVIDENCE", "LATE_EVIDENCE", "CLOCK", "DECISION"
ERASED_CODE = "ERASED"
POLICY_ACTIVATED, FRAMEWORK_CHANGED = "POLICY_ACTIVATED", "FRAMEWORK_CHANGED"
PREREQUISITE, ROLLUP_CHILD = "PREREQUISITE", "ROLLUP_CHILD"
_BY_EVIDENCE = (EVIDENCE, LATE_EVIDENCE)
_BY_VERSION = (POLICY_ACTIVATED, FRAMEWORK_CHANGED)


class Cause(msgspec.Struct, frozen=True, gc=False):
    """Why something is folded again: the code of section 14, the entry, and the instant at which it takes effect.

    ``root`` is the code of what happened first, where ``code`` says that another competency changed.
    """

    code: str
    position: int
    at: int
    recorded: int
    statement: str | None = None
    root: str = ""

    @property
    def origin(self) -> str:
        """Return the code of what happened first."""
        return self.root or self.code

    @property
    def by_evidence(self) -> bool:
        """Return whether scores caused it, newer or late, and not the removal of support or a new version."""
        return self.origin in _BY_EVIDENCE

    @property
    def by_version(self) -> bool:
        """Return whether a new version of a document caused it."""
        return self.origin in _BY_VERSION

    @property
    def by_removal(self) -> bool:
        """Return whether support was removed or a decision taken: void, erasure, identity, trust, decision."""
        return not (self.by_evidence or self.by_version or self.origin == CLOCK)

    @property
    def late(self) -> bool:
        """Return whether late evidence caused it."""
        return self.origin == LATE_EVIDENCE


class Draft(msgspec.Struct, frozen=True, gc=False):
    """An event to be published: its name (the end of its type), effective instant and what its data adds.

    ``before`` and ``after`` are the statuses around it where several events lie between two outcomes.
    """

    name: str
    at: int
    invalid_from: int | None = None
    supersedes: tuple[str, ...] = ()
    ended: Assessed | None = None
    transition: bool = False
    late: bool = False
    retroactive: bool = False
    before: str | None = None
    after: str | None = None


class Change(msgspec.Struct, frozen=True, gc=False):
    """Two outcomes of one person and competency, what was published before, and why they differ.

    ``renewed_version`` says that a version that was carried decides for the first time, ``ends`` what alone changed of
    the evidence, where that is known.
    """

    policy: Policy
    previous: Outcome
    current: Outcome
    memory: Memory
    cause: Cause
    renewed_version: bool = False
    ends: Ends | None = None

    @property
    def replaces_carried(self) -> bool:
        """Return whether evidence lets a version decide for the first time: nothing changed before that evidence."""
        return self.renewed_version and self.cause.code == EVIDENCE

    @property
    def before(self) -> Sequence[Assessed]:
        """Return how those pieces had ended that may have ended otherwise now."""
        return self.previous.evidence if self.ends is None else self.ends.before

    @property
    def after(self) -> Sequence[Assessed]:
        """Return how those pieces end now that may have ended otherwise before."""
        return self.current.evidence if self.ends is None else self.ends.after


def with_lateness(change: Change) -> Change:
    """Return the change, its cause LATE_EVIDENCE if a piece accepted now precedes one accepted before (section 18)."""
    if change.cause.code != EVIDENCE:
        return change
    before = {one.statement for one in change.before if one.result == ACCEPTED}
    new = next((one for one in change.after if one.result == ACCEPTED and one.statement not in before), None)
    old = next((one for one in reversed(change.previous.evidence) if one.result == ACCEPTED), None)
    if new is None or old is None or canonical_key(change.policy, new) >= canonical_key(change.policy, old):
        return change
    return replace(change, cause=replace(change.cause, code=LATE_EVIDENCE))


def first_difference(having: Outcome, lacking: Outcome, test: Callable[[Step], bool]) -> int | None:
    """Return the earliest instant at which the history of ``having`` passes the test and that of ``lacking`` fails."""
    same = same_beginning(having.steps, lacking.steps)
    for at in sorted({step.at for step in having.steps[same:] + lacking.steps[same:]}):
        if test(step_at(having.steps, at)) and not test(step_at(lacking.steps, at)):
            return at
    return None


def _withdrawn(change: Change) -> list[Draft]:
    now = {one.statement: one for one in change.after}
    drafts: list[Draft] = []
    for one in change.before:
        ended = now.get(one.statement)
        if one.result == ACCEPTED and (ended is None or ended.result != ACCEPTED):
            gone = ended or _gone(one, change.cause)
            drafts.append(Draft("evidence.withdrawn", _withdrawn_at(change, gone), ended=gone))
    return drafts


def _withdrawn_at(change: Change, gone: Assessed) -> int:
    """Return when a piece was withdrawn: one that only grew too old, at the exact instant at which it did."""
    longest = change.policy.window.max_age
    if change.cause.code != CLOCK or gone.reason != OUTSIDE_WINDOW or longest is None:
        return change.cause.at
    return min(shift(gone.event_time, longest), change.cause.at)


def _gone(one: Assessed, cause: Cause) -> Assessed:
    """Return how a piece ended that is no evidence of this person any more at all."""
    return msgspec.structs.replace(one, result=WITHDRAWN, reason=ERASED_CODE if cause.origin == ERASED_CODE else None)


def _ended_name(was: str | None, result: str) -> str | None:
    """Return the name of the event for a statement that ended otherwise than before, None for no event."""
    if result == ACCEPTED:
        return "evidence.released" if was == QUARANTINED else "evidence.accepted"
    if was == ACCEPTED:
        return None
    if result == QUARANTINED:
        return "evidence.quarantined"
    return "evidence.rejected" if was in (None, QUARANTINED) else None


def _newly_ended(change: Change) -> list[Draft]:
    before = {one.statement: one.result for one in change.before}
    drafts: list[Draft] = []
    for one in change.after:
        was = before.get(one.statement)
        name = None if one.result == was else _ended_name(was, one.result)
        if name is not None:
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
    exact = (cause.by_evidence or cause.origin == CLOCK) and not change.replaces_carried
    at = lost if exact and lost is not None else cause.at
    invalid = lost if cause.late or cause.by_removal else None
    return [Draft("level.lost", at, invalid_from=invalid, transition=True)]


def _unlocked(change: Change) -> list[Draft]:
    at = change.current.unlocked
    return [] if at is None or change.previous.unlocked is not None else [Draft("progression.unlocked", at)]


def _marked(change: Change, draft: Draft) -> Draft:
    """Return the draft with what lateness says of it: late, retroactive, and the transition that it supersedes.

    What late evidence changes at the instant of the last transition takes the place of that one, too.
    """
    late = change.cause.late
    if not draft.transition:
        return replace(draft, late=late)
    last = change.memory.last_at
    retroactive = last is not None and draft.at < last
    supersedes = draft.supersedes
    if (retroactive or (late and draft.at == last)) and not supersedes:
        replaced = change.memory.last_level if draft.name.startswith("level.") else change.memory.last_mastery
        supersedes = () if replaced is None else (replaced,)
    return replace(draft, late=late, retroactive=retroactive, supersedes=supersedes)


def differences(change: Change, mastery: Callable[[Change], list[Draft]]) -> list[Draft]:
    """Return the events of a change: unlocked, withdrawn, accepted or rejected, level, mastery."""
    drafts = [*_unlocked(change), *_withdrawn(change), *_newly_ended(change), *_level(change), *mastery(change)]
    return [_marked(change, draft) for draft in drafts]
