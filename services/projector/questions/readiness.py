"""Role readiness and gaps of people, teams, roles, goals and the organisation, now and at any date (section 15)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from projector.mastery.numbers import decimal_text, fraction
from projector.mastery.organisation import Goal
from projector.mastery.roles import Readiness, Role, measure
from projector.mastery.state import VALID
from projector.mastery.times import render
from projector.questions.organisation import Scope, Seat, goal_of, holders, seats
from projector.questions.standpoint import Standpoint

SEAT_COLUMNS = ("personId", "role", "teams", "readiness", "ready", "gaps", "critical")
GAP_COLUMNS = ("competency", "people", "levels", "critical")
_PLACES = 4

Rank = Callable[[str, str], int]
"""Given a person and a competency, returns the level number that counts."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A seat and how ready its person is."""

    seat: Seat
    readiness: Readiness

    def told(self) -> dict[str, Any]:
        """Return it as JSON values."""
        found = self.readiness
        return {
            "personId": self.seat.person,
            "role": self.seat.role,
            "teams": list(self.seat.teams),
            "readiness": found.readiness,
            "ready": found.ready,
            "gaps": dict(sorted(found.gaps.items())),
            "critical": sorted(found.critical),
        }


def measured(standpoint: Standpoint, scope: Scope, rank: Rank) -> list[Measured]:
    """Return how ready everybody in the scope is, by person and role. Raises NotFound and QueryTimeout."""
    return [_measured(standpoint, seat, rank) for seat in seats(standpoint, scope)]


def _measured(standpoint: Standpoint, seat: Seat, rank: Rank) -> Measured:
    standpoint.deadline.check()
    return Measured(seat, measure(standpoint.roles[seat.role], partial(rank, seat.person)))


def summary(standpoint: Standpoint, scope: Scope, rows: Sequence[Measured]) -> dict[str, Any]:
    """Return the rows in numbers: people, ready, mean readiness, by role, and the gaps."""
    by_role: dict[str, list[Measured]] = {}
    for row in rows:
        by_role.setdefault(row.seat.role, []).append(row)
    told: dict[str, Any] = {"asOf": render(standpoint.now), **_counted(rows)}
    told["roles"] = [_role(standpoint.roles[role], found) for role, found in sorted(by_role.items())]
    told["gaps"] = gaps(rows)
    if scope.goal is not None:
        told["goal"] = _goal(standpoint, goal_of(standpoint, scope.goal), {row.seat.person for row in rows})
    return told


def gaps(rows: Iterable[Measured]) -> list[dict[str, Any]]:
    """Return each competency with a gap: of how many people, how many levels in all, critical for how many."""
    people: dict[str, set[str]] = {}
    critical: dict[str, set[str]] = {}
    levels: dict[str, int] = {}
    for row in rows:
        for competency, missing in row.readiness.gaps.items():
            people.setdefault(competency, set()).add(row.seat.person)
            levels[competency] = levels.get(competency, 0) + missing
        for competency in row.readiness.critical:
            critical.setdefault(competency, set()).add(row.seat.person)
    found = [
        {
            "competency": competency,
            "people": len(people[competency]),
            "levels": levels[competency],
            "critical": len(critical.get(competency, ())),
        }
        for competency in people
    ]
    return sorted(found, key=lambda gap: (-gap["people"], -gap["levels"], gap["competency"]))


def candidates(standpoint: Standpoint, role: str, rank: Rank) -> list[Measured]:
    """Return everybody who does not hold a role, by readiness, critical gaps and person id. Raises NotFound."""
    standpoint.role(role)
    holding = holders(standpoint, role)
    people = [person.id for person in standpoint.people() if person.id not in holding]
    rows = [_measured(standpoint, Seat(person, role), rank) for person in people]
    return sorted(rows, key=_place_of_candidate)


def _place_of_candidate(row: Measured) -> tuple[Fraction, int, str]:
    return -fraction(row.readiness.readiness), len(row.readiness.critical), row.seat.person


def _counted(rows: Sequence[Measured]) -> dict[str, Any]:
    shares = [fraction(row.readiness.readiness) for row in rows]
    mean = decimal_text(sum(shares, Fraction(0)) / len(shares), _PLACES) if shares else None
    ready = sum(row.readiness.ready for row in rows)
    people = len({row.seat.person for row in rows})
    return {"people": people, "seats": len(rows), "ready": ready, "readiness": mean}


def _role(role: Role, rows: Sequence[Measured]) -> dict[str, Any]:
    return {"role": role.id, "version": role.version, **_counted(rows)}


def _goal(standpoint: Standpoint, goal: Goal, people: set[str]) -> dict[str, Any]:
    """Return how far a goal's own competencies are mastered among the people who are counted for it."""
    told, reached, wanted = [], Fraction(0), Fraction(0)
    for competency, weight in goal.competencies:
        mastered = sum(_is_mastered(standpoint, person, competency) for person in sorted(people))
        share = Fraction(mastered, len(people)) if people else Fraction(0)
        reached, wanted = reached + fraction(weight) * share, wanted + fraction(weight)
        named = {"competency": competency, "weight": weight, "people": len(people), "mastered": mastered}
        told.append({**named, "share": decimal_text(share, _PLACES)})
    coverage = decimal_text(reached / wanted, _PLACES) if wanted and people else None
    return {"id": goal.id, "version": goal.version, "coverage": coverage, "competencies": told}


def _is_mastered(standpoint: Standpoint, person: str, competency: str) -> bool:
    standpoint.deadline.check()
    _, outcome = standpoint.standing(person, competency)
    return outcome.status in VALID
