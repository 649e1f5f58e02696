"""Which facts may count: void, own statements, version, trust, score, lateness and prerequisite (section 2)."""

from collections.abc import Sequence
from fractions import Fraction

import msgspec

from projector.mastery.environment import Environment
from projector.mastery.evidence import Fact
from projector.mastery.histories import held_in, standing
from projector.mastery.numbers import fraction
from projector.mastery.rulebook import BLOCK, Policy, Rule, Trust
from projector.mastery.spans import shift
from projector.mastery.state import ACCEPTED, QUARANTINED, REJECTED, WITHDRAWN, Assessed

VOIDED, UNTRUSTED, SELF_ASSESSED, SELF_GENERATED = "VOIDED", "UNTRUSTED", "SELF_ASSESSED", "SELF_GENERATED"
BEFORE_POLICY, PREREQUISITE_NOT_MET, TOO_LATE = "BEFORE_POLICY", "PREREQUISITE_NOT_MET", "TOO_LATE"


Key = tuple[int, int, str]
"""What puts a piece in its place in canonical order (section 6)."""


def canonical_key(policy: Policy, piece: Fact | Assessed) -> Key:
    """Return what puts a fact, or a piece that has ended, in its place in canonical order."""
    return (0 if policy.by_stored else piece.event_time, piece.stored, piece.statement)


class Item(msgspec.Struct, frozen=True, gc=False):
    """A fact on its way through the stages, with how it ended so far; ``key`` is its place in canonical order."""

    fact: Fact
    rule: Rule
    key: Key
    score: Fraction | None
    assessor: str | None
    result: str = ACCEPTED
    reason: str | None = None

    def ended(self, result: str, reason: str) -> "Item":
        """Return the item with another end."""
        return Item(self.fact, self.rule, self.key, self.score, self.assessor, result, reason)


class Admission:
    """The stages that look at one fact at a time."""

    def __init__(self, environment: Environment, prerequisite: Sequence[tuple[int, bool]]) -> None:
        self._environment = environment
        self._policy = environment.policy
        self._rules = {rule.id: rule for rule in environment.policy.rules}
        self._prerequisite = prerequisite

    def admit(self, fact: Fact) -> Item:
        """Return the fact as an item, accepted or with the first reason against it."""
        surroundings = self._environment.surroundings
        assessor = None if fact.assessor is None else surroundings.person_of(fact.assessor)
        score = None if fact.score is None else fraction(fact.score)
        item = Item(fact, self._rules[fact.rule], canonical_key(self._policy, fact), score, assessor)
        for stage in (self._origin, self._trust, self._score, self._lateness, self._prerequisites):
            end = stage(item)
            if end is not None:
                return item.ended(*end)
        return item

    def _origin(self, item: Item) -> tuple[str, str] | None:
        fact, start = item.fact, self._environment.not_before
        if fact.void is not None:
            first = (fact.void.stored, fact.void.statement) < (fact.stored, fact.statement)
            return REJECTED if first else WITHDRAWN, VOIDED
        if fact.self_generated:
            return REJECTED, SELF_GENERATED
        if start is not None and fact.event_time < start:
            return REJECTED, BEFORE_POLICY
        return None

    def _trust(self, item: Item) -> tuple[str, str] | None:
        fact, trust = item.fact, item.rule.trust
        known = None if fact.authority is None else self._environment.surroundings.trust(fact.authority)
        if known is not None and known.level < trust.min_level:
            return WITHDRAWN if known.recorded > fact.stored else REJECTED, UNTRUSTED
        if trust.authorities is not None and fact.authority not in trust.authorities:
            return REJECTED, UNTRUSTED
        if trust.instructor_required and not fact.instructed:
            return REJECTED, UNTRUSTED
        if trust.not_self and self._is_self(item):
            return REJECTED, SELF_ASSESSED
        return None if self._assessor_holds(item, trust) else (REJECTED, UNTRUSTED)

    def _is_self(self, item: Item) -> bool:
        """Return whether the subject vouched for themselves: as assessor, or as authority where nobody assessed."""
        if item.assessor is not None:
            return item.assessor == self._environment.person
        authority = item.fact.authority
        return authority is not None and self._environment.surroundings.person_of(authority) == self._environment.person

    def _assessor_holds(self, item: Item, trust: Trust) -> bool:
        if trust.assessor_competency is None:
            return True
        if item.assessor is None:
            return False
        known = standing(self._environment, item.assessor, trust.assessor_competency, trust.assessor_level)
        return known.met_at(item.fact.event_time)

    def _score(self, item: Item) -> tuple[str, str] | None:
        return None if item.fact.refusal is None else (REJECTED, item.fact.refusal)

    def _prerequisites(self, item: Item) -> tuple[str, str] | None:
        asked = self._policy.prerequisites
        if asked is None or asked.mode != BLOCK or held_in(self._prerequisite, item.fact.event_time):
            return None
        return REJECTED, PREREQUISITE_NOT_MET

    def _lateness(self, item: Item) -> tuple[str, str] | None:
        late = self._policy.late
        if late.longest is None or late.beyond == "accept":
            return None
        if item.fact.stored <= shift(item.fact.event_time, late.longest):
            return None
        return QUARANTINED if late.beyond == "quarantine" else REJECTED, TOO_LATE
