"""Direct evidence and roll-up together: either, both (rule book, section 10)."""

from collections.abc import Callable, Iterable

from projector.mastery.histories import last_began, step_at
from projector.mastery.state import HELD, IN_PROGRESS, LAPSED, NOT_STARTED, VALID, Outcome, Step


def _earliest(values: Iterable[int | None]) -> int | None:
    return min((value for value in values if value is not None), default=None)


def _latest_or_endless(values: Iterable[int | None]) -> int | None:
    found = list(values)
    return None if None in found else max(value for value in found if value is not None)


def _merged_steps(direct: Outcome, rolled: Outcome, pick: Callable[[int, int], int]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for at in sorted({step.at for step in direct.steps + rolled.steps}):
        left, right = step_at(direct.steps, at), step_at(rolled.steps, at)
        mastered = bool(pick(left.mastered, right.mastered))
        steps.append(Step(at, pick(left.place, right.place), mastered, pick(left.counted, right.counted), left.value))
    return tuple(steps)


def _grace_end(outcome: Outcome) -> int | None:
    return outcome.valid_until if outcome.grace_until is None else outcome.grace_until


def _outcome(sources: list[Outcome], direct: Outcome, rolled: Outcome, *, every: bool) -> Outcome:
    """Return what the sources that count give together: with ``every`` the shortest time, else the longest."""
    pick: Callable[..., int] = min if every else max
    ends = [source.valid_until for source in sources]
    graces = [_grace_end(source) for source in sources]
    until = _earliest(ends) if every else _latest_or_endless(ends)
    end = _earliest(graces) if every else _latest_or_endless(graces)
    expiring = next((source.expiring_from for source in sources if source.valid_until == until), None)
    return Outcome(
        status=(max if every else min)((source.status for source in sources), key=_order),
        place=pick(direct.place, rolled.place),
        value=direct.value,
        attained_at=_start(sources, direct, rolled, every=every),
        valid_until=until,
        grace_until=None if end == until else end,
        expiring_from=expiring,
        steps=_merged_steps(direct, rolled, pick),
    )


def _start(sources: list[Outcome], direct: Outcome, rolled: Outcome, *, every: bool) -> int | None:
    """Return since when both count, or either does without a gap."""
    if every:
        return max((one.attained_at for one in sources if one.attained_at is not None), default=None)
    began = last_began(_merged_steps(direct, rolled, max))
    known = [one.attained_at for one in (direct, rolled) if one.status in (*VALID, LAPSED)]
    together = [at for at in known if at is not None and began is not None and at >= began]
    return _earliest(together or [one.attained_at for one in sources])


def _order(status: str) -> int:
    return (*VALID, LAPSED, HELD, IN_PROGRESS, NOT_STARTED).index(status)


def _without_mastery(direct: Outcome, rolled: Outcome, *, every: bool) -> Outcome:
    """Return what there is where mastery is not reached, is withheld, or was never both at once."""
    pick: Callable[..., int] = min if every else max
    statuses = (direct.status, rolled.status)
    below = [status in (IN_PROGRESS, NOT_STARTED) for status in statuses]
    status, place = IN_PROGRESS, pick(direct.place, rolled.place)
    if statuses == (NOT_STARTED, NOT_STARTED):
        status = NOT_STARTED
    elif HELD in statuses and not (any(below) if every else all(below)):
        status = HELD
    elif not any(below):
        place = -1
    return Outcome(status=status, place=place, value=direct.value, steps=_merged_steps(direct, rolled, pick))


def combined(how: str, direct: Outcome, rolled: Outcome) -> Outcome:
    """Return the outcome of direct evidence and roll-up under ``either`` or ``both``.

    Under ``either``, what is withheld comes before what has lapsed, and it has lapsed when all have that were valid.
    """
    every, sources = how == "both", (direct, rolled)
    if every:
        counting = [one for one in sources if one.status in (*VALID, LAPSED)]
        counting = counting if len(counting) == len(sources) else []
    else:
        counting = [one for one in sources if one.status in VALID]
        if not counting and HELD not in (direct.status, rolled.status):
            counting = [one for one in sources if one.status == LAPSED]
    found = _outcome(counting, direct, rolled, every=every) if counting else None
    if found is None or (every and _never_together(found)):
        return _without_mastery(direct, rolled, every=every)
    return found


def _never_together(both: Outcome) -> bool:
    end = _grace_end(both)
    return both.attained_at is not None and end is not None and end <= both.attained_at
