"""The direct evidence of one person, folded in canonical order, and how it goes on with one more (sections 6 to 9).

Going on gives what folding everything again would give; where that is not certain beforehand, it refuses.
"""

from collections.abc import Iterable, Sequence

from projector.mastery.admission import Admission, Item
from projector.mastery.environment import Environment
from projector.mastery.evidence import Fact
from projector.mastery.keeping import Repetitions, canonical_key, canonical_order
from projector.mastery.numbers import quantised_text
from projector.mastery.rulebook import BANKED, Policy
from projector.mastery.state import ACCEPTED, IN_PROGRESS, NOT_STARTED, REJECTED, Assessed, Outcome
from projector.mastery.timeline import Happenings, Timeline, played
from projector.mastery.walk import Walk, published

Met = Sequence[tuple[int, bool]]
"""When the prerequisites began to be met and to be missed."""


def can_go_on(policy: Policy) -> bool:
    """Return whether a piece that comes last leaves all others as they were, as far as the policy alone tells."""
    return policy.rollup is None and policy.window.max_age is None and not policy.assessing()


def items_of(
    facts: Iterable[Fact], environment: Environment, met: Met, repetitions: Repetitions | None = None
) -> list[Item]:
    """Return the facts that there are at ``as_of`` in canonical order, each admitted or with what is against it.

    ``repetitions`` is what tells the pieces apart, where more of them are to come.
    """
    policy, as_of = environment.policy, environment.as_of
    repetitions = Repetitions(policy) if repetitions is None else repetitions
    admission = Admission(environment, met)
    admitted = [admission.admit(fact) for fact in facts if as_of is None or fact.event_time <= as_of]
    return [repetitions.ended(item) for item in canonical_order(policy, admitted)]


class Direct:
    """The fold over the facts of one person; ``met`` is the history of the prerequisites."""

    def __init__(self, facts: Iterable[Fact], environment: Environment, met: Met) -> None:
        self._environment = environment
        self._met = list(met)
        policy = environment.policy
        self._repetitions = Repetitions(policy)
        items = items_of(facts, environment, self._met, self._repetitions)
        accepted = [item for item in items if item.result == ACCEPTED]
        self._walk = Walk(policy, accepted, environment.now)
        self._last = canonical_key(policy, items[-1].fact) if items else None
        self._stored_order = _in_stored_order(accepted)
        self._last_stored = max(((item.fact.stored, item.fact.statement) for item in accepted), default=(0, ""))
        self._strangers: dict[str, None] = {}
        self._timeline = self._played(accepted)
        self._evidence = tuple(self._ended(item) for item in items)
        self._places = {item.fact.statement: place for place, item in enumerate(items) if item.result == ACCEPTED}
        self.touched: list[int] = []
        for item in accepted:
            self._note_stranger(item)

    def _played(self, accepted: Sequence[Item]) -> Timeline:
        environment, reached = self._environment, None
        if environment.policy.decline == BANKED and not self._stored_order:
            reached = published(environment.policy, accepted, environment.now)
        happenings = Happenings(self._walk.points, self._met, environment.decisions, reached)
        return played(environment.policy, happenings)

    def _ended(self, item: Item) -> Assessed:
        """Return how an item ended; one that was accepted and does not count is refused with the reason."""
        fact, result, reason = item.fact, item.result, item.reason
        if result == ACCEPTED:
            reason = self._walk.reason(item)
            result = ACCEPTED if reason is None else REJECTED
        value = self._walk.values.get(fact.statement) if result == ACCEPTED else None
        return assessed(self._environment.policy, item, (result, reason), value)

    def _note_stranger(self, item: Item) -> None:
        """Note an assessor whom nobody knows yet: once known, they may turn out to be another assessor."""
        if item.assessor is not None and item.assessor == item.fact.assessor:
            self._strangers[item.assessor] = None

    def outcome(self) -> tuple[Outcome, list[str]]:
        """Return the outcome, and what the mastery level lacks."""
        timeline = self._timeline.at_clock(self._environment.now)
        term, status, unmet = timeline.term, timeline.status(), [*self._walk.tally.unmet(), *timeline.missing]
        outcome = Outcome(
            status=NOT_STARTED if status == IN_PROGRESS and not self._walk.counting else status,
            place=timeline.place,
            value=timeline.value_text,
            attained_at=timeline.attained_at,
            valid_until=None if term is None else term.until,
            grace_until=None if term is None else term.grace_until,
            expiring_from=None if term is None else term.expiring_from,
            flags=timeline.flags,
            evidence=self._evidence,
            steps=tuple(timeline.steps),
            due=self._walk.due,
        )
        return outcome, unmet

    def go_on(self, fact: Fact, environment: Environment, met: Met) -> bool:
        """Take one more fact; ``touched`` are then the places in the evidence where something ended otherwise.

        Returns False when everything is to be folded again: then this fold is spoilt.
        """
        if not self._follows(fact, environment, met):
            return False
        self._environment = environment
        item = self._repetitions.ended(Admission(environment, met).admit(fact))
        self.touched = [len(self._evidence)]
        value, end = None, (item.result, item.reason)
        if item.result == ACCEPTED:
            went_on = self._walk.go_on(item)
            if went_on is None:
                return False
            point, left = went_on
            self._timeline.go_on(point)
            self._leave(left)
            reason = self._walk.reason(item)
            value, end = (point.value, end) if reason is None else (None, (REJECTED, reason))
            self._last_stored = (fact.stored, fact.statement)
            self._places[fact.statement] = len(self._evidence)
            self._note_stranger(item)
        self._last = canonical_key(environment.policy, fact)
        self._evidence = (*self._evidence, assessed(environment.policy, item, end, value))
        return True

    def _leave(self, left: Sequence[Item]) -> None:
        """Let items end otherwise that count no longer."""
        if not left:
            return
        evidence = list(self._evidence)
        for item in left:
            place = self._places[item.fact.statement]
            end = (REJECTED, self._walk.reason(item))
            evidence[place] = assessed(self._environment.policy, item, end, None)
            self.touched.append(place)
        self._evidence = tuple(evidence)
        self.touched.sort()

    def _follows(self, fact: Fact, environment: Environment, met: Met) -> bool:
        """Return whether a fact comes after everything, and nothing else changed."""
        old, policy = self._environment, environment.policy
        if policy is not old.policy or not can_go_on(policy) or environment.not_before != old.not_before:
            return False
        if self._last is None or canonical_key(policy, fact) <= self._last:
            return False
        if list(met) != self._met or list(environment.decisions) != list(old.decisions):
            return False
        when = fact.stored if policy.by_stored else fact.event_time
        if any(one.recorded >= when for one in environment.decisions) or any(at > when for at, _ in met):
            return False
        banks = policy.decline == BANKED
        if banks and (not self._stored_order or (fact.stored, fact.statement) <= self._last_stored):
            return False
        person_of = environment.surroundings.person_of
        return all(person_of(one) == one for one in self._strangers)


def _in_stored_order(items: Sequence[Item]) -> bool:
    keys = [(item.fact.stored, item.fact.statement) for item in items]
    return keys == sorted(keys)


def assessed(policy: Policy, item: Item, end: tuple[str, str | None], value: str | None) -> Assessed:
    """Return how an item ended: ``end`` is its result and reason, ``value`` the running value after it."""
    fact = item.fact
    return Assessed(
        statement=fact.statement,
        rule=fact.rule,
        result=end[0],
        event_time=fact.event_time,
        stored=fact.stored,
        reason=end[1],
        score=None if fact.score is None else quantised_text(fact.score, policy.precision),
        value=value,
        flags=fact.flags,
    )
