"""A competency from its children: all, any, n_of, weighted, points (rule book, sections 10 and 18)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import msgspec

from projector.mastery.environment import Environment
from projector.mastery.histories import Standing, last_began, standing, step_at
from projector.mastery.numbers import decimal_text, fraction, quantise
from projector.mastery.playing import Happenings, played
from projector.mastery.rulebook import Child, Policy, Rollup
from projector.mastery.spans import shift
from projector.mastery.state import (
    HELD,
    IN_PROGRESS,
    LAPSED,
    NOT_STARTED,
    VALID,
    Outcome,
)
from projector.mastery.timeline import Timeline
from projector.mastery.validity import Term
from projector.mastery.walk import Point

_COUNTING = ("all", "any", "n_of")


@dataclass(frozen=True, slots=True)
class _Member:
    """A child and how the person stands in it."""

    child: Child
    standing: Standing

    @property
    def outcome(self) -> Outcome:
        return self.standing.outcome

    def met_at(self, at: int) -> bool:
        return self.standing.met_at(at)

    def value_at(self, at: int) -> Fraction | None:
        text = step_at(self.outcome.steps, at).value
        return None if text is None else fraction(text)

    @property
    def lapsed(self) -> bool:
        return self.outcome.status == LAPSED and self.outcome.place >= self.standing.wanted

    def start(self) -> int | None:
        """Return since when the child is met, or was before it lapsed."""
        policy = self.standing.policy
        if policy is not None and self.standing.wanted == policy.mastery:
            return self.outcome.attained_at
        since = None
        for step in reversed(self.outcome.steps):
            if max(step.counted, step.place if self.lapsed else -1) < self.standing.wanted:
                break
            since = step.at
        return since


def _members(environment: Environment, rollup: Rollup) -> list[_Member]:
    return [
        _Member(child, standing(environment, environment.person, child.competency, child.level))
        for child in rollup.children
    ]


def _weighted(policy: Policy, rollup: Rollup, members: Sequence[_Member], at: int) -> Fraction | None:
    """Return sum(w*v)/sum(w) at an instant, None while no child has a value."""
    total, weights, any_value = Fraction(0), Fraction(0), False
    for member in members:
        value = member.value_at(at)
        any_value = any_value or value is not None
        if value is None and not rollup.zero_missing:
            continue
        total += member.child.weight * (value or 0)
        weights += member.child.weight
    return quantise(total / weights, policy.precision) if any_value and weights else None


def _place_of(policy: Policy, value: Fraction | None) -> int:
    reached = [place for place, level in enumerate(policy.scale) if value is not None and level.minimum <= value]
    return reached[-1] if reached else -1


def _condition(rollup: Rollup, members: Sequence[_Member], at: int) -> bool:
    """Return whether a counting or points roll-up is met at an instant."""
    met = [member for member in members if member.met_at(at)]
    if rollup.op in _COUNTING:
        return len(met) >= rollup.least
    missing = [member for member in members if member.child.required and not member.met_at(at)]
    return not missing and sum(member.child.points for member in met) >= rollup.least


def _changes(rollup: Rollup, members: Sequence[_Member]) -> list[int]:
    """Return when anything changed that the roll-up looks at: any value, or which children are met."""
    weighted = rollup.op == "weighted"
    changes: list[int] = []
    before: list[Fraction | bool | None] = [None if weighted else False] * len(members)
    for at in sorted({step.at for member in members for step in member.outcome.steps}):
        now = [member.value_at(at) if weighted else member.met_at(at) for member in members]
        if now != before:
            changes.append(at)
            before = now
    return changes


def _points(policy: Policy, rollup: Rollup, members: Sequence[_Member]) -> list[Point]:
    points: list[Point] = []
    for at in _changes(rollup, members):
        if rollup.op == "weighted":
            value = _weighted(policy, rollup, members, at)
            place = _place_of(policy, value)
        else:
            value, place = None, policy.mastery if _condition(rollup, members, at) else -1
        text = None if value is None else decimal_text(value, policy.precision)
        points.append(Point(at, at, place, text, renews=True, arrival=True))
    return points


def _kth(values: Iterable[int | None], rank: int, *, latest: bool) -> int | None:
    """Return the rank-th earliest or latest instant, where None is after every instant."""
    known = sorted(value for value in values if value is not None)
    endless = sum(value is None for value in values)
    ordered = [*([None] * endless), *reversed(known)] if latest else [*known, *([None] * endless)]
    return ordered[rank - 1]


def _grace_end(outcome: Outcome) -> int | None:
    return outcome.valid_until if outcome.grace_until is None else outcome.grace_until


def _counted(
    environment: Environment, rollup: Rollup, members: Sequence[_Member], timeline: Timeline
) -> Outcome | None:
    """Return start, end and status of a counting roll-up by the order statistics.

    Returns None when too few are met, never enough of them at once, or when a decision or a prerequisite says more.
    """
    met = [member for member in members if member.lapsed or member.start() is not None]
    began = last_began(timeline.steps)
    if len(met) < rollup.least or began is None or timeline.status() == HELD or timeline.decided:
        return None
    start = max(_kth([member.start() for member in met], rollup.least, latest=False) or began, began)
    latest = rollup.op != "all"
    rank = rollup.least if latest else 1
    until = _kth([member.outcome.valid_until for member in met], rank, latest=latest)
    end = _kth([_grace_end(member.outcome) for member in met], rank, latest=latest)
    if until is None:
        return Outcome(status=timeline.status(), attained_at=start)
    if end is not None and end <= start:
        return None
    term = Term(until, None if end == until else end, _window_before(environment.policy, until))
    return Outcome(
        term.status(environment.now),
        attained_at=start,
        valid_until=until,
        grace_until=term.grace_until,
        expiring_from=term.expiring_from,
    )


def _window_before(policy: Policy, until: int) -> int | None:
    if policy.validity is None or policy.validity.window is None:
        return None
    return shift(until, policy.validity.window, -1, policy.validity.zone)


def _without_own_term(policy: Policy) -> Policy:
    """Return the policy of the roll-up alone: beside direct evidence, validity is that of the evidence."""
    beside_evidence = policy.combine != "rollup_only" and policy.validity is not None
    return replace(policy, validity=None) if beside_evidence else policy


def _ends_first(own: Outcome, counted: Outcome) -> bool:
    """Return whether the policy's own term ends no later than the order statistic over the children's."""
    ends = own.valid_until, counted.valid_until
    return ends[0] is not None and (ends[1] is None or ends[0] <= ends[1])


def roll_up(
    environment: Environment, rollup: Rollup, prerequisite: Sequence[tuple[int, bool]]
) -> tuple[Outcome, list[str]]:
    """Return the outcome that a person's standing in the children gives, and which decisions are missing."""
    policy, members = environment.policy, _members(environment, rollup)
    happenings = Happenings(_points(policy, rollup, members), prerequisite, environment.decisions)
    timeline = played(_without_own_term(policy), happenings).at_clock(environment.now)
    started = any(member.outcome.status != NOT_STARTED for member in members)
    status = (
        timeline.status() if timeline.status() in (*VALID, HELD, LAPSED) else IN_PROGRESS if started else NOT_STARTED
    )
    term = timeline.term
    outcome = Outcome(
        status=status,
        place=timeline.place,
        value=timeline.value_text,
        attained_at=timeline.attained_at,
        valid_until=None if term is None else term.until,
        grace_until=None if term is None else term.grace_until,
        expiring_from=None if term is None else term.expiring_from,
        flags=timeline.flags,
        steps=tuple(timeline.steps),
    )
    if timeline.barred and rollup.op != "weighted":
        outcome = msgspec.structs.replace(outcome, place=-1)
    counted = _counted(environment, rollup, members, timeline) if rollup.op in _COUNTING else None
    if counted is None or _ends_first(outcome, counted):
        return outcome, timeline.missing
    shown = msgspec.structs.replace(
        outcome,
        status=counted.status,
        place=policy.mastery,
        attained_at=counted.attained_at,
        valid_until=counted.valid_until,
        grace_until=counted.grace_until,
        expiring_from=counted.expiring_from,
    )
    return shown, timeline.missing
