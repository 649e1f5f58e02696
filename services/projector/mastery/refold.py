"""Fold again only what an entry touches: a person and competency, then what stands on it (rule book, section 18)."""

from collections.abc import Iterable
from heapq import heappop, heappush

import msgspec
from msgspec.structs import replace

from projector.mastery.courses import Course
from projector.mastery.differences import PREREQUISITE, ROLLUP_CHILD, Cause
from projector.mastery.direct import can_go_on
from projector.mastery.documents import Documents
from projector.mastery.envelope import Place, Publication
from projector.mastery.evaluate import Evaluation, carried
from projector.mastery.evidence import Fact, assessments_of, count_of
from projector.mastery.histories import same_to_others
from projector.mastery.identity import PERSON, Person, find
from projector.mastery.knowledge import Known, Ruling, Rulings, environment_of
from projector.mastery.publication import Finding, drop_state, publish
from projector.mastery.registry import Registry
from projector.mastery.rulebook import Policy
from projector.mastery.state import STATE, Digest, State, state_key

_MAX_VISITS = 1_000
_FIRST, _FOLLOWING = 0, 1


class News(msgspec.Struct, frozen=True, gc=False):
    """What there is to look at: one more ``fact``, or one that changed unless it ``is_new``.

    Besides, unless that ``is_all``, there is whatever may have changed. Time and what the person has in other
    competencies are looked at in any case.
    """

    fact: Fact | None = None
    is_new: bool = True
    is_all: bool = True

    def and_also(self, other: "News") -> "News":
        """Return what there is to look at because of both."""
        if self.is_all and other.is_all and (self.fact is None or other.fact is None):
            return other if self.fact is None else self
        return ANYTHING


NOTHING_ELSE, ANYTHING = News(), News(is_all=False)


class UnsettledAssessors(Exception):
    """Assessors of one competency decide over each other in a circle at the same instant."""


