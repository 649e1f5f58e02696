"""From where a question looks: which documents, evaluated at which time (rule book, sections 1 and 18)."""

from collections.abc import Iterator

from lrs.xapi.faults import NotFound
from projector.mastery.documents import Documents
from projector.mastery.environment import TrustLevel
from projector.mastery.identity import PERSON, Person
from projector.mastery.knowledge import Known, Rulings, outcome_of
from projector.mastery.registry import Registry
from projector.mastery.roles import Role, Roles, counted_rank
from projector.mastery.rulebook import Policy
from projector.mastery.state import NOTHING, Outcome
from projector.mastery.survey import Survey
from projector.questions.deadline import NO_DEADLINE, Deadline

Standing = tuple[Policy | None, Outcome]


class Standpoint:
    """What is so for anybody at one time; only what is asked for is evaluated.

    With ``as_of`` everything is evaluated anew at that instant; without it, states are as they were last published.
    ``now`` is the instant for what no policy decides: who holds which role, what expires soon.
    """

    def __init__(
        self,
        documents: Documents,
        registry: Registry,
        *,
        as_of: int | None,
        now: int,
        deadline: Deadline = NO_DEADLINE,
    ) -> None:
        self.documents = documents
        self.registry = registry
        self.as_of = as_of
        self.now = now if as_of is None else as_of
        self.deadline = deadline
        self.roles: dict[str, Role] = Roles(documents).current(as_of)
        self._known = Known(documents, registry)
        self._rulings = Rulings(documents, registry, self)
        self._found: dict[tuple[str, str], Standing] = {}
        self._open: set[tuple[str, str]] = set()
        self._survey: Survey | None = None

    def trust(self, authority: str) -> TrustLevel | None:
        """Return the level of an authority, None when no entry ever set it."""
        return self._known.trust(authority)

    def person_of(self, identifier_key: str) -> str:
        """Return whose an identifier is, or the key itself."""
        return self._known.person_of(identifier_key)

    def standing(self, person: str, competency: str) -> Standing:
        """Return the outcome of a person in a competency and the policy that decided it (None: no policy counts)."""
        if self.as_of is None:
            return self._known.standing(person, competency)
        if self._survey is not None:
            return self._survey.standing(person, competency)
        key = (person, competency)
        if key not in self._found:
            if key in self._open:
                self._survey = Survey(self.documents, self.registry, self.as_of)
                return self._survey.standing(person, competency)
            self._open.add(key)
            found = self._evaluated(person, competency)
            self._open.discard(key)
            if self._survey is not None:
                return self._survey.standing(person, competency)
            self._found[key] = found
        return self._found[key]

    def at(self, as_of: int) -> "Standpoint":
        """Return how it looks at another instant."""
        return Standpoint(self.documents, self.registry, as_of=as_of, now=self.now, deadline=self.deadline)

    def require_person(self, person: str) -> None:
        """Raise NotFound for somebody of whom nothing is known."""
        if self.documents.get(PERSON, person) is None:
            raise NotFound("nobody has this person id")

    def role(self, role: str) -> Role:
        """Return the version of a role that counts. Raises NotFound."""
        if role not in self.roles:
            raise NotFound("no role of this id is in force")
        return self.roles[role]

    def rank(self, person: str, competency: str) -> int:
        """Return the level number that counts for roles."""
        return counted_rank(*self.standing(person, competency))

    def people(self) -> Iterator[Person]:
        """Yield everybody who has an identifier, by id."""
        return (person for _, person in self.documents.scan(PERSON) if person.identifiers)

    def _evaluated(self, person_id: str, competency: str) -> Standing:
        self.deadline.check()
        person = self.documents.get(PERSON, person_id)
        ruling = None if person is None else self._rulings.of(person, competency, self.as_of)
        if person is None or ruling is None:
            return self.registry.in_force(competency, self.as_of), NOTHING
        return ruling.policy, outcome_of(self.documents, person, ruling, self, self.as_of)
