"""Fold again only what an entry touches: a person and competency, then what stands on it (mastery.md section 18)."""

from collections.abc import Iterable
from dataclasses import replace
from heapq import heappop, heappush

from projector.mastery.differences import PREREQUISITE, ROLLUP_CHILD, Cause
from projector.mastery.documents import Documents
from projector.mastery.envelope import Publication
from projector.mastery.evaluate import evaluate
from projector.mastery.evidence import ASSESSMENTS
from projector.mastery.identity import PERSON, find
from projector.mastery.knowledge import Rulings, environment_of
from projector.mastery.publication import drop_state, publish
from projector.mastery.registry import Registry
from projector.mastery.rulebook import Policy

_MAX_VISITS = 1_000


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
        self._rulings = Rulings(publication.documents, registry)
        self._waiting: dict[tuple[str, str], Cause] = {}
        self._heap: list[tuple[int, str, int, str]] = []
        self._added = 0
        self._visits: dict[tuple[str, str], int] = {}
        self.changed: dict[tuple[str, str], Cause] = {}

    def add(self, person: str, competency: str, cause: Cause) -> None:
        """Let a person and competency be folded again; the first cause is the one that is told."""
        if (competency, person) not in self._waiting:
            self._waiting[competency, person] = cause
            heappush(self._heap, (self._registry.graph.rank(competency), competency, self._added, person))
            self._added += 1

    def add_everything(self, people: Iterable[str], cause: Cause) -> None:
        """Let every competency of these people be folded again."""
        for person in people:
            for competency in self._registry.competencies():
                self.add(person, competency, cause)

    def run(self) -> None:
        """Fold until nothing waits; raises UnsettledAssessors when it would never end."""
        while self._heap:
            _, competency, _, person = heappop(self._heap)
            cause = self._waiting.pop((competency, person))
            visits = self._visits.get((competency, person), 0) + 1
            if visits > _MAX_VISITS:
                raise UnsettledAssessors(f"assessors of {competency} decide over each other in a circle")
            self._visits[competency, person] = visits
            turned_out = self._fold(person, competency, cause)
            if turned_out is not None:
                self.changed[person, competency] = turned_out
                self._add_dependents(person, competency, turned_out)

    def _fold(self, person_id: str, competency: str, cause: Cause) -> Cause | None:
        person = self._documents.get(PERSON, person_id)
        ruling = None if person is None else self._rulings.of(person, competency)
        if person is None or ruling is None:
            return None
        if not person.identifiers:
            drop_state(self._documents, person_id, competency)
            return None
        outcome = evaluate(ruling.facts, environment_of(self._documents, self._registry, person, ruling))
        return publish(self._publication, person_id, ruling.policy, outcome, cause)

    def _add_dependents(self, person: str, competency: str, cause: Cause) -> None:
        for above in self._registry.graph.above(competency):
            policy = self._registry.in_force(above)
            if policy is not None:
                code = PREREQUISITE if _stands_on(policy, competency) else ROLLUP_CHILD
                self.add(person, above, replace(cause, code=code, root=cause.origin))
        assessed = self._registry.graph.assessed_by(competency)
        if assessed:
            self.add_assessed(person, assessed, replace(cause, code=cause.origin, root=cause.origin))

    def add_assessed(self, assessor: str, competencies: Iterable[str], cause: Cause) -> None:
        """Let those be folded again whom a person assessed in any of the competencies."""
        known, wanted = self._documents.get(PERSON, assessor), list(competencies)
        for key in known.identifiers if known else ():
            assessments = self._documents.get(ASSESSMENTS, key)
            for competency, subject in assessments.pairs if assessments else ():
                owner = find(self._documents, subject) if competency in wanted else None
                if owner is not None:
                    self.add(owner.id, competency, cause)


def _stands_on(policy: Policy, competency: str) -> bool:
    asked = policy.prerequisites
    return asked is not None and any(leaf.competency == competency for leaf in asked.expression.leaves())
