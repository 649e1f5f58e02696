"""GET /api/v1/mastery-events: in order, once, by a cursor, and nothing about who the people are."""

import threading
import time
from collections import defaultdict
from typing import Any

import httpx
import jsonschema
import pytest

from acceptance.competency.conftest import Course
from integration.projector.course import COMPLETED, statement
from lrs.contracts import load_schemas


def all_events(course: Course, limit: int) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    cursor, more = "", True
    while more:
        page = course.get("mastery-events", limit=str(limit), **({"after": cursor} if cursor else {}))
        assert isinstance(page["events"], list)
        events.extend(page["events"])
        cursor, more = str(page["next"]), bool(page["more"])
    return events


def test_pages_of_any_size_tell_the_same_events_in_the_same_order(course: Course) -> None:
    whole = all_events(course, 1000)
    assert len(whole) > 15
    assert all_events(course, 3) == whole
    assert len({event["id"] for event in whole}) == len(whole)


def test_every_persons_sequence_is_contiguous_and_says_what_happened(course: Course) -> None:
    by_person = defaultdict(list)
    for event in all_events(course, 100):
        by_person[event["data"]["personId"]].append(event)
    first = by_person[course.person(1)]
    assert [int(event["sequence"]) for event in first] == list(range(1, len(first) + 1))
    assert "mastrail.mastery.attained.v1" in {event["type"] for event in first}
    second = [event["type"] for event in by_person[course.person(2)]]
    assert second.index("mastrail.mastery.attained.v1") < second.index("mastrail.mastery.revoked.v1")


def test_every_event_of_a_person_keeps_the_published_contract(course: Course) -> None:
    validator = jsonschema.Draft202012Validator(load_schemas("events")["mastery-event"])
    events = [event for event in all_events(course, 100) if event["data"].get("personId")]
    for event in events:
        validator.validate(event)


def test_nothing_in_the_feed_says_who_the_people_are(course: Course) -> None:
    reply = course.served.client.get("/api/v1/mastery-events", params={"limit": "1000"})
    assert "learner-" not in reply.text
    assert reply.headers["cache-control"] == "no-store"


def test_the_end_of_the_feed_is_an_empty_page_with_the_same_cursor(course: Course) -> None:
    last = str(course.get("projection")["events"])
    assert course.get("mastery-events", after=last) == {"events": [], "next": last, "more": False}


def test_a_reader_at_the_end_can_wait_for_the_next_event(course: Course) -> None:
    last = str(course.get("projection")["events"])
    late = threading.Timer(0.5, course.post, [statement(200, 3, COMPLETED)])
    begun = time.monotonic()
    late.start()
    page = course.get("mastery-events", after=last, wait="30")
    late.join()
    assert page["events"]
    assert 0.4 < time.monotonic() - begun < 25


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "100000"}, "limit"),
        ({"after": "-1"}, "after"),
        ({"after": "abc"}, "after"),
        ({"wait": "3600"}, "wait"),
        ({"cursor": "1"}, "cursor"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(course: Course, parameters: dict[str, str], said: str) -> None:
    reply = course.served.client.get("/api/v1/mastery-events", params=parameters)
    assert reply.status_code == 400
    body = reply.json()
    assert set(body) == {"error", "message", "faults"}
    assert said in str(body["faults"])


def test_no_credentials_no_events(course: Course) -> None:
    reply = httpx.get(f"{course.served.url}/api/v1/mastery-events", trust_env=False)
    assert reply.status_code == 401
    assert "www-authenticate" in reply.headers


def test_a_credential_without_the_scope_is_forbidden(course: Course) -> None:
    auth = course.served.new_credentials("writer", "statements/write")
    for path in ("mastery-events", "people?identifier=x", "projection", "people/x/competencies"):
        reply = httpx.get(f"{course.served.url}/api/v1/{path}", auth=auth, trust_env=False)
        assert reply.status_code == 403, path
        assert reply.json()["error"] == "Forbidden"
