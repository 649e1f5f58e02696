"""Roles, goals and assignments are checked against what is published; lists of assignments are taken whole or not."""

from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
import pytest

from integration.projector.course import COMPETENCY, FRAMEWORK, POLICY
from projector.mastery.identity import agent_of, identifier, identifier_of_text
from projector.registry.append import By
from projector.registry.assignments import assign, import_assignments, read_csv
from projector.registry.commands import (
    activate_policy,
    change_alignment,
    publish_framework,
    publish_goal,
    publish_role,
)
from projector.registry.faults import InvalidDocument
from unit.projector.registry.listed_log import ListedLog
from unit.projector.registry.test_what_the_engine_folds import ALIGNMENT, ROLE

BY = By("ada", "because")
GOAL: dict[str, Any] = {
    "apiVersion": "mastrail/v1",
    "kind": "Goal",
    "id": "https://example.org/goals/1",
    "version": "1.0.0",
    "title": "A goal",
    "competencies": [{"competency": COMPETENCY, "weight": 2}],
    "roles": [ROLE["id"]],
}
ASSIGNMENT: dict[str, Any] = {
    "apiVersion": "mastrail/v1",
    "kind": "Assignment",
    "person": {"mbox": "mailto:ada@example.org", "name": "Ada"},
    "role": ROLE["id"],
    "from": "2026-01-01",
}
CSV = b"person,team,role,from,until\nmailto:ada@example.org,urn:team:1,https://example.org/roles/learner,2026-01-01,\nhttps://example.org::bob,urn:team:1,,2026-02-01,2026-03-01\n"


@pytest.fixture
def new_id() -> Callable[[], UUID]:
    numbers = count()
    return lambda: uuid5(NAMESPACE_URL, str(next(numbers)))


@pytest.fixture
def log() -> ListedLog:
    log = ListedLog()
    publish_framework(log, FRAMEWORK, BY)
    activate_policy(log, POLICY, BY)
    publish_role(log, ROLE, BY)
    return log


def refused(command: Callable[[], object]) -> list[str]:
    with pytest.raises(InvalidDocument) as error:
        command()
    return [fault.pointer for fault in error.value.faults]


def role(**members: Any) -> dict[str, Any]:
    return {**ROLE, "version": "2.0.0", **members}


def needs(**members: Any) -> list[dict[str, Any]]:
    return [{"competency": COMPETENCY, "level": 1, **members}]


@pytest.mark.parametrize(
    ("members", "pointers"),
    [
        ({"requires": needs(competency="urn:unknown")}, ["/requires/0/competency"]),
        ({"requires": needs(level=3)}, ["/requires/0/level"]),
        ({"requires": needs(weight=0)}, ["/requires"]),
        ({"requires": needs() * 2}, ["/requires/1/competency"]),
        ({"requires": needs(level=0)}, ["/requires/0/level"]),
        ({"requires": []}, ["/requires"]),
        ({"effectiveFrom": "soon"}, ["/effectiveFrom"]),
    ],
)
def test_a_role_that_nobody_could_fill_is_refused(log: ListedLog, members: dict[str, Any], pointers: list[str]) -> None:
    assert refused(lambda: publish_role(log, role(**members), BY)) == pointers


@pytest.mark.parametrize(
    ("members", "pointers"),
    [
        ({"competencies": [{"competency": "urn:unknown"}]}, ["/competencies/0/competency"]),
        ({"roles": ["urn:unknown"]}, ["/roles/0"]),
        ({"competencies": [{"competency": COMPETENCY, "weight": 0}]}, ["/competencies"]),
        ({"competencies": [], "roles": []}, ["/competencies"]),
    ],
)
def test_a_goal_that_rests_on_nothing_known_is_refused(
    log: ListedLog, members: dict[str, Any], pointers: list[str]
) -> None:
    assert refused(lambda: publish_goal(log, {**GOAL, **members}, BY)) == pointers
    assert publish_goal(log, GOAL, BY).is_new


