"""The organisation around roles: its goals, and who is in which team and holds which role from when (section 17)."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import msgspec

from projector.mastery.canonical import own_sha256, plain
from projector.mastery.checks import check_schema, duplicates
from projector.mastery.documents import Documents, Kind
from projector.mastery.envelope import Publication
from projector.mastery.faults import InvalidDocument
from projector.mastery.identity import Identifier, identifier, recognise
from projector.mastery.numbers import fraction
from projector.mastery.registry import Version, keep_version
from projector.mastery.times import parse

Body = Mapping[str, Any]


class Goal(msgspec.Struct, frozen=True):
    """The newest version of an organisational goal: competencies with their exact weights, and roles."""

    id: str
    version: str
    title: str
    position: int
    competencies: tuple[tuple[str, str], ...]
    roles: tuple[str, ...]


class Assignment(msgspec.Struct, frozen=True):
    """That the person of an identifier is in ``team`` and holds ``role`` from ``start`` on, and before ``end``."""

    identifier: str
    team: str | None
    role: str | None
    start: int
    end: int | None
    position: int

    def holds_at(self, at: int) -> bool:
        """Return whether it holds at an instant."""
        return self.start <= at and (self.end is None or at < self.end)


GOAL_DOCUMENT = Kind("goal-document", Version)
GOAL = Kind("goal", Goal)
ASSIGNMENT = Kind("assignment", Assignment)


def assignment_key(identifier_key: str, team: str | None, role: str | None, start: str) -> str:
    """Return the key of an assignment: the same person, team, role and first day are the same assignment."""
    return f"{identifier_key}|{own_sha256([team, role, start])}"


def check_goal(document: Any) -> None:
    """Hold a goal against its published contract. Raises InvalidDocument with the pointer."""
    check_schema(document, "goal")
    named = [one["competency"] for one in document.get("competencies", [])]
    for place, name in duplicates(named):
        raise InvalidDocument(f"competency {name!r} stands twice", f"/competencies/{place}/competency")
    weights = [fraction(str(one.get("weight", 1))) for one in document.get("competencies", [])]
    if weights and not any(weights):
        raise InvalidDocument("the weights sum to nothing", "/competencies")
    if not named and not document.get("roles"):
        raise InvalidDocument("a goal names competencies or roles", "/competencies")


def check_assignment(document: Any) -> Identifier:
    """Hold an assignment against its published contract and return whose it is. Raises InvalidDocument."""
    check_schema(document, "assignment")
    who = identifier(document["person"])
    if who is None:
        raise InvalidDocument("an agent with an inverse functional identifier is wanted", "/person")
    if document.get("team") is None and document.get("role") is None:
        raise InvalidDocument("an assignment names a team, a role or both", "/role")
    until = document.get("until")
    if until is not None and parse(until) < parse(document["from"]):
        raise InvalidDocument("until is before from", "/until")
    return who


class Organisation:
    """Folds the entries about goals and assignments; no event follows from them."""

    def __init__(self, namespace: UUID) -> None:
        self._namespace = namespace

    def goal_published(self, publication: Publication, body: Body) -> None:
        """Keep a goal; the version published last counts."""
        document = plain(body.get("document"))
        check_goal(document)
        keep_version(publication.documents, GOAL_DOCUMENT, document)
        weighted = tuple((one["competency"], str(one.get("weight", 1))) for one in document.get("competencies", ()))
        goal = Goal(
            document["id"],
            document["version"],
            document["title"],
            publication.position,
            weighted,
            tuple(document.get("roles", ())),
        )
        publication.documents.put(GOAL, goal.id, goal)

    def assignment_changed(self, publication: Publication, body: Body) -> None:
        """Keep an assignment, in the place of the one with the same person, team, role and first day."""
        document = plain(body.get("document"))
        who = check_assignment(document)
        recognise(publication.documents, who, self._namespace)
        team, role, until = document.get("team"), document.get("role"), document.get("until")
        start, end = parse(document["from"]), None if until is None else parse(until)
        assignment = Assignment(who.key, team, role, start, end, publication.position)
        publication.documents.put(ASSIGNMENT, assignment_key(who.key, team, role, document["from"]), assignment)


def assignments_of(documents: Documents, identifier_key: str) -> Iterator[Assignment]:
    """Yield the assignments of an identifier."""
    for _, found in documents.scan(ASSIGNMENT, f"{identifier_key}|"):
        if found.identifier == identifier_key:
            yield found


def drop_assignments(documents: Documents, identifier_key: str) -> None:
    """Forget what a learner who was erased was assigned to."""
    for key, found in list(documents.scan(ASSIGNMENT, f"{identifier_key}|")):
        if found.identifier == identifier_key:
            documents.delete(ASSIGNMENT, key)
