"""One person and competency from its facts: the stages of section 2 after selection, as a pure function."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from projector.mastery.evidence import Fact
from projector.mastery.levels import place_of
from projector.mastery.numbers import decimal_text, fraction, quantise
from projector.mastery.policy import Policy
from projector.mastery.state import (
    ACCEPTED,
    IN_PROGRESS,
    MASTERED,
    NOT_STARTED,
    REJECTED,
    WITHDRAWN,
    Assessed,
    Outcome,
    Step,
)

VOIDED, DUPLICATE = "VOIDED", "DUPLICATE"


@dataclass(frozen=True, slots=True)
class Environment:
    """Everything besides the facts that an answer depends on.

    ``as_of`` is the explicit evaluation time: facts after it do not count; None counts every fact that is known.
    """

    policy: Policy
    as_of: int | None = None


@dataclass(frozen=True, slots=True)
class _Item:
    """A fact on its way through the stages, with what refused it so far."""

    fact: Fact
    score: Fraction | None
    result: str = ACCEPTED
    reason: str | None = None


def canonical_order(policy: Policy, facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts in canonical order (section 6)."""
    if policy.by_stored:
        return sorted(facts, key=lambda fact: (fact.stored, fact.statement))
    return sorted(facts, key=lambda fact: (fact.event_time, fact.stored, fact.statement))


def _admit(fact: Fact) -> _Item:
    """Return a fact with the first refusal that does not depend on other evidence."""
    score = None if fact.score is None else fraction(fact.score)
    if fact.void is not None:
        before = (fact.void.stored, fact.void.statement) < (fact.stored, fact.statement)
        return _Item(fact, score, REJECTED if before else WITHDRAWN, VOIDED)
    if fact.refusal is not None:
        return _Item(fact, score, REJECTED, fact.refusal)
    return _Item(fact, score)


def _dedupe_key(policy: Policy, fact: Fact) -> tuple[object, ...]:
    values = {
        "person": None,
        "verb": fact.verb,
        "activity": fact.object,
        "registration": fact.registration,
        "event_time": fact.event_time,
        "score": fact.score,
        "success": fact.success,
        "authority": fact.authority,
    }
    return tuple(values[name] for name in policy.dedupe_key)


def _without_duplicates(policy: Policy, items: list[_Item]) -> list[_Item]:
    """Return the items, those that repeat an accepted one earlier in canonical order refused (section 7)."""
    seen: dict[tuple[object, ...], str] = {}
    kept: list[_Item] = []
    for item in items:
        if item.result == ACCEPTED:
            key = _dedupe_key(policy, item.fact)
            if key in seen:
                kept.append(_Item(item.fact, item.score, REJECTED, DUPLICATE))
                continue
            seen[key] = item.fact.statement
        kept.append(item)
    return kept


class _Walk:
    """The fold over the accepted evidence in canonical order: value, level and history of every prefix."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._running = policy.start_method()
        self._weights = {rule.id: rule.weight for rule in policy.rules}
        self.value: Fraction | None = None
        self.place = -1
        self.accepted = 0
        self.since: int | None = None
        self.steps: list[Step] = []

    def take(self, item: _Item) -> None:
        """Take the next accepted item."""
        self.accepted += 1
        if item.score is not None:
            self._running.push(item.score, self._weights[item.fact.rule])
            value = self._running.value()
            self.value = None if value is None else quantise(value, self._policy.precision)
        self.place = place_of(self._policy, self.value)
        mastered = self.place >= self._policy.mastery
        if not mastered:
            self.since = None
        elif self.since is None:
            self.since = item.fact.event_time
        self._note(Step(item.fact.event_time, self.place, mastered))

    def _note(self, step: Step) -> None:
        last = self.steps[-1] if self.steps else Step(step.at, -1, mastered=False)
        if (last.place, last.mastered) != (step.place, step.mastered):
            self.steps.append(step)

    def value_text(self) -> str | None:
        """Return the value so far as it is shown."""
        return None if self.value is None else decimal_text(self.value, self._policy.precision)

    def status(self) -> str:
        """Return the status that the evidence alone gives."""
        if self.accepted == 0:
            return NOT_STARTED
        return MASTERED if self.since is not None else IN_PROGRESS


def _assessed(item: _Item, precision: int, value: str | None) -> Assessed:
    fact = item.fact
    return Assessed(
        statement=fact.statement,
        rule=fact.rule,
        result=item.result,
        event_time=fact.event_time,
        stored=fact.stored,
        reason=item.reason,
        score=None if item.score is None else decimal_text(item.score, precision),
        value=value,
        flags=fact.flags,
    )


def evaluate(facts: Iterable[Fact], environment: Environment) -> Outcome:
    """Return the outcome of one person's facts under one policy."""
    policy, as_of = environment.policy, environment.as_of
    counted = (fact for fact in facts if as_of is None or fact.event_time <= as_of)
    items = [_admit(fact) for fact in canonical_order(policy, counted)]
    walk = _Walk(policy)
    evidence: list[Assessed] = []
    for item in _without_duplicates(policy, items):
        if item.result == ACCEPTED:
            walk.take(item)
        evidence.append(_assessed(item, policy.precision, walk.value_text() if item.result == ACCEPTED else None))
    return Outcome(
        status=walk.status(),
        level=policy.scale[walk.place].id if walk.place >= 0 else None,
        place=walk.place,
        value=walk.value_text(),
        attained_at=walk.since,
        evidence=tuple(evidence),
        steps=tuple(walk.steps),
    )
