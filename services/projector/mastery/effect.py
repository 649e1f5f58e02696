"""Since when what came in the order of storing holds, in event time (rule book, sections 6 and 9).

Under ``order: stored`` later evidence decides over what was stored before it, also where its event time is the
earlier one. All that others ask is in event time, though: when mastery was attained, held and lost.
"""

from collections.abc import Sequence

import msgspec

from projector.mastery.rulebook import FOLLOW, Policy
from projector.mastery.walk import Point


class Effects:
    """Points in canonical order, each with the instant from which it holds, none before that of the one before it.

    A point that brings or ends what suffices for mastery holds from its event time on, and what was stored before it
    holds no longer than until then. Any other point of an earlier event time changes nothing that had begun.
    ``same`` is how many points hold from the same instant as before.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._start()

    def _start(self) -> None:
        self._best, self._suffices = -1, False
        self._stretches: list[tuple[int, int]] = []
        self.points: list[Point] = []
        self.same = 0

    def follow(self, points: Sequence[Point], same: int) -> None:
        """Take the points as they are now; of those that were there before, so many are the same."""
        if same < len(self.points):
            self._start()
        self.same = len(self.points)
        for place in range(len(self.points), len(points)):
            self.same = min(self.same, self._take(place, points[place]))
        self._write(points)

    def _take(self, place: int, point: Point) -> int:
        """Take the next point; returns the place of the first that holds from another instant than before."""
        self._best = point.place if self._policy.decline == FOLLOW else max(self._best, point.place)
        suffices, first = self._best >= self._policy.mastery, place
        if suffices != self._suffices:
            while self._stretches and self._stretches[-1][0] > point.at:
                first = self._stretches.pop()[1]
        latest = self._stretches[-1][0] if self._stretches else point.at
        self._stretches.append((max(point.at, latest), first))
        self._suffices = suffices
        return first

    def _write(self, points: Sequence[Point]) -> None:
        """Give the points from the first that is not the same on the instants of their stretches."""
        written: list[Point] = []
        for at, first in reversed(self._stretches):
            if first < self.same:
                break
            stretch = points[first : len(points) - len(written)]
            written.extend(one if one.when == at else msgspec.structs.replace(one, when=at) for one in stretch[::-1])
        self.points[self.same :] = written[::-1]
