"""Every state evaluated anew at one time: as-of answers, and the yardstick of the incremental fold (sections 1, 13)."""

from projector.mastery.documents import Documents
from projector.mastery.environment import TrustLevel
from projector.mastery.identity import PERSON, Person
from projector.mastery.knowledge import Known, Rulings, outcome_of
from projector.mastery.refold import UnsettledAssessors
from projector.mastery.registry import Registry
from projector.mastery.rulebook import Policy
from projector.mastery.state import NOTHING, Outcome

_MAX_PASSES = 1_000


class Survey:
    """The outcomes of all people, from the facts alone; ``as_of`` None takes the clock of the log."""

    def __init__(self, documents: Documents, registry: Registry, as_of: int | None) -> None:
        self._documents = documents
        self._registry = registry
        self._as_of = as_of
        self._known = Known(documents, registry)
        self._rulings = Rulings(documents, registry, self)
        self.outcomes: dict[tuple[str, str], tuple[Policy, Outcome]] = {}
        self.people = [person for _, person in documents.scan(PERSON) if person.identifiers]
        self._run()

    def trust(self, authority: str) -> TrustLevel | None:
        """Return the level of an authority, None when no entry ever set it."""
        return self._known.trust(authority)

    def person_of(self, identifier_key: str) -> str:
        """Return whose an identifier is, or the key itself."""
        return self._known.person_of(identifier_key)

    def standing(self, person: str, competency: str) -> tuple[Policy | None, Outcome]:
        """Return the outcome found so far."""
        found = self.outcomes.get((person, competency))
        return (self._registry.in_force(competency, self._as_of), NOTHING) if found is None else found

    def _run(self) -> None:
        """Evaluate in order; again while assessors, who may come later in the order, still change something."""
        for _ in range(_MAX_PASSES):
            before = dict(self.outcomes)
            for competency in self._registry.competencies():
                for person in self.people:
                    self._evaluate(person, competency)
            if not self._registry.graph.has_assessors or self.outcomes == before:
                return
        raise UnsettledAssessors("assessors decide over each other in a circle")

    def _evaluate(self, person: Person, competency: str) -> None:
        ruling = self._rulings.of(person, competency, self._as_of)
        if ruling is None:
            return
        outcome = outcome_of(self._documents, person, ruling, self, self._as_of)
        self.outcomes[person.id, competency] = (ruling.policy, outcome)
