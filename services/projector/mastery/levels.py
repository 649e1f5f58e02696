"""From the evidence that counts to a value and a level (rule book, sections 8 and 9)."""

from bisect import bisect_left
from collections.abc import Sequence

from projector.mastery.admission import Item, Key
from projector.mastery.numbers import units
from projector.mastery.rulebook import Level, Policy, Requirement
from projector.mastery.running import Weighed
from projector.mastery.spans import shift

MIN_EVIDENCE_UNMET = "MIN_EVIDENCE_UNMET"


class _Different:
    """How many different texts there are, each as often as it came."""

    def __init__(self) -> None:
        self._times: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._times)

    def add(self, text: str | None) -> None:
        """Count a text once more; None is none."""
        if text is not None:
            self._times[text] = self._times.get(text, 0) + 1

    def remove(self, text: str | None) -> None:
        """Count a text once less."""
        if text is not None:
            self._times[text] -= 1
            if self._times[text] == 0:
                del self._times[text]


class _Counting:
    """How far one requirement is met."""

    def __init__(self, requirement: Requirement) -> None:
        self._requirement = requirement
        self._count = 0
        self._assessors = _Different()

    def _asks_for(self, item: Item) -> bool:
        asked = self._requirement
        if item.fact.rule not in asked.rules:
            return False
        return asked.min_score is None or (item.score is not None and item.score >= asked.min_score)

    def push(self, item: Item) -> None:
        """Count an item if the requirement asks for it."""
        if self._asks_for(item):
            self._count += 1
            self._assessors.add(item.assessor)

    def remove(self, item: Item) -> None:
        """Count an item no longer."""
        if self._asks_for(item):
            self._count -= 1
            self._assessors.remove(item.assessor)

    @property
    def met(self) -> bool:
        """Return whether the requirement holds."""
        asked = self._requirement
        return self._count >= asked.at_least and len(self._assessors) >= asked.distinct_assessors


class Tally:
    """The value and the level of the items that count, taken and removed one by one.

    Activities and assessors are told apart only where the policy asks how many there are.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._running = None if policy.start_method is None else policy.start_method()
        self._counting = [_Counting(one) for one in policy.scale[-1].requires]
        asked = policy.min_evidence
        self._activities = _Different() if asked.distinct_activities else None
        self._assessors = _Different() if asked.distinct_assessors else None
        self._keys: list[Key] = []
        self._times: list[int] = []
        self._scored_keys: list[Key] = []
        self._scored: list[Weighed] = []

    def push(self, item: Item) -> None:
        """Take the next item in canonical order."""
        self._keys.append(item.key)
        self._times.append(item.fact.event_time)
        self._count(item)
        if item.score is not None and self._running is not None:
            self._scored_keys.append(item.key)
            self._scored.append((item.score, item.rule.weight))
            self._running.push(item.score, item.rule.weight)

    def insert(self, item: Item) -> None:
        """Take an item in its place in canonical order."""
        place = bisect_left(self._keys, item.key)
        self._keys.insert(place, item.key)
        self._times.insert(place, item.fact.event_time)
        self._count(item)
        if item.score is not None and self._running is not None:
            place, new = bisect_left(self._scored_keys, item.key), (item.score, item.rule.weight)
            self._scored_keys.insert(place, item.key)
            self._scored.insert(place, new)
            self._running.insert(new, place, self._scored)

    def remove(self, item: Item) -> None:
        """Count an item no longer that was taken before."""
        place = bisect_left(self._keys, item.key)
        del self._keys[place], self._times[place]
        self._count_no_longer(item)
        if item.score is not None and self._running is not None:
            place = bisect_left(self._scored_keys, item.key)
            gone = self._scored[place]
            del self._scored_keys[place], self._scored[place]
            self._running.remove(gone, place, self._scored)

    def drop(self, items: Sequence[Item]) -> None:
        """Count the last items no longer."""
        left = len(self._keys) - len(items)
        del self._keys[left:], self._times[left:]
        for item in items:
            self._count_no_longer(item)
        scored = sum(item.score is not None for item in items)
        if scored and self._running is not None:
            left = len(self._scored) - scored
            gone = self._scored[left:]
            del self._scored_keys[left:], self._scored[left:]
            self._running.drop(gone, self._scored)

    def _count(self, item: Item) -> None:
        if self._activities is not None:
            self._activities.add(item.fact.object)
        if self._assessors is not None:
            self._assessors.add(item.assessor)
        for counting in self._counting:
            counting.push(item)

    def _count_no_longer(self, item: Item) -> None:
        if self._activities is not None:
            self._activities.remove(item.fact.object)
        if self._assessors is not None:
            self._assessors.remove(item.assessor)
        for counting in self._counting:
            counting.remove(item)

    def value(self) -> int | None:
        """Return the quantised value in units of the last place, None when there is none."""
        exact = None if self._running is None else self._running.value()
        return None if exact is None else units(exact, self._policy.precision)

    def place(self, value: int | None) -> int:
        """Return the place of the highest level whose ``min`` the value reaches and whose ``requires`` hold, or -1."""
        if value is None or not self._enough():
            return -1
        for place in range(len(self._policy.scale) - 1, -1, -1):
            if self._policy.least_units[place] <= value and not self._missing(self._policy.scale[place]):
                return place
        return -1

    def unmet(self) -> list[str]:
        """Return the codes of what the mastery level lacks beside its ``min``."""
        missing = self._missing(self._policy.scale[self._policy.mastery])
        return missing if self._enough() else [*missing, MIN_EVIDENCE_UNMET]

    def _missing(self, level: Level) -> list[str]:
        if not level.requires:
            return []
        pairs = zip(level.requires, self._counting, strict=False)
        return [requirement.unmet for requirement, counting in pairs if not counting.met]

    def _enough(self) -> bool:
        asked = self._policy.min_evidence
        if len(self._keys) < asked.count:
            return False
        if self._activities is not None and len(self._activities) < asked.distinct_activities:
            return False
        if self._assessors is not None and len(self._assessors) < asked.distinct_assessors:
            return False
        if asked.span is None:
            return True
        times = self._times if self._policy.by_stored else self._times[:1] + self._times[-1:]
        return bool(times) and shift(min(times), asked.span) <= max(times)