class Refold:
    """What is to be folded again because of one entry, in the order of competencies, each with its cause.

    Of several people in one competency, the one added first comes first.
    """

    def __init__(self, publication: Publication, registry: Registry) -> None:
        self._publication = publication
        self._documents: Documents = publication.documents
        self._registry = registry
        self._known = Known(publication.documents, registry)
        self._rulings = Rulings(publication.documents, registry, self._known)
        self._waiting: dict[tuple[str, str], tuple[Cause, News, Place]] = {}
        self._heap: list[tuple[int, str, int, str]] = []
        self._added = 0
        self._adding: Place = (_FIRST,)
        self._visits: dict[tuple[str, str], int] = {}
        self.changed: dict[tuple[str, str], Cause] = {}

    def add(self, person: str, competency: str, cause: Cause, order: Place, news: News = ANYTHING) -> None:
        """Let a person and competency be folded again; the first cause is the one that is told.

        ``order`` is where the person comes among all that are added by the same hand, whether they are folded here or
        not.
        """
        if (competency, person) in self._waiting:
            first = self._waiting[competency, person]
            self._waiting[competency, person] = (first[0], first[1].and_also(news), first[2])
        else:
            self._waiting[competency, person] = (cause, news, (*self._adding, *order))
            heappush(self._heap, (self._registry.graph.rank(competency), competency, self._added, person))
            self._added += 1

    def add_fact(self, person: str, policy: Policy, cause: Cause, order: Place, fact: Fact) -> None:
        """Let be folded again what a fact under a policy concerns: nothing, where another version surely decides."""
        newest = self._rulings.of_newest(policy.competency)
        if newest is None:
            self.add(person, policy.competency, cause, order)
        elif newest.policy is policy:
            self.add(person, policy.competency, cause, order, News(fact))

    def add_changed(self, person: str, policy: Policy, cause: Cause, order: Place, fact: Fact | None) -> None:
        """Let be folded again what a fact under a policy concerns that is not the same as before."""
        newest = self._rulings.of_newest(policy.competency)
        decides = fact is not None and newest is not None and newest.policy is policy
        self.add(person, policy.competency, cause, order, News(fact, is_new=False) if decides else ANYTHING)

    def add_everything(self, people: Iterable[str], cause: Cause) -> None:
        """Let every competency of these people be folded again."""
        for number, person in enumerate(people):
            for competency in self._registry.competencies():
                self.add(person, competency, cause, (number,))

    def run(self) -> None:
        """Fold until nothing waits; raises UnsettledAssessors when it would never end."""
        phase = self._publication.begin_phase()
        while self._heap:
            rank, competency, _, person = heappop(self._heap)
            cause, news, order = self._waiting.pop((competency, person))
            visits = self._visits.get((competency, person), 0) + 1
            if visits > _MAX_VISITS:
                raise UnsettledAssessors(f"assessors of {competency} decide over each other in a circle")
            self._visits[competency, person] = visits
            place = (rank, competency, order, person)
            self._adding = (_FOLLOWING, place)
            self._publication.place = (phase, *place)
            self._fold(person, competency, cause, news)
        self._publication.begin_phase()

    def _fold(self, person_id: str, competency: str, cause: Cause, news: News) -> None:
        person = self._documents.get(PERSON, person_id)
        course = self._publication.courses.take(person_id, competency)
        if person is None:
            return
        if course is not None and news.is_all and self._goes_on(course, person, news):
            found = Finding(course.policy, course.evaluation.outcome, course.digest, course.evaluation.ends)
            self._publish(person_id, found, cause, course)
            return
        ruling = self._rulings.of(person, competency)
        if ruling is None:
            return
        if not person.identifiers:
            drop_state(self._documents, person_id, competency)
            return
        evaluation = Evaluation(ruling.facts, environment_of(self._documents, person, ruling, self._known))
        course = self._course(ruling, evaluation)
        outcome = carried(ruling.policy, evaluation.outcome, ruling.refused)
        found = Finding(ruling.policy, outcome, None if course is None else course.digest)
        self._publish(person_id, found, cause, course)

    def _goes_on(self, course: Course, person: Person, news: News) -> bool:
        """Return whether a course took the fact, if there is one, because the other pieces are as they were."""
        competency = course.policy.competency
        ruling = self._rulings.of_newest(competency)
        state = self._documents.get(STATE, state_key(person.id, competency))
        if ruling is None or ruling.policy is not course.policy or not course.led_to(state):
            return False
        size = course.size + (news.fact is not None and news.is_new)
        if count_of(self._documents, course.policy.facts, person.identifiers) != size:
            return False
        environment = environment_of(self._documents, person, ruling, self._known)
        if not course.evaluation.go_on(news.fact, environment, is_new=news.is_new):
            return False
        if course.evaluation.ends.first is not None:
            course.digest.change(course.evaluation.outcome.evidence, course.evaluation.ends.first)
        course.size = size
        return True

    def _course(self, ruling: Ruling, evaluation: Evaluation) -> Course | None:
        """Return the course that begins with an evaluation, None where it could not go on."""
        if not ruling.facts or ruling.carried or not can_go_on(ruling.policy):
            return None
        return Course(ruling.policy, evaluation, Digest(evaluation.outcome.evidence), len(ruling.facts))

    def _publish(self, person: str, found: Finding, cause: Cause, course: Course | None) -> None:
        competency = found.policy.competency
        key = state_key(person, competency)
        before = self._documents.get(STATE, key)
        turned_out = publish(self._publication, person, found, cause)
        after = self._documents.get(STATE, key)
        if course is not None:
            course.published(after)
            self._publication.courses.keep(person, competency, course)
        if turned_out is not None:
            self.changed[person, competency] = turned_out
            self._add_dependents(person, competency, turned_out, same=_same(before, after))

    def _add_dependents(self, person: str, competency: str, cause: Cause, *, same: bool) -> None:
        """Let what stands on a competency be folded again; where it is the ``same``, only what uses its value."""
        for number, above in enumerate(self._registry.graph.above(competency)):
            policy = self._registry.in_force(above)
            if policy is not None and (not same or self._uses_values(above)):
                code = PREREQUISITE if _stands_on(policy, competency) else ROLLUP_CHILD
                self.add(person, above, replace(cause, code=code, root=cause.origin), (number,), NOTHING_ELSE)
        if same:
            return
        assessed = self._registry.graph.assessed_by(competency)
        if assessed:
            self.add_assessed(person, assessed, replace(cause, code=cause.origin, root=cause.origin))

    def add_assessed(self, assessor: str, competencies: Iterable[str], cause: Cause) -> None:
        """Let those be folded again whom a person assessed in any of the competencies."""
        known, wanted = self._documents.get(PERSON, assessor), list(competencies)
        assessments = [
            one for key in (known.identifiers if known else ()) for one in assessments_of(self._documents, key)
        ]
        for number, one in enumerate(assessments):
            owner = find(self._documents, one.subject) if one.competency in wanted else None
            if owner is not None:
                self.add(owner.id, one.competency, cause, (number,))

    def _uses_values(self, competency: str) -> bool:
        rollups = [policy.rollup for policy in self._registry.policies_of(competency)]
        return any(rollup is not None and rollup.op == "weighted" for rollup in rollups)


def _same(before: State | None, after: State | None) -> bool:
    """Return whether a state is the same as before to what stands on it, but for its value."""
    if before is None or after is None or before.policy != after.policy:
        return False
    return same_to_others(before.outcome, after.outcome)


def _stands_on(policy: Policy, competency: str) -> bool:
    asked = policy.prerequisites
    return asked is not None and any(leaf.competency == competency for leaf in asked.expression.leaves())
