"""Which accepted evidence counts together at each point: duplicates, attempts, window (rule book, section 7)."""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from operator import attrgetter

from projector.mastery.admission import TOO_LATE, Item
from projector.mastery.evidence import Fact
from projector.mastery.rulebook import Policy
from projector.mastery.spans import shift
from projector.mastery.state import ACCEPTED, REJECTED, Assessed

DUPLICATE, ATTEMPT_NOT_KEPT, OUTSIDE_WINDOW = "DUPLICATE", "ATTEMPT_NOT_KEPT", "OUTSIDE_WINDOW"

Key = tuple[object, ...]


def canonical_key(policy: Policy, fact: Fact) -> tuple[int, int, str]:
    """Return what puts a fact in its place in canonical order (section 6)."""
    return (0 if policy.by_stored else fact.event_time, fact.stored, fact.statement)


def ended_key(policy: Policy, ended: Assessed) -> tuple[int, int, str]:
    """Return what puts a piece that has ended in its place in canonical order."""
    return (0 if policy.by_stored else ended.event_time, ended.stored, ended.statement)


def canonical_order(policy: Policy, items: Iterable[Item]) -> list[Item]:
    """Return the items in canonical order."""
    return sorted(items, key=lambda item: canonical_key(policy, item.fact))


_TELLING: dict[str, Callable[[Fact], object]] = {
    "verb": attrgetter("verb"),
    "activity": attrgetter("object"),
    "registration": attrgetter("registration"),
    "event_time": attrgetter("event_time"),
    "score": attrgetter("score"),
    "success": attrgetter("success"),
    "authority": attrgetter("authority"),
}


def _telling(policy: Policy) -> list[Callable[[Fact], object]]:
    """Return what tells facts apart, of the person's own; with ``within``, the event time does not."""
    alike = ("person",) if policy.dedupe_within is None else ("person", "event_time")
    return [_TELLING[name] for name in policy.dedupe_key if name not in alike]


class Repetitions:
    """Refuses, of items in canonical order, those that repeat an accepted one earlier in it, late ones included.

    With ``within``, a repetition is the same key that long after the one that was kept, whatever the event time.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._telling = _telling(policy)
        self._kept: dict[Key, int] = {}

    def ended(self, item: Item) -> Item:
        """Return the next item, refused if it is a repetition."""
        late = item.reason == TOO_LATE
        if item.result != ACCEPTED and not late:
            return item
        fact, within = item.fact, self._policy.dedupe_within
        key, at = tuple(tells(fact) for tells in self._telling), fact.event_time
        first = self._kept.get(key)
        if first is not None and (within is None or at <= shift(first, within)):
            return item.ended(REJECTED, DUPLICATE)
        if not late:
            self._kept[key] = at
        return item


class Row:
    """Items in canonical order."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._keys: list[tuple[int, int, str]] = []
        self.items: list[Item] = []

    def append(self, item: Item) -> None:
        """Take an item that comes last."""
        self._keys.append(canonical_key(self._policy, item.fact))
        self.items.append(item)

    def remove(self, item: Item) -> bool:
        """Remove an item; returns whether it was there."""
        key = canonical_key(self._policy, item.fact)
        place = bisect_left(self._keys, key)
        if place == len(self._keys) or self._keys[place] != key:
            return False
        del self._keys[place], self.items[place]
        return True


def _moved(before: list[Item], after: list[Item]) -> tuple[list[Item], list[Item]]:
    """Return which items are gone between two windows, and which are new."""
    were = {item.fact.statement: None for item in before}
    are = {item.fact.statement: None for item in after}
    left = [item for item in before if item.fact.statement not in are]
    return left, [item for item in after if item.fact.statement not in were]


class Keeping:
    """The evidence that counts, as items arrive in canonical order and age."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._most = policy.window.last
        self._young = Row(policy)
        self._attempts: dict[Key, Item] = {}
        self._counts: dict[Key, int] = {}
        self._dropped: dict[str, None] = {}

    def arrive(self, item: Item) -> tuple[bool, list[Item], list[Item]]:
        """Take the next item.

        Returns whether it counts, which items count no longer because of it, and which count again.
        """
        keep, replaced = self._attempt(item)
        before = self._window()
        left: list[Item] = []
        if replaced is not None:
            self._dropped[replaced.fact.statement] = None
            left = [replaced] if self._young.remove(replaced) else []
        if keep:
            self._young.append(item)
        else:
            self._dropped[item.fact.statement] = None
        if self._most is None:
            return keep, left, []
        left, back = _moved(before, self._window())
        return keep, left, [one for one in back if one is not item]

    def age(self, item: Item) -> tuple[list[Item], list[Item]]:
        """Let an item leave that is too old; returns which items count no longer because of it, and which again."""
        before = self._window()
        gone = self._young.remove(item)
        if self._most is None:
            return [item] if gone else [], []
        return _moved(before, self._window())

    def active(self) -> list[Item]:
        """Return what counts now, in canonical order."""
        return list(self._young.items if self._most is None else self._window())

    def reason(self, item: Item) -> str:
        """Return why an item that was accepted does not count."""
        return ATTEMPT_NOT_KEPT if item.fact.statement in self._dropped else OUTSIDE_WINDOW

    def _window(self) -> list[Item]:
        """Return the last items, where only so many count."""
        return [] if self._most is None else self._young.items[-self._most :]

    def _attempt(self, item: Item) -> tuple[bool, Item | None]:
        """Return whether an item is kept among the attempts of its group, and which earlier one it replaces."""
        attempts = item.rule.attempts
        if attempts is None:
            return True, None
        key = self._group(item)
        self._counts[key] = self._counts.get(key, 0) + 1
        if attempts.most is not None and self._counts[key] > attempts.most:
            return False, None
        held = self._attempts.get(key)
        if attempts.keep == "all" or held is None:
            self._attempts[key] = item
            return True, None
        if attempts.keep == "first" or (attempts.keep == "best" and not self._better(item, held)):
            return False, None
        self._attempts[key] = item
        return True, held

    @staticmethod
    def _better(item: Item, held: Item) -> bool:
        return item.score is not None and (held.score is None or item.score > held.score)

    @staticmethod
    def _group(item: Item) -> Key:
        attempts, fact = item.rule.attempts, item.fact
        if attempts is None:
            return (fact.statement,)
        if "registration" in attempts.group_by and fact.registration is None:
            return (fact.rule, fact.statement)
        values = {"registration": fact.registration, "activity": fact.object, "rule": None}
        return (fact.rule, *(values[name] for name in attempts.group_by))