def test_an_alignment_to_nothing_known_is_refused(log: ListedLog, new_id: Callable[[], UUID]) -> None:
    document = {**ALIGNMENT, "competencies": [COMPETENCY, "urn:unknown"]}
    assert refused(lambda: change_alignment(log, document, BY, new_id=new_id)) == ["/competencies/1"]


def test_a_policy_that_stands_on_nothing_known_is_refused(log: ListedLog) -> None:
    document = {
        **POLICY,
        "version": "2.0.0",
        "prerequisites": {"expr": {"any": [{"competency": "urn:unknown"}, {"competency": "urn:other"}]}},
    }
    pointers = ["/prerequisites/expr/any/0/competency", "/prerequisites/expr/any/1/competency"]
    assert refused(lambda: activate_policy(log, document, BY)) == pointers


@pytest.mark.parametrize(
    ("members", "pointers"),
    [
        ({"role": "urn:unknown"}, ["/role"]),
        ({"role": None}, ["/role"]),
        ({"person": {"name": "Ada"}}, ["/person"]),
        ({"from": "2026-02-30"}, ["/from"]),
        ({"until": "2025-12-31"}, ["/until"]),
        ({"colour": "red"}, ["/colour"]),
    ],
)
def test_a_bad_assignment_is_refused(
    log: ListedLog, new_id: Callable[[], UUID], members: dict[str, Any], pointers: list[str]
) -> None:
    assert refused(lambda: assign(log, {**ASSIGNMENT, **members}, BY, new_id=new_id)) == pointers


def test_an_assignment_names_nobody_in_the_log(log: ListedLog, new_id: Callable[[], UUID]) -> None:
    assign(log, ASSIGNMENT, BY, new_id=new_id)
    assert orjson.loads(log.entries[-1].payload)["document"]["person"] == {"mbox": "mailto:ada@example.org"}


def test_a_list_is_taken_once_and_changes_are_told(log: ListedLog, new_id: Callable[[], UUID]) -> None:
    rows = read_csv(CSV)
    tried = import_assignments(log, rows, BY, new_id=new_id, dry_run=True)
    assert (tried.new, tried.changed, tried.unchanged, len(log.entries)) == (2, 0, 0, 3)
    done = import_assignments(log, rows, BY, new_id=new_id)
    assert (done.new, done.positions) == (2, [4, 5])
    again = import_assignments(log, rows, BY, new_id=new_id)
    assert (again.new, again.unchanged, len(log.entries)) == (0, 2, 5)
    ended = [{**rows[0], "until": "2026-06-01"}, rows[1]]
    changed = import_assignments(log, ended, BY, new_id=new_id)
    assert (changed.new, changed.changed, changed.unchanged) == (0, 1, 1)


def test_every_bad_row_is_told_and_none_is_taken(log: ListedLog, new_id: Callable[[], UUID]) -> None:
    rows = [*read_csv(CSV), {**ASSIGNMENT, "role": "urn:unknown"}, {**ASSIGNMENT, "from": "then"}]
    pointers = refused(lambda: import_assignments(log, rows, BY, new_id=new_id))
    assert pointers[0] == "/2/role"
    assert set(pointers[1:]) == {"/3/from"}
    assert len(log.entries) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"person,team\n",
        b"person,from,salary\n",
        b"",
        b"person,from\nmailto:a@b.c,2026-01-01,extra\n",
        b"person,from\n\xff,x\n",
        b'person,from\n"a,2026',
    ],
)
def test_what_is_no_list_of_assignments_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidDocument):
        read_csv(content)


@pytest.mark.parametrize(
    ("text", "agent"),
    [
        ("mailto:a@b.c", {"mbox": "mailto:a@b.c"}),
        ("https://hr.example::7", {"account": {"homePage": "https://hr.example", "name": "7"}}),
        ("a" * 40, {"mbox_sha1sum": "a" * 40}),
        ("https://id.example/ada", {"openid": "https://id.example/ada"}),
    ],
)
def test_a_person_is_written_as_their_identifier(text: str, agent: dict[str, Any]) -> None:
    assert agent_of(text) == agent
    assert identifier_of_text(text) == identifier(agent)
