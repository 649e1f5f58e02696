"""The direct evidence of one person, folded in canonical order, and how it goes on with one more (sections 6 to 9).

Going on gives what folding everything again would give; where that is not certain beforehand, it refuses.
"""

from collections.abc import Iterable, Iterator, Sequence

from projector.mastery.admission import Admission, Item
from projector.mastery.effect import Effects
from projector.mastery.environment import Environment
from projector.mastery.evidence import Fact
from projector.mastery.keeping import Repetitions, canonical_order, place_of
from projector.mastery.numbers import quantised_text
from projector.mastery.playing import Happenings, Playing
from projector.mastery.rulebook import BANKED, BLOCK, Policy
from projector.mastery.state import ACCEPTED, IN_PROGRESS, NOT_STARTED, REJECTED, Assessed, Ends, Outcome
from projector.mastery.walk import Reached, Walk, in_order, newly_reached, published

Met = Sequence[tuple[int, bool]]
"""When the prerequisites began to be met and to be missed."""


def can_go_on(policy: Policy) -> bool:
    """Return whether a fold can go on, as far as the policy alone tells."""
    if policy.rollup is not None and policy.combine == "rollup_only":
        return False
    return policy.window.max_age is None or policy.decline != BANKED


def items_of(
    facts: Iterable[Fact], environment: Environment, met: Met, repetitions: Repetitions | None = None
) -> list[Item]:
    """Return the facts that there are at ``as_of`` in canonical order, each admitted or with what is against it.

    ``repetitions`` is what tells the pieces apart, where more of them are to come.
    """
    repetitions = Repetitions(environment.policy) if repetitions is None else repetitions
    return [repetitions.ended(item) for item in admitted(facts, environment, met)]


def admitted(facts: Iterable[Fact], environment: Environment, met: Met) -> list[Item]:
    """Return the facts that there are at ``as_of`` in canonical order, each as if it repeated none."""
    admission, as_of = Admission(environment, met), environment.as_of
    return canonical_order(admission.admit(fact) for fact in facts if as_of is None or fact.event_time <= as_of)


