"""Who is asked about: the people and roles of a team, a role, a goal or everybody, at one time."""

from collections.abc import Iterator
from dataclasses import dataclass

from lrs.xapi.faults import NotFound
from projector.mastery.identity import PERSON, find
from projector.mastery.organisation import ASSIGNMENT, GOAL, Assignment, Goal, assignments_of
from projector.questions.standpoint import Standpoint


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose readiness is asked for; what is None narrows nothing, all None is the whole organisation."""

    person: str | None = None
    team: str | None = None
    role: str | None = None
    goal: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Seat:
    """A person and a role that is asked about; ``teams`` are those in which the person is at that time."""

    person: str
    role: str
    teams: tuple[str, ...] = ()


def seats(standpoint: Standpoint, scope: Scope) -> list[Seat]:
    """Return who is measured for which role, by person and role.

    With a role, everybody in the scope is measured for it, whether they hold it or not; with the role alone, its
    holders. Otherwise everybody is measured for the roles that they hold. Raises NotFound for an unknown person,
    role or goal.
    """
    if scope.person is not None:
        standpoint.require_person(scope.person)
    if scope.role is not None:
        standpoint.role(scope.role)
    held, teams = _assigned(standpoint)
    roles = set(standpoint.roles)
    if scope.goal is not None:
        roles &= set(goal_of(standpoint, scope.goal).roles)
    if scope.role is not None:
        people = _people(scope, {person for person, names in held.items() if scope.role in names}, teams)
        return sorted(Seat(person, scope.role, tuple(sorted(teams.get(person, ())))) for person in people)
    people = _people(scope, set(held), teams)
    found = ((person, role) for person in people for role in held.get(person, ()))
    return sorted(Seat(person, role, tuple(sorted(teams.get(person, ())))) for person, role in found if role in roles)


def holders(standpoint: Standpoint, role: str) -> set[str]:
    """Return who holds a role."""
    held, _ = _assigned(standpoint)
    return {person for person, names in held.items() if role in names}


def roles_of(standpoint: Standpoint, person: str) -> list[str]:
    """Return the roles that a person holds and that are in force."""
    held, _ = _assigned(standpoint, person)
    return sorted(role for role in held.get(person, ()) if role in standpoint.roles)


def goal_of(standpoint: Standpoint, goal: str) -> Goal:
    """Return a goal. Raises NotFound."""
    found = standpoint.documents.get(GOAL, goal)
    if found is None:
        raise NotFound("no goal of this id is published")
    return found


def team_members(standpoint: Standpoint, team: str) -> set[str]:
    """Return who is in a team."""
    _, teams = _assigned(standpoint)
    return {person for person, names in teams.items() if team in names}


def _people(scope: Scope, everybody: set[str], teams: dict[str, set[str]]) -> set[str]:
    people = everybody
    if scope.team is not None:
        members = {person for person, names in teams.items() if scope.team in names}
        people = members if scope.role is not None else members & everybody
    if scope.person is not None:
        people = {scope.person} if scope.team is None or scope.person in people else set()
    return people


def _assigned(standpoint: Standpoint, person: str | None = None) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return the roles and the teams of everybody, or of one person."""
    held: dict[str, set[str]] = {}
    teams: dict[str, set[str]] = {}
    for assignment in _assignments(standpoint, person):
        owner = find(standpoint.documents, assignment.identifier)
        if owner is None or not assignment.holds_at(standpoint.now):
            continue
        if assignment.role is not None:
            held.setdefault(owner.id, set()).add(assignment.role)
        if assignment.team is not None:
            teams.setdefault(owner.id, set()).add(assignment.team)
    return held, teams


def _assignments(standpoint: Standpoint, person: str | None) -> Iterator[Assignment]:
    if person is None:
        for _, assignment in standpoint.documents.scan(ASSIGNMENT):
            yield assignment
        return
    known = standpoint.documents.get(PERSON, person)
    for key in known.identifiers if known else ():
        yield from assignments_of(standpoint.documents, key)
