"""People, their states, their evidence trails, and who has what in a competency."""

import json
import time
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from acceptance.competency.conftest import LEARNERS, Course
from integration.projector.course import COMPETENCY, learner, statement_id

IRI = quote(COMPETENCY, safe="")


def trail(course: Course, number: int) -> dict[str, Any]:
    return course.get(f"people/{course.person(number)}/competencies/{IRI}/trail")


def refused(course: Course, path: str, status: int) -> dict[str, Any]:
    reply = course.served.client.get(f"/api/v1/{path}")
    assert reply.status_code == status, reply.text
    body: dict[str, Any] = reply.json()
    assert set(body) == {"error", "message", "faults"}
    return body


def test_a_person_is_found_by_agent_and_by_identifier_alike(course: Course) -> None:
    by_agent = course.get("people", agent=json.dumps(learner(1)))
    assert by_agent == {"people": [{"personId": course.person(1)}]}
    assert course.get("people", identifier="mailto:nobody@example.org") == {"people": []}


@pytest.mark.parametrize("query", ["", "?agent={}&identifier=x", "?agent=nojson", "?agent=[]", "?who=x"])
def test_a_question_about_nobody_in_particular_is_refused(course: Course, query: str) -> None:
    refused(course, f"people{query}", 400)


def test_a_finished_course_is_mastered_and_a_voided_finish_is_not(course: Course) -> None:
    finished = course.get(f"people/{course.person(1)}/competencies")
    assert finished["personId"] == course.person(1)
    assert isinstance(finished["states"], list)
    body = finished["states"][0]["body"]
    assert (body["status"], body["level"], body["competency"]["iri"]) == ("mastered", "finished", COMPETENCY)
    voided = course.get(f"people/{course.person(2)}/competencies")["states"]
    assert isinstance(voided, list)
    assert (voided[0]["body"]["status"], voided[0]["body"]["level"]) == ("in_progress", "started")


def test_a_person_id_that_nobody_has_is_not_found_and_nonsense_is_refused(course: Course) -> None:
    refused(course, f"people/{uuid4()}/competencies", 404)
    refused(course, f"people/{uuid4()}/competencies/{IRI}/trail", 404)
    refused(course, "people/learner-1/competencies", 400)
    refused(course, f"people/{course.person(1)}/competencies/{quote('urn:other', safe='')}/trail", 404)


def test_the_trail_shows_every_statement_with_its_place_and_its_end(course: Course) -> None:
    told = trail(course, 2)
    assert told["body"]["policy"]["version"] == "1.0.0"
    assert len(told["body"]["policy"]["sha256"]) == 64
    steps = {step["statement"]: step for step in told["steps"]}
    voided = steps[str(statement_id(101))]
    assert (voided["result"], voided["reason"], voided["rule"]) == ("withdrawn", "VOIDED", "completed")
    counted = [step for step in told["steps"] if step["result"] == "accepted"]
    assert {step["rule"] for step in counted} == {"played"}
    assert [step["value"] for step in counted] == ["0.5000"] * len(counted)
    assert all(isinstance(step["position"], int) for step in told["steps"])


def test_every_step_of_the_trail_gets_its_leaf(course: Course) -> None:
    deadline = time.monotonic() + 60
    while any(step["leafIndex"] is None for step in trail(course, 1)["steps"]):
        assert time.monotonic() < deadline, "no leaf in time"
        time.sleep(0.2)
    for step in trail(course, 1)["steps"]:
        while (reply := course.served.client.get(f"/log/proof/{step['leafIndex']}")).status_code == 404:
            assert time.monotonic() < deadline, "no checkpoint over the leaf in time"
            time.sleep(0.2)
        assert reply.status_code == 200
        assert f"index {step['leafIndex']}\n" in reply.text


def test_everybody_in_a_competency_is_listed_page_by_page(course: Course) -> None:
    whole = course.get(f"competencies/{IRI}/states", limit="1000")
    assert isinstance(whole["states"], list)
    assert (len(whole["states"]), whole["more"]) == (LEARNERS, False)
    first = course.get(f"competencies/{IRI}/states", limit="3")
    rest = course.get(f"competencies/{IRI}/states", limit="3", after=str(first["next"]))
    assert isinstance(first["states"], list)
    assert isinstance(rest["states"], list)
    assert (first["more"], rest["more"]) == (True, False)
    assert first["states"] + rest["states"] == whole["states"]
    assert course.get(f"competencies/{quote('urn:other', safe='')}/states")["states"] == []


def test_the_projection_says_how_far_it_is_and_what_it_amounts_to(course: Course) -> None:
    course.wait_until_folded()
    told = course.get("projection", hash="true")
    assert (told["version"], told["lag"], told["states"]) == (1, 0, LEARNERS)
    assert len(str(told["sha256"])) == 64
    assert told["stoppedAt"] is None
    assert "sha256" not in course.get("projection")
    refused(course, "projection?hash=yes", 400)
