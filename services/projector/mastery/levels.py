"""From the evidence that counts to a value and a level (mastery.md sections 8 and 9)."""

from projector.mastery.admission import Item
from projector.mastery.numbers import units
from projector.mastery.rulebook import Level, Policy, Requirement
from projector.mastery.spans import shift

MIN_EVIDENCE_UNMET = "MIN_EVIDENCE_UNMET"


class _Counting:
    """How far one requirement is met."""

    def __init__(self, requirement: Requirement) -> None:
        self._requirement = requirement
        self._count = 0
        self._assessors: dict[str, None] = {}

    def push(self, item: Item) -> None:
        """Count an item if the requirement asks for it."""
        asked = self._requirement
        if item.fact.rule not in asked.rules:
            return
        if asked.min_score is not None and (item.score is None or item.score < asked.min_score):
            return
        self._count += 1
        if item.assessor is not None:
            self._assessors[item.assessor] = None

    @property
    def met(self) -> bool:
        """Return whether the requirement holds."""
        asked = self._requirement
        return self._count >= asked.at_least and len(self._assessors) >= asked.distinct_assessors


class Tally:
    """The value and the level of the items so far."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._running = None if policy.start_method is None else policy.start_method()
        self._counting = [_Counting(one) for one in policy.scale[-1].requires]
        self._items = 0
        self._activities: dict[str, None] = {}
        self._assessors: dict[str, None] = {}
        self._first: int | None = None
        self._last: int | None = None

    def push(self, item: Item) -> None:
        """Take the next item in canonical order."""
        at = item.fact.event_time
        self._items += 1
        self._activities[item.fact.object] = None
        if item.assessor is not None:
            self._assessors[item.assessor] = None
        self._first = at if self._first is None else min(self._first, at)
        self._last = at if self._last is None else max(self._last, at)
        for counting in self._counting:
            counting.push(item)
        if item.score is not None and self._running is not None:
            self._running.push(item.score, item.rule.weight)

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
        if self._items < asked.count or len(self._activities) < asked.distinct_activities:
            return False
        if len(self._assessors) < asked.distinct_assessors:
            return False
        if asked.span is None:
            return True
        return self._first is not None and self._last is not None and shift(self._first, asked.span) <= self._last
