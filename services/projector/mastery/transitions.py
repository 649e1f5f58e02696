"""The mastery events between two outcomes: gained, renewed, held, lost, and what time did (sections 14 and 18)."""

from itertools import pairwise

from msgspec.structs import replace

from projector.mastery.differences import DECISION, PREREQUISITE, Change, Draft, first_difference
from projector.mastery.state import EXPIRING, GRACE, HELD, LAPSED, MASTERED, VALID, Outcome

_PHASES = (MASTERED, EXPIRING, GRACE, LAPSED)
_NAMES = {EXPIRING: "expiring", GRACE: "grace", LAPSED: "lapsed"}


def _mastered_first(having: Outcome, lacking: Outcome) -> int | None:
    return first_difference(having, lacking, lambda step: step.mastered)


def _lost_at(change: Change) -> int:
    """Return when scores or time ended mastery: newer scores not before them, though validity had ended before."""
    cause, lost = change.cause, _mastered_first(change.previous, change.current)
    if lost is None:
        return cause.at
    return lost if cause.late or not cause.by_evidence else max(lost, cause.at)


def _lost(change: Change) -> Draft:
    """Return the loss of mastery to a status below it."""
    before, cause = change.previous, change.cause
    if cause.by_version:
        return Draft("reevaluated", cause.at, invalid_from=before.attained_at, transition=True)
    if cause.by_removal:
        return Draft("revoked", cause.at, invalid_from=before.attained_at, transition=True)
    at = cause.at if change.replaces_carried else _lost_at(change)
    return Draft("declined", at, invalid_from=at if cause.late else None, transition=True)


def _held(change: Change) -> Draft:
    """Return that mastery is withheld: the value suffices, a prerequisite or the review is missing."""
    cause = change.cause
    if change.previous.status not in VALID:
        return Draft("held", cause.at, transition=True)
    if cause.code == DECISION:
        return _lost(change)
    if cause.by_removal or cause.by_version:
        lost = _mastered_first(change.previous, change.current)
        return Draft("held", cause.at, invalid_from=lost, transition=True)
    at = _lost_at(change)
    return Draft("held", at, invalid_from=at if cause.late else None, transition=True)


def _gained(change: Change) -> Draft:
    attained = change.cause.at if change.current.attained_at is None else change.current.attained_at
    loss = change.memory.loss
    if loss is None:
        return Draft("reinstated" if change.memory.attained_once else "attained", attained, transition=True)
    return Draft("reinstated", max(attained, loss.at), supersedes=(loss.id,), transition=True)


def _extended(change: Change) -> bool:
    before, after = change.previous.valid_until, change.current.valid_until
    return before is not None and after is not None and after > before


def _renewed(change: Change) -> list[Draft]:
    return [Draft("renewed", change.cause.at, transition=True)]


def _reevaluated(change: Change) -> list[Draft]:
    """Return that start or end moved while the status stayed."""
    before, after, cause = change.previous, change.current, change.cause
    if not (cause.late or cause.by_version or cause.code == PREREQUISITE) or before.status != after.status:
        return []
    if (before.attained_at, before.valid_until) == (after.attained_at, after.valid_until):
        return []
    moved = (_mastered_first(before, after), _mastered_first(after, before))
    found = [at for at in moved if at is not None]
    return [Draft("reevaluated", cause.at if cause.by_version or not found else min(found), transition=True)]


def _passed(change: Change, *, anew: bool) -> list[Draft]:
    """Return what time did to mastery: expiring, grace, lapsed, each at its exact instant."""
    before, after = change.previous, change.current
    start = 0 if anew or before.status not in _PHASES else _PHASES.index(before.status)
    instants = {
        EXPIRING: after.expiring_from,
        GRACE: after.valid_until if after.grace_until is not None else None,
        LAPSED: after.valid_until if after.grace_until is None else after.grace_until,
    }
    drafts: list[Draft] = []
    for phase in _PHASES[start + 1 : _PHASES.index(after.status) + 1] if after.status in _PHASES else ():
        at = instants[phase]
        if at is not None:
            drafts.append(Draft(_NAMES[phase], at, transition=True, after=phase))
    return drafts


def _kept(change: Change) -> list[Draft]:
    """Return the events while mastery stays valid."""
    same_term = change.previous.valid_until == change.current.valid_until
    extended = _extended(change)
    version = change.renewed_version and not change.cause.by_version
    first = _renewed(change) if (extended and not change.cause.by_version) or version else []
    again = not same_term and change.current.status != change.previous.status
    return [*first, *_reevaluated(change), *_passed(change, anew=again)]


def _won(change: Change) -> list[Draft]:
    """Return the events when mastery comes: renewed before it if evidence from before its loss extends validity."""
    same = change.cause.by_evidence and change.previous.attained_at == change.current.attained_at
    before = _renewed(change) if (change.cause.late or same) and _extended(change) else []
    return [*before, replace(_gained(change), after=MASTERED), *_passed(change, anew=True)]


def _left(change: Change) -> list[Draft]:
    if change.current.status == LAPSED and not change.cause.by_removal:
        return _passed(change, anew=change.previous.valid_until != change.current.valid_until)
    return [_lost(change)]


def _without(change: Change) -> list[Draft]:
    """Return the events between two outcomes without mastery: it may have come and lapsed in between."""
    if change.current.status != LAPSED:
        return []
    if change.previous.status != LAPSED:
        return _won(change)
    return [*_renewed(change), *_passed(change, anew=True)] if _extended(change) else []


def mastery_events(change: Change) -> list[Draft]:
    """Return the mastery events of a change, in the order in which they took effect."""
    had, has = change.previous.status in VALID, change.current.status in VALID
    if change.current.status == HELD:
        return [_held(change)] if change.previous.status != HELD else []
    if had and has:
        return _in_chain(change, _kept(change))
    if has:
        return _in_chain(change, _won(change))
    return _in_chain(change, _left(change) if had else _without(change))


def _in_chain(change: Change, drafts: list[Draft]) -> list[Draft]:
    """Return the drafts with the statuses around each: the first from the old one, the last to the new one."""
    statuses = [change.previous.status]
    for draft in drafts:
        statuses.append(draft.after or change.current.status)
    if drafts:
        statuses[-1] = change.current.status
    pairs = pairwise(statuses)
    return [replace(draft, before=before, after=after) for draft, (before, after) in zip(drafts, pairs, strict=True)]
