"""The sample organisation: a ferry company with its people, who make the same statements every time.

``examples/harbour`` holds its documents. Nothing here is random: every number is a digest of what it is about.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from mastrail.sample import sample_folder
from mastrail.shell import new_id
from projector.registry.append import By, Log
from projector.registry.applying import Applied, apply_documents
from projector.registry.assignments import Imported, import_assignments, read_csv
from projector.registry.loading import load_documents

DOCUMENTS = ("frameworks.yaml", "policies.yaml", "roles.yaml", "goals.yaml", "alignments.yaml", "credentials.yaml")
PEOPLE = 36
HOME_PAGE = "https://hr.harbour.example"
BEGIN = datetime(2025, 1, 6, 8, tzinfo=UTC)
_SITE = "https://harbour.example"
_ADL = "http://adlnet.gov/expapi/verbs"
_TEAMS = ("north-pier", "south-pier", "ferry")
_ROLES = ("deckhand", "engineer", "crane-operator", "steward", "purser", "shift-lead")
_EXAMS = ("fire", "first-aid", "engine-room", "radio", "complaints", "cash")
_DRILLS = ("mooring", "engine-room", "crane", "ticketing", "announcements")
_COURSES = ("language-course-1", "language-course-2", "fire-course", "service-course")
_ASSESSORS, _WAIVED, _LATECOMERS, _LEAVERS = (5, 0), (9, 4), (7, 3), (11, 5)
"""Of so many people, the one in this place."""
_VOID_EVERY = 37
_PASSED_FROM = 70
_RUBRIC = ((95, "4"), (65, "3"), (0, "2"))
"""From how many hundredths on which step is given."""
_DAYS = 420

Statement = dict[str, Any]


def _number(*about: object) -> int:
    """Return a number that is always the same for the same things."""
    return int.from_bytes(sha256(json.dumps([str(one) for one in about]).encode()).digest()[:6], "big")


@dataclass(frozen=True, slots=True, order=True)
class _Plan:
    """One statement to be made: when, by whom, of which kind, about what, and the how-manieth of its kind."""

    at: datetime
    person: int
    kind: str
    about: str
    turn: int


def _is_one(person: int, of: tuple[int, int]) -> bool:
    every, place = of
    return person % every == place


def documents_folder() -> Path:
    """Return the folder of the documents of the sample organisation."""
    return sample_folder() / "harbour"


def documents() -> Iterator[bytes]:
    """Yield the files of the documents in the order in which they are applied."""
    return ((documents_folder() / name).read_bytes() for name in DOCUMENTS)


def publish(log: Log, by: By, people: int = PEOPLE) -> tuple[list[Applied], Imported]:
    """Publish the documents and the assignments; what is there already stays as it is."""
    applied: list[Applied] = []
    for content in documents():
        applied += apply_documents(log, load_documents(content), by, new_id=new_id)
    rows = read_csv(assignments_csv(people).encode())
    return applied, import_assignments(log, rows, by, new_id=new_id)


def agent(person: int) -> dict[str, Any]:
    """Return the agent of an employee."""
    return {"objectType": "Agent", "account": {"homePage": HOME_PAGE, "name": f"e{person:05d}"}}


def assignments_csv(people: int = PEOPLE) -> str:
    """Return who is in which team and holds which role, as CSV: some begin later, some end."""
    lines = ["person,team,role,from,until"]
    for person in range(people):
        begins = "2026-01-01" if _is_one(person, _LATECOMERS) else "2025-01-01"
        ends = "2028-01-01" if _is_one(person, _LEAVERS) else ""
        team, role = f"{_SITE}/teams/{_TEAMS[person % 3]}", f"{_SITE}/roles/{_ROLES[person % 6]}"
        lines.append(f"{HOME_PAGE}::e{person:05d},{team},{role},{begins},{ends}")
    return "\n".join(lines) + "\n"


def statements(people: int = PEOPLE, seed: int = 1) -> Iterator[Statement]:
    """Yield what the people of the organisation did, in order of time; the same ``seed`` gives the same statements."""
    plans = chain.from_iterable(_plans(person, seed) for person in range(people))
    for plan in sorted(plans):
        made = _statement(plan, seed)
        yield made
        if _number(seed, "void", plan.person, plan.about, plan.turn, plan.kind) % _VOID_EVERY == 0:
            yield _voiding(made, plan)


def _plans(person: int, seed: int) -> Iterator[_Plan]:
    kinds = [("exam", name) for name in _EXAMS] + [("drill", name) for name in _DRILLS]
    kinds += [("course", name) for name in _COURSES] + [("watched", name) for name in _COURSES]
    kinds += [("observed", "rescue")] if _number(seed, "observed", person) % 3 else []
    kinds += [("exam", "assessor")] if _is_one(person, _ASSESSORS) else []
    kinds += [("waived", "deck-course")] if _is_one(person, _WAIVED) else []
    for kind, about in kinds:
        turns = 1 if kind == "waived" else 1 + _number(seed, "turns", person, kind, about) % 4
        for turn in range(turns):
            yield _Plan(_when(seed, person, kind, about, turn), person, kind, about, turn)


def _when(seed: int, *about: object) -> datetime:
    number = _number(seed, "when", *about)
    day, second = number % _DAYS, number // _DAYS % 28_800
    return BEGIN + timedelta(days=day, seconds=second)


def _score(plan: _Plan, seed: int) -> int:
    """Return a score in hundredths: people learn, some faster than others."""
    talent = 45 + _number(seed, "talent", plan.person, plan.about) % 40
    luck = _number(seed, "luck", plan.person, plan.kind, plan.about, plan.turn) % 25
    return min(100, talent + luck)


def _statement(plan: _Plan, seed: int) -> Statement:
    name = f"{seed} {plan.person} {plan.kind} {plan.about} {plan.turn}"
    made: Statement = {"id": str(uuid5(NAMESPACE_URL, f"{_SITE}/statements/{name}")), "actor": agent(plan.person)}
    made |= _told(plan, _score(plan, seed))
    return {**made, "timestamp": plan.at.isoformat().replace("+00:00", "Z")}


def _told(plan: _Plan, hundredths: int) -> Statement:
    if plan.kind == "observed":
        return _observed(plan, hundredths)
    if plan.kind == "watched":
        return {"verb": _verb("experienced"), "object": _activity(plan.about)}
    if plan.kind == "waived":
        return {"verb": {"id": "https://w3id.org/xapi/adl/verbs/waived"}, "object": _activity(plan.about)}
    passed = hundredths >= _PASSED_FROM
    result: dict[str, Any] = {"score": {"scaled": hundredths / 100}}
    if plan.kind == "drill":
        return {"verb": _verb("scored"), "object": _activity(f"{plan.about}-drill"), "result": result}
    about = plan.about if plan.kind == "course" else f"{plan.about}-exam"
    told: Statement = {"verb": _verb("passed" if passed else "failed"), "object": _activity(about)}
    told["result"] = {**result, "success": passed}
    if plan.about == "complaints":
        registration = uuid5(NAMESPACE_URL, f"{_SITE}/registrations/{plan.person} {plan.turn // 2}")
        told["context"] = {"registration": str(registration)}
    return told


def _observed(plan: _Plan, hundredths: int) -> Statement:
    """Return that an assessor observed somebody: here the actor is the assessor."""
    assessor = plan.person - plan.person % _ASSESSORS[0]
    rubric = next(step for least, step in _RUBRIC if hundredths >= least)
    result = {"success": True, "extensions": {f"{_SITE}/ext/rubric": rubric}}
    verb = {"id": f"{_SITE}/verbs/observed"}
    return {"actor": agent(assessor), "verb": verb, "object": agent(plan.person), "result": result}


def _voiding(target: Statement, plan: _Plan) -> Statement:
    return {
        "id": str(uuid5(NAMESPACE_URL, f"{target['id']} voided")),
        "actor": {"objectType": "Agent", "account": {"homePage": HOME_PAGE, "name": "office"}},
        "verb": _verb("voided"),
        "object": {"objectType": "StatementRef", "id": target["id"]},
        "timestamp": (plan.at + timedelta(days=3)).isoformat().replace("+00:00", "Z"),
    }


def _verb(name: str) -> dict[str, Any]:
    return {"id": f"{_ADL}/{name}", "display": {"en": name}}


def _activity(name: str) -> dict[str, Any]:
    return {"objectType": "Activity", "id": f"{_SITE}/activities/{name}"}
