"""Which accepted evidence counts together at each point: duplicates, attempts, window (rule book, section 7)."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter

from projector.mastery.admission import TOO_LATE, Item
from projector.mastery.evidence import Fact
from projector.mastery.rulebook import Policy
from projector.mastery.spans import shift
from projector.mastery.state import ACCEPTED, REJECTED

DUPLICATE, ATTEMPT_NOT_KEPT, OUTSIDE_WINDOW = "DUPLICATE", "ATTEMPT_NOT_KEPT", "OUTSIDE_WINDOW"

key_of = attrgetter("key")
"""Returns what puts an item in its place in canonical order."""


def canonical_order(items: Iterable[Item]) -> list[Item]:
    """Return the items in canonical order."""
    return sorted(items, key=key_of)


def place_of(items: Sequence[Item], item: Item) -> int:
    """Return where an item stands, or would stand, among items in canonical order."""
    return bisect_left(items, item.key, key=key_of)


_TELLING = {"activity": "object"}
"""The members of a fact that a policy names otherwise."""


@lru_cache(maxsize=1024)
def _telling(key: tuple[str, ...], *, at_once: bool) -> Callable[[Fact], object]:
    """Return what tells facts apart, of the person's own; unless ``at_once``, the event time does not."""
    alike = ("person",) if at_once else ("person", "event_time")
    names = [_TELLING.get(name, name) for name in key if name not in alike]
    return attrgetter(*names) if names else lambda _: None


class Repetitions:
    """Refuses, of items in canonical order, those that repeat an accepted one earlier in it, late ones included.

    With ``within``, a repetition is the same key that long after the one that was kept, whatever the event time.
    """

    def __init__(self, policy: Policy) -> None:
        self._within = policy.dedupe_within
        self._one_by_one = policy.dedupe_within is None and policy.late.longest is None
        self._told = _telling(policy.dedupe_key, at_once=policy.dedupe_within is None)
        self._kept: dict[object, int] = {}
        self._replaced: list[tuple[object, int | None] | None] = []

    def ended(self, item: Item) -> Item:
        """Return the next item, refused if it is a repetition."""
        late = item.reason == TOO_LATE
        if item.result != ACCEPTED and not late:
            self._replaced.append(None)
            return item
        key, at = self._told(item.fact), item.fact.event_time
        first = self._kept.get(key)
        repeats = first is not None and (self._within is None or at <= shift(first, self._within))
        if repeats or late:
            self._replaced.append(None)
            return item.ended(REJECTED, DUPLICATE) if repeats else item
        self._replaced.append((key, first))
        self._kept[key] = at
        return item

    def insert(self, place: int, item: Item) -> bool:
        """Take an item in its place, if it and all others end as if it repeated none; returns whether they do."""
        if item.result != ACCEPTED and item.reason != TOO_LATE:
            self._replaced.insert(place, None)
            return True
        key = self._told(item.fact)
        if not self._one_by_one or key in self._kept:
            return False
        self._replaced.insert(place, (key, None))
        self._kept[key] = item.fact.event_time
        return True

    def forget(self, count: int) -> None:
        """Be as before the last so many items."""
        for _ in range(count):
            replaced = self._replaced.pop()
            if replaced is not None:
                key, first = replaced
                if first is None:
                    del self._kept[key]
                else:
                    self._kept[key] = first


Group = tuple[object, ...]


@dataclass(slots=True)
class Turn:
    """What the arrival of an item, or its growing too old ``at`` an instant, does to what counts.

    ``counts`` says of an item that arrives whether it does; ``left`` count no longer because of it, and ``back`` do
    again. ``group`` is that of an attempt, ``held`` the one that was kept of it, ``replaced`` the one that is no
    more; ``place`` is where the one that was taken away stood among the young.
    """

    item: Item
    at: int | None = None
    counts: bool = False
    left: Sequence[Item] = ()
    back: Sequence[Item] = ()
    group: Group | None = None
    held: Item | None = None
    replaced: Item | None = None
    place: int | None = None