class Direct:
    """The fold over the facts of one person; ``met`` is the history of the prerequisites."""

    def __init__(self, facts: Iterable[Fact], environment: Environment, met: Met) -> None:
        self._environment = environment
        self._met = list(met)
        policy = environment.policy
        self._repetitions = Repetitions(policy)
        self._items = admitted(facts, environment, self._met)
        ended = [self._repetitions.ended(item) for item in self._items]
        self._walk = Walk(policy, [item for item in ended if item.result == ACCEPTED], environment.now)
        self._reached = self._all_reached()
        self._newest = max((_stored_key(item) for item in self._walk.items), default=(0, ""))
        self._effects = Effects(policy)
        self._playing = Playing(policy, self._happenings(0), sorts=False)
        self._evidence = [self._ended(item) for item in ended]
        self._strangers: dict[str, None] = {}
        self.ends = Ends()
        for item in self._walk.items:
            self._note_stranger(item)

    def _all_reached(self) -> list[Reached] | None:
        """Return which levels were published, None where the points in their order say that."""
        environment, items = self._environment, self._walk.items
        if environment.policy.decline != BANKED or _in_stored_order(items):
            return None
        return published(environment.policy, items, environment.now)

    def _happenings(self, same: int) -> Happenings:
        """Return what happened; of the points of before, so many are the same."""
        points = self._walk.points
        if self._environment.policy.by_stored:
            self._effects.follow(points, same)
            points = self._effects.points
        return Happenings(points, self._met, self._environment.decisions, self._reached)

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
        timeline = self._playing.timeline.at_clock(self._environment.now)
        term, status, unmet = timeline.term, timeline.status(), [*self._walk.tally.unmet(), *timeline.missing]
        outcome = Outcome(
            status=NOT_STARTED if status == IN_PROGRESS and self._walk.is_empty else status,
            place=timeline.place,
            value=timeline.value_text,
            attained_at=timeline.attained_at,
            valid_until=None if term is None else term.until,
            grace_until=None if term is None else term.grace_until,
            expiring_from=None if term is None else term.expiring_from,
            flags=timeline.flags,
            evidence=tuple(self._evidence),
            steps=tuple(timeline.steps),
            due=self._walk.due,
        )
        return outcome, unmet

    def go_on(self, fact: Fact | None, environment: Environment, met: Met, *, is_new: bool) -> bool:
        """Take one more fact, or none where only time passed or others changed; ``ends`` is then what ended otherwise.

        A fact that is not new takes the place of what it was before.
        Returns False when everything is to be folded again: then this fold is spoilt.
        """
        if not self._stands(environment, met):
            return False
        self._environment, self._met = environment, list(met)
        walk, place = self._walk, len(self._items)
        walk.same, walk.stirred = len(walk.points), {}
        walk.move_clock(environment.now)
        new: Item | None = None
        after: list[Item | None] = []
        if fact is not None:
            item = Admission(environment, met).admit(fact)
            place = place_of(self._items, item)
            if is_new == (place < len(self._items) and self._items[place].key == item.key):
                return False
            if is_new:
                new, after = self._insert(place, item)
            else:
                after = self._replace(place, item)
        self._play()
        self._end(place, new, after)
        return True

    def _insert(self, place: int, item: Item) -> tuple[Item, list[Item | None]]:
        """Take an item; returns how it ends, and those after it, None for one that ends as before."""
        self._items.insert(place, item)
        first = place_of(self._walk.items, item)
        before = self._walk.items[first:]
        new, after = item, self._items[place + 1 :]
        if self._repetitions.insert(place, item):
            accepted, others = before, [*_among(before, after)]
        else:
            self._repetitions.forget(len(after))
            new = self._repetitions.ended(item)
            others = [self._repetitions.ended(one) for one in after]
            accepted = [one for one in others if one is not None and one.result == ACCEPTED]
        if new.result == ACCEPTED:
            self._note_stranger(new)
            self._walk.replace(first, [new, *accepted])
        elif accepted != before:
            self._walk.replace(first, accepted)
        else:
            return new, []
        if self._environment.policy.decline == BANKED:
            self._reach(new if accepted == before else None)
        return new, others

    def _replace(self, place: int, item: Item) -> list[Item | None]:
        """Take an item for what it was before; returns how it ends, and those after it where they may end otherwise."""
        self._repetitions.forget(len(self._items) - place)
        self._items[place] = item
        ended = [self._repetitions.ended(one) for one in self._items[place:]]
        accepted = [one for one in ended if one.result == ACCEPTED]
        first = place_of(self._walk.items, item)
        if accepted == self._walk.items[first:]:
            return [*ended[:1]]
        self._walk.replace(first, accepted)
        if self._environment.policy.decline == BANKED:
            self._reach(None)
        return [*ended]

    def _reach(self, item: Item | None) -> None:
        """Find which levels were published after an item was accepted; None means that others are not, too."""
        known, newest = self._reached, (0, "") if item is None else _stored_key(item)
        if newest <= self._newest or (known is None and item is not self._walk.items[-1]):
            self._reached = self._all_reached()
        elif known is not None:
            best = max((one.place for one in known), default=-1)
            self._reached = in_order([*known, *newly_reached(self._walk.points, best)])
        self._newest = max(newest, self._newest)

    def _play(self) -> None:
        """Let everything happen that is not as it was."""
        same, policy = self._walk.same, self._environment.policy
        happenings = self._happenings(same)
        if self._playing.keeps_highest == happenings.keeps_highest(policy):
            self._playing.go_on(happenings, self._effects.same if policy.by_stored else same)
        else:
            self._playing = Playing(policy, happenings, sorts=False)

    def _end(self, place: int, new: Item | None, after: Sequence[Item | None]) -> None:
        """Note how pieces end now: a new one, those after it, and others that may have begun or ceased to count."""
        self.ends = Ends()
        stirred = [(place_of(self._items, item), item) for item in canonical_order(self._walk.stirred.values())]
        self._end_anew(one for one in stirred if one[0] < place)
        if new is not None:
            self._evidence.insert(place, self.ends.changed(place, None, self._ended(new)))
            place += 1
        self._end_anew((number, item) for number, item in enumerate(after, place) if item is not None)
        self._end_anew(one for one in stirred if one[0] >= place + len(after))

    def _end_anew(self, items: Iterable[tuple[int, Item]]) -> None:
        """Note how the pieces at places end now."""
        for place, item in items:
            was = self._evidence[place]
            counts = self._walk.keeps_all and was.result == item.result == ACCEPTED
            if not counts or was.value != self._walk.values[was.statement]:
                self._evidence[place] = self.ends.changed(place, was, self._ended(item))

    def _stands(self, environment: Environment, met: Met) -> bool:
        """Return whether nothing changed but facts, time and, where no piece depends on them, the prerequisites."""
        old, policy = self._environment, environment.policy
        if policy is not old.policy or not can_go_on(policy) or environment.not_before != old.not_before:
            return False
        asked = policy.prerequisites
        if asked is not None and asked.mode == BLOCK and list(met) != self._met:
            return False
        if list(environment.decisions) != list(old.decisions):
            return False
        person_of = environment.surroundings.person_of
        return all(person_of(one) == one for one in self._strangers)


def _among(accepted: Sequence[Item], items: Iterable[Item]) -> Iterator[Item | None]:
    """Yield for each item itself if it is the next one accepted, else None."""
    awaited = iter(accepted)
    following = next(awaited, None)
    for item in items:
        if item is following:
            yield item
            following = next(awaited, None)
        else:
            yield None


def _stored_key(item: Item) -> tuple[int, str]:
    return (item.fact.stored, item.fact.statement)


def _in_stored_order(items: Sequence[Item]) -> bool:
    keys = [_stored_key(item) for item in items]
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
