"""The fold over accepted evidence in canonical order: value and level at every point (rule book, sections 6 to 9)."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from projector.mastery.admission import Item
from projector.mastery.keeping import Keeping, Turn, keeps_all, place_of
from projector.mastery.leaving import Leaving
from projector.mastery.levels import Tally
from projector.mastery.numbers import units_text
from projector.mastery.rulebook import Policy


class Point(msgspec.Struct, frozen=True, gc=False):
    """Value, as it is shown, and level from the instant ``when`` on; ``at`` is the event time of what brought them.

    ``renews`` says whether it is evidence that can extend validity, ``arrival`` whether it is evidence at all.
    """

    when: int
    at: int
    place: int
    value: str | None
    renews: bool
    arrival: bool


@dataclass(frozen=True, slots=True)
class Reached:
    """A level that was published (section 18): its place, and the event time since which it was reached."""

    at: int
    place: int


class Walk:
    """The points of one person's accepted items, oldest first; ``now`` None lets nothing grow old.

    It can go back to any item and on from there: ``same`` is how many points were never taken back since it was set,
    ``stirred`` are items that may have begun or ceased to count, or to be kept, since it was cleared.
    """

    def __init__(self, policy: Policy, items: Sequence[Item], now: int | None) -> None:
        self._policy = policy
        self._now = now
        self._keeping = None if keeps_all(policy) else Keeping(policy)
        self._leaving = Leaving(policy.window)
        self._turns: list[Turn] = []
        self._ends: list[int] = []
        self._counting: dict[str, None] = {}
        self.tally = Tally(policy)
        self.items: list[Item] = []
        self.points: list[Point] = []
        self.values: dict[str, str | None] = {}
        self.same = 0
        self.stirred: dict[str, Item] = {}
        self.take_all(items)

    @property
    def due(self) -> int | None:
        """Return when the next item is too old."""
        leaving = self._leaving.next()
        return None if leaving is None else leaving + 1

    @property
    def keeps_all(self) -> bool:
        """Return whether all that is accepted counts."""
        return self._keeping is None

    @property
    def is_empty(self) -> bool:
        """Return whether nothing counts."""
        return not (self.items if self._keeping is None else self._counting)

    def reason(self, item: Item) -> str | None:
        """Return why an accepted item does not count at the end, None when it does."""
        if self._keeping is None or item.fact.statement in self._counting:
            return None
        return self._keeping.reason(item)

    def take_all(self, items: Sequence[Item]) -> None:
        """Walk on to items that come last, in canonical order, and then to the clock."""
        for item in items:
            self._take(item)
        if self._now is not None:
            self._age(self._now)

    def insert(self, item: Item) -> None:
        """Take one more item, wherever it belongs."""
        place = place_of(self.items, item)
        self.replace(place, [item, *self.items[place:]])

    def replace(self, place: int, items: Sequence[Item]) -> None:
        """Let ``items`` stand where those from ``place`` on stood."""
        self._go_back(place, self._age_at(items[0]) if items else None)
        self.take_all(items)

    def move_clock(self, now: int | None) -> None:
        """Let the clock say what it would have said from the beginning."""
        before, self._now = self._now, now
        if now == before or self._policy.window.max_age is None:
            return
        place = 0
        if before is not None and now is not None and before < now:
            place = self._first_after(before)
        if place < len(self.items) or now is None or before is None:
            again = self.items[place:]
            self.replace(place, again)
            self.stirred.update((item.fact.statement, item) for item in again)
        else:
            self.take_all(())

    def _first_after(self, clock: int) -> int:
        """Return the place of the first item for whose arrival the clock mattered."""
        if self._policy.by_stored:
            later = (place for place, item in enumerate(self.items) if item.fact.event_time > clock)
            return next(later, len(self.items))
        return bisect_right(self.items, clock, key=_happened)

    def _age_at(self, item: Item) -> int | None:
        """Return up to when others grow old before an item arrives."""
        return None if self._now is None else min(item.fact.event_time, self._now)

    def _take(self, item: Item) -> None:
        """Walk on to the next item in canonical order."""
        until = self._age_at(item)
        if until is not None:
            self._age(until)
        counts = True
        if self._keeping is None:
            self.tally.push(item)
        else:
            counts = self._turn(self._keeping.arrive(item))
            self._leaving.wait(item, len(self.items))
        at = item.fact.event_time
        point = self._point(at, at, renews=counts and item.rule.renews, arrival=counts)
        self.values[item.fact.statement] = point.value
        self.items.append(item)
        self._ends.append(len(self.points))

    def _age(self, until: int) -> None:
        """Let everything leave that is too old at ``until``, one after the other."""
        while (at := self._leaving.next()) is not None and at < until:
            item = self._leaving.leave()
            if self._keeping is not None:
                self._turn(self._keeping.age(item, at))
            self._point(at, at, renews=False, arrival=False)

    def _turn(self, turn: Turn) -> bool:
        """Let count what counts after a turn; returns whether an item that arrives does."""
        self._turns.append(turn)
        self._stir(turn)
        for one in turn.left:
            self.tally.remove(one)
            del self._counting[one.fact.statement]
        for one in turn.back:
            self.tally.insert(one)
            self._counting[one.fact.statement] = None
        if turn.counts:
            self.tally.push(turn.item)
            self._counting[turn.item.fact.statement] = None
        return turn.counts

    def _go_back(self, place: int, until: int | None) -> None:
        """Be as before the item at a place arrived, with what had grown too old before ``until`` as it was."""
        end = self._ends[place - 1] if place else 0
        if self._keeping is None:
            self.tally.drop(self.items[place:])
        else:
            while until is not None and end < len(self._turns) and _is_before(self._turns[end], until):
                end += 1
            number = len(self.items)
            for turn in reversed(self._turns[end:]):
                number -= turn.at is None
                self._turn_back(self._keeping, turn, number)
        del self._turns[end:], self.points[end:], self.items[place:], self._ends[place:]
        self.same = min(self.same, end)

    def _turn_back(self, keeping: Keeping, turn: Turn, number: int) -> None:
        """Take back the last turn; the item that arrived by it was the so-manieth."""
        self._stir(turn)
        if turn.counts:
            self.tally.remove(turn.item)
            del self._counting[turn.item.fact.statement]
        for one in turn.back:
            self.tally.remove(one)
            del self._counting[one.fact.statement]
        for one in turn.left:
            self.tally.insert(one)
            self._counting[one.fact.statement] = None
        keeping.take_back(turn)
        if turn.at is None:
            self._leaving.wait_no_longer(turn.item, number)
        else:
            self._leaving.come_back()

    def _stir(self, turn: Turn) -> None:
        """Note which items may end otherwise because of a turn."""
        replaced = () if turn.replaced is None else (turn.replaced,)
        self.stirred.update((one.fact.statement, one) for one in (*turn.left, *turn.back, *replaced))

    def _point(self, when: int, at: int, *, renews: bool, arrival: bool) -> Point:
        """Add the point that there is now."""
        value = self.tally.value()
        text = None if value is None else units_text(value, self._policy.precision)
        point = Point(when, at, self.tally.place(value), text, renews, arrival)
        self.points.append(point)
        return point


def _happened(item: Item) -> int:
    return item.fact.event_time


def _is_before(turn: Turn, until: int) -> bool:
    """Return whether something had grown too old before an instant."""
    return turn.at is not None and turn.at < until


def _since(points: Sequence[Point], place: int) -> int:
    """Return the event time since which the last points reach a place."""
    since = points[-1].at
    for point in reversed(points):
        if point.place < place:
            break
        since = point.at
    return since


def published(policy: Policy, items: Sequence[Item], now: int | None) -> list[Reached]:
    """Return the levels that some prefix in (stored, id) order reached, by the event time since which it did."""
    reached: list[Reached] = []
    best, walk = -1, Walk(policy, (), now)
    for item in sorted(items, key=lambda one: (one.fact.stored, one.fact.statement)):
        walk.insert(item)
        reached.extend(newly_reached(walk.points, best))
        best = max(best, walk.points[-1].place)
    return in_order(reached)


def in_order(reached: Iterable[Reached]) -> list[Reached]:
    """Return what was reached in order of time, of one instant the lowest level first."""
    return sorted(reached, key=lambda one: (one.at, one.place))


def newly_reached(points: Sequence[Point], best: int) -> list[Reached]:
    """Return the levels above the ``best`` so far that the last points reach, the lowest first."""
    return [Reached(_since(points, place), place) for place in range(best + 1, points[-1].place + 1)]
