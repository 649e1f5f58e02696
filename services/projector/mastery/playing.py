"""What happened to one person, played in order of time, and from any point on again (rule book, sections 9 to 11)."""

from bisect import bisect_left
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from operator import attrgetter

from projector.mastery.environment import Decision
from projector.mastery.rulebook import FOLLOW, Policy
from projector.mastery.state import Step
from projector.mastery.timeline import Timeline
from projector.mastery.walk import Point, Reached

_EVERY = 8
"""A mark is kept every so many points, from which playing can go on again."""
_TAIL = 2
"""How many steps a mark keeps: later points may take back the last."""
_PREREQUISITE, _POINT, _REACHED, _DECISION = range(4)

Other = tuple[int, int, int, bool | Reached | Decision]
"""What happens besides points: the instant, its rank and place among those of one instant, and what it is."""
_when_of = attrgetter("when")


@dataclass(frozen=True, slots=True)
class Happenings:
    """What a timeline plays: points, changes of the prerequisites, decisions and, where banked, what was reached.

    ``reached`` None means that the points themselves say what was reached.
    """

    points: Sequence[Point] = ()
    prerequisite: Sequence[tuple[int, bool]] = ()
    decisions: Sequence[Decision] = ()
    reached: Sequence[Reached] | None = None

    def keeps_highest(self, policy: Policy) -> bool:
        """Return whether the highest level that a point had stays."""
        return policy.decline != FOLLOW and self.reached is None

    def others(self) -> list[Other]:
        """Return what happens besides the points, in order of time."""
        if not (self.prerequisite or self.reached or self.decisions):
            return []
        return sorted(
            (
                *((at, _PREREQUISITE, place, met) for place, (at, met) in enumerate(self.prerequisite)),
                *((one.at, _REACHED, place, one) for place, one in enumerate(self.reached or ())),
                *((one.recorded, _DECISION, place, one) for place, one in enumerate(self.decisions)),
            ),
            key=lambda one: one[:3],
        )


@dataclass(slots=True)
class _Mark:
    """How everything stood after so many ``points`` and ``others``.

    Of its ``size`` steps it keeps the last; ``lowest`` is how many were never taken back before the next mark.
    """

    points: int
    others: int
    timeline: Timeline
    size: int
    tail: list[Step]
    lowest: int


class Playing:
    """A timeline after everything has happened; where not all is the same any more, it goes on from there.

    Without ``sorts``, points are in order of time.
    """

    def __init__(self, policy: Policy, what: Happenings, *, sorts: bool = True) -> None:
        self._points = sorted(what.points, key=_when_of) if sorts else what.points
        self._others = what.others()
        self._next = 0
        self._marks: list[_Mark] = []
        self._untouched: int | None = 0
        self.keeps_highest = what.keeps_highest(policy)
        self.timeline = Timeline(policy, keep_highest=self.keeps_highest)
        self._mark(0)
        self._play(0)

    def go_on(self, what: Happenings, same: int) -> None:
        """Play what is not the same: of the points of before, so many are."""
        others, first = what.others(), self._next
        if others != self._others:
            first = _first_difference(self._others, others)
            at = min(one[first][0] for one in (self._others, others) if first < len(one))
            same = min(same, bisect_left(what.points, at, hi=same, key=_when_of))
        self._points, self._others = what.points, others
        if self._untouched != same or first < self._next:
            same = self._go_back(same)
        self._play(same)

    def _go_back(self, same: int) -> int:
        """Go back to a mark that is not beyond so many points; return its points."""
        lowest, mark = self.timeline.lowest, self._marks[-1]
        while mark.points > same or lowest < mark.size - len(mark.tail):
            self._marks.pop()
            mark = self._marks[-1]
            lowest = min(lowest, mark.lowest)
        steps = self.timeline.steps
        steps[mark.size - len(mark.tail) :] = mark.tail
        self.timeline, self._next = copy(mark.timeline), mark.others
        self.timeline.steps, self.timeline.lowest = steps, mark.size
        return mark.points

    def _play(self, start: int) -> None:
        """Play the points from one on, and the others between them."""
        points = self._points
        for number in range(start, len(points)):
            if number % _EVERY == 0 and number > self._marks[-1].points:
                self._mark(number)
            point = points[number]
            if self._next < len(self._others):
                self._play_others(point.when)
            self.timeline.point(point)
        played = self._next
        self._play_others(None)
        self._untouched = len(points) if played == self._next else None

    def _mark(self, number: int) -> None:
        steps = self.timeline.steps
        mark = _Mark(number, self._next, copy(self.timeline), len(steps), steps[-_TAIL:], len(steps))
        if self._marks:
            self._marks[-1].lowest = self.timeline.lowest
        self.timeline.lowest = len(steps)
        self._marks.append(mark)

    def _play_others(self, before: int | None) -> None:
        """Play the others that come before a point, all that are left for None."""
        while self._next < len(self._others):
            at, rank, _, other = self._others[self._next]
            if before is not None and (at, rank) > (before, _POINT):
                return
            self._next += 1
            if isinstance(other, bool):
                self.timeline.prerequisite(at, met=other)
            elif isinstance(other, Reached):
                self.timeline.reached(other)
            else:
                self.timeline.decision(other)


def _first_difference(these: Sequence[Other], those: Sequence[Other]) -> int:
    pairs = enumerate(zip(these, those, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(these), len(those)))


def played(policy: Policy, what: Happenings) -> Timeline:
    """Return the timeline after everything has happened."""
    return Playing(policy, what).timeline