def keeps_all(policy: Policy) -> bool:
    """Return whether all that is accepted counts for ever."""
    window = policy.window
    return window.last is None and window.max_age is None and all(rule.attempts is None for rule in policy.rules)


class Keeping:
    """The evidence that counts, as items arrive in canonical order and age; turns can be taken back, the last first."""

    def __init__(self, policy: Policy) -> None:
        self._most = policy.window.last
        self._young: list[Item] = []
        self._attempts: dict[Group, Item] = {}
        self._counts: dict[Group, int] = {}
        self._dropped: dict[str, None] = {}

    def arrive(self, item: Item) -> Turn:
        """Take the next item."""
        turn = Turn(item)
        self._attempt(turn)
        first = self._first_of_full_window()
        inside = False
        if turn.replaced is not None:
            self._dropped[turn.replaced.fact.statement] = None
            inside = self._take_away(turn, turn.replaced)
        if turn.counts:
            self._young.append(item)
        else:
            self._dropped[item.fact.statement] = None
        if inside and turn.replaced is not None:
            turn.left = (turn.replaced,)
        elif turn.counts and first is not None:
            turn.left = (first,)
        return turn

    def age(self, item: Item, at: int) -> Turn:
        """Let an item leave that is too old."""
        turn = Turn(item, at)
        if self._take_away(turn, item):
            turn.left = (item,)
            first = self._first_of_full_window()
            turn.back = () if first is None else (first,)
        return turn

    def take_back(self, turn: Turn) -> None:
        """Be as before a turn."""
        if turn.at is None:
            if turn.counts:
                self._young.pop()
            else:
                del self._dropped[turn.item.fact.statement]
        if turn.replaced is not None:
            del self._dropped[turn.replaced.fact.statement]
        if turn.place is not None:
            self._young.insert(turn.place, turn.item if turn.replaced is None else turn.replaced)
        if turn.group is not None:
            self._counts[turn.group] -= 1
            if turn.held is None:
                self._attempts.pop(turn.group, None)
            else:
                self._attempts[turn.group] = turn.held

    def reason(self, item: Item) -> str:
        """Return why an item that was accepted does not count."""
        return ATTEMPT_NOT_KEPT if item.fact.statement in self._dropped else OUTSIDE_WINDOW

    def _first_of_full_window(self) -> Item | None:
        """Return the oldest of the last items, where only so many count and there are that many."""
        return None if self._most is None or len(self._young) < self._most else self._young[-self._most]

    def _take_away(self, turn: Turn, item: Item) -> bool:
        """Take an item from the young; returns whether it counted."""
        place = place_of(self._young, item)
        if place == len(self._young) or self._young[place].key != item.key:
            return False
        inside = self._most is None or place >= len(self._young) - self._most
        turn.place = place
        del self._young[place]
        return inside

    def _attempt(self, turn: Turn) -> None:
        """Find whether an item is kept among the attempts of its group, and which earlier one it replaces."""
        attempts, item = turn.item.rule.attempts, turn.item
        if attempts is None:
            turn.counts = True
            return
        group = turn.group = self._group(item)
        turn.held = held = self._attempts.get(group)
        self._counts[group] = self._counts.get(group, 0) + 1
        if attempts.most is not None and self._counts[group] > attempts.most:
            return
        if held is not None and attempts.keep != "all":
            if attempts.keep == "first" or (attempts.keep == "best" and not self._better(item, held)):
                return
            turn.replaced = held
        self._attempts[group] = item
        turn.counts = True

    @staticmethod
    def _better(item: Item, held: Item) -> bool:
        return item.score is not None and (held.score is None or item.score > held.score)

    @staticmethod
    def _group(item: Item) -> Group:
        attempts, fact = item.rule.attempts, item.fact
        if attempts is None:
            return (fact.statement,)
        if "registration" in attempts.group_by and fact.registration is None:
            return (fact.rule, fact.statement)
        values = {"registration": fact.registration, "activity": fact.object, "rule": None}
        return (fact.rule, *(values[name] for name in attempts.group_by))
