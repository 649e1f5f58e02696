"""The fold over accepted evidence in canonical order: value and level at every point (rule book, sections 6 to 9)."""

from collections.abc import Sequence
from dataclasses import dataclass

from projector.mastery.admission import Item
from projector.mastery.keeping import Keeping, canonical_key, canonical_order
from projector.mastery.levels import Tally
from projector.mastery.numbers import units_text
from projector.mastery.rulebook import Policy
from projector.mastery.spans import shift


@dataclass(frozen=True, slots=True)
class Point:
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
    """The points of one person's accepted items, oldest first; ``now`` None lets nothing grow old."""

    def __init__(self, policy: Policy, items: Sequence[Item], now: int | None) -> None:
        self._policy = policy
        self._now = now
        self._keeping = Keeping(policy)
        self._waiting: list[tuple[int, Item]] = []
        self.tally = Tally(policy)
        self.points: list[Point] = []
        self.values: dict[str, str | None] = {}
        for item in items:
            self.take(item)
        if now is not None:
            self._age(now)
        self.counting = {item.fact.statement: None for item in self._keeping.active()}
        leaving = [at for at, _ in self._waiting]
        self.due = min(leaving) + 1 if leaving else None

    def reason(self, item: Item) -> str | None:
        """Return why an accepted item does not count at the end, None when it does."""
        return None if item.fact.statement in self.counting else self._keeping.reason(item)

    def go_on(self, item: Item) -> tuple[Point, list[Item]] | None:
        """Take one more item, the last in canonical order, where nothing grows old.

        Returns its point and the items that count no longer because of it. Returns None when others count again:
        then everything is to be walked again.
        """
        counts, left, back = self._keeping.arrive(item)
        if back:
            return None
        self._recount(counts, item, left)
        for one in left:
            del self.counting[one.fact.statement]
        if counts:
            self.counting[item.fact.statement] = None
        return self._arrival(item, counts=counts), left

    def _recount(self, counts: bool, item: Item, left: Sequence[Item]) -> None:
        for one in left:
            self.tally.remove(one)
        if counts:
            self.tally.push(item)

    def take(self, item: Item) -> None:
        """Walk on to the next item in canonical order."""
        fact = item.fact
        if self._now is not None:
            self._age(min(fact.event_time, self._now))
        counts, left, back = self._keeping.arrive(item)
        if back:
            self._start_again()
        else:
            self._recount(counts, item, left)
        if self._policy.window.max_age is not None:
            self._waiting.append((shift(fact.event_time, self._policy.window.max_age), item))
        self.points.append(self._arrival(item, counts=counts))
        self.values[fact.statement] = self.points[-1].value

    def _arrival(self, item: Item, *, counts: bool) -> Point:
        """Return the point of an item; an attempt that is not kept renews nothing and is no new evidence."""
        when = item.fact.stored if self._policy.by_stored else item.fact.event_time
        return self._point(when, item.fact.event_time, renews=counts and item.rule.renews, arrival=counts)

    def _age(self, until: int) -> None:
        """Let everything leave that is too old at ``until``, one after the other."""
        leaving = sorted((one for one in self._waiting if one[0] < until), key=lambda one: one[0])
        for at, item in leaving:
            left, back = self._keeping.age(item)
            if back:
                self._start_again()
            for one in () if back else left:
                self.tally.remove(one)
            self.points.append(self._point(at, at, renews=False, arrival=False))
        if leaving:
            self._waiting = [one for one in self._waiting if one[0] >= until]

    def _start_again(self) -> None:
        self.tally = Tally(self._policy)
        for item in self._keeping.active():
            self.tally.push(item)

    def _point(self, when: int, at: int, *, renews: bool, arrival: bool) -> Point:
        value = self.tally.value()
        text = None if value is None else units_text(value, self._policy.precision)
        return Point(when, at, self.tally.place(value), text, renews, arrival)


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
    arrived = sorted(items, key=lambda item: (item.fact.stored, item.fact.statement))
    ageless = policy.window.max_age is None
    reached: list[Reached] = []
    best, walk, last = -1, Walk(policy, (), None), (0, 0, "")
    for count, item in enumerate(arrived, start=1):
        key = canonical_key(policy, item.fact)
        if ageless and (count == 1 or key > last):
            last = key
            walk.take(item)
        else:
            walk = Walk(policy, canonical_order(policy, arrived[:count]), now)
        for place in range(best + 1, walk.points[-1].place + 1):
            reached.append(Reached(_since(walk.points, place), place))
            best = place
    return sorted(reached, key=lambda one: (one.at, one.place))
