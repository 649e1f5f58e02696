"""Direct evidence and roll-up together: either, both (mastery.md section 10)."""

from collections.abc import Callable, Iterable

from projector.mastery.histories import step_at
from projector.mastery.state import HELD, IN_PROGRESS, LAPSED, NOT_STARTED, VALID, Outcome, Step

_RANK = {NOT_STARTED: 0, IN_PROGRESS: 1, LAPSED: 2, HELD: 3}


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
    starts = [source.attained_at for source in sources if source.attained_at is not None]
    expiring = next((source.expiring_from for source in sources if source.valid_until == until), None)
    return Outcome(
        status=(max if every else min)((source.status for source in sources), key=_order),
        place=pick(direct.place, rolled.place),
        value=direct.value,
        attained_at=None if not starts else max(starts) if every else min(starts),
        valid_until=until,
        grace_until=None if end == until else end,
        expiring_from=expiring,
        steps=_merged_steps(direct, rolled, pick),
    )


def _order(status: str) -> int:
    return (*VALID, LAPSED, HELD, IN_PROGRESS, NOT_STARTED).index(status)


def _without_mastery(direct: Outcome, rolled: Outcome, *, every: bool) -> Outcome:
    pick: Callable[..., int] = min if every else max
    best = max(direct.status, rolled.status, key=lambda status: _RANK.get(status, 1))
    status = IN_PROGRESS if every and best in (LAPSED, HELD) and NOT_STARTED in (direct.status, rolled.status) else best
    return Outcome(
        status=IN_PROGRESS if status in VALID else status,
        place=pick(direct.place, rolled.place),
        value=direct.value,
        attained_at=direct.attained_at or rolled.attained_at if status == LAPSED else None,
        steps=_merged_steps(direct, rolled, pick),
    )


def combined(how: str, direct: Outcome, rolled: Outcome) -> Outcome:
    """Return the outcome of direct evidence and roll-up under ``either`` or ``both``."""
    every = how == "both"
    standing = (*VALID, LAPSED) if every else VALID
    counting = [one for one in (direct, rolled) if one.status in standing]
    if len(counting) >= (2 if every else 1):
        return _outcome(counting, direct, rolled, every=every)
    return _without_mastery(direct, rolled, every=every)
