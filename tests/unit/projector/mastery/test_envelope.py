"""The envelope of an event: CloudEvents 1.0, opaque people, and what every transition says of itself (section 14)."""

import json
from typing import Any
from uuid import UUID, uuid5

import pytest

from projector.mastery.canonical import own_canonical, own_sha256
from projector.mastery.trial import NAMESPACE, Question, Trial
from projector.mastery.views import person, state
from unit.projector.mastery.engine_lines import (
    ANA,
    BEN,
    COMPETENCY,
    all_events,
    day,
    last_event,
    name,
    policy,
    scored,
    voiding,
)

LINES = [scored(1, "0.9", day(10), stored=day(12)), scored(2, "0.3", day(20)), voiding(3, 2, day(30))]
NAMES = {
    "evidence.accepted",
    "evidence.withdrawn",
    "level.reached",
    "level.lost",
    "attained",
    "declined",
    "reinstated",
}


def test_source_subject_key_and_times_say_whose_what_and_when() -> None:
    attained = last_event("attained", LINES)
    assert attained["source"] == f"urn:mastrail:default:person:{attained['data']['personId']}"
    assert attained["partitionkey"] == f"default:{attained['data']['personId']}"
    assert attained["subject"] == COMPETENCY
    assert (attained["time"], attained["recordedtime"]) == (day(10), day(12))
    assert attained["type"] == "mastrail.mastery.attained.v1"
    assert attained["sequence"] == "00000000000000000003"
    assert {name(event) for event in all_events(LINES)} == NAMES


def test_the_id_is_made_of_position_person_competency_type_and_ordinal() -> None:
    attained = last_event("attained", LINES)
    about = [1, attained["data"]["personId"], COMPETENCY, attained["type"], 0]
    assert UUID(attained["id"]) == uuid5(NAMESPACE, own_canonical(about).decode())


def test_only_opaque_ids_of_people_travel() -> None:
    for event in all_events([*LINES, scored(4, "0.9", day(40), actor=BEN)]):
        assert "a.example/c" in json.dumps(event)
        assert "ana@" not in json.dumps(event)
        assert "ben@" not in json.dumps(event)


def test_a_transition_names_its_cause_its_policy_and_its_evidence() -> None:
    declined = last_event("declined", LINES)["data"]
    assert declined["cause"] == {"code": "EVIDENCE", "position": 2, "statementId": LINES[1]["id"]}
    assert declined["policy"].keys() == {"id", "version", "sha256"}
    assert declined["competency"]["iri"] == COMPETENCY
    assert declined["evidence"]["count"] == 2
    assert declined["evidence"]["ids"] == [LINES[0]["id"], LINES[1]["id"]]
    assert (declined["previous"]["status"], declined["current"]["status"]) == ("mastered", "in_progress")


def test_of_much_evidence_the_newest_fifty_are_named() -> None:
    lines = [scored(number, "0.9", day(number)) for number in range(1, 61)]
    evidence = last_event("evidence.accepted", lines)["data"]["evidence"]
    assert evidence["count"] == 60
    assert evidence["ids"] == [line["id"] for line in lines[10:]]


def test_the_hash_of_a_state_covers_its_body_and_not_how_it_came_about() -> None:
    told: list[dict[str, Any]] = []
    for lines in (LINES[:1], [{"entry": "ClockAdvanced", "now": day(1)}, *LINES[:1]]):
        trial = Trial(Question([policy()]))
        events = [event for position, line in enumerate(lines, start=1) for event in trial.take(position, line)]
        found = state(trial.documents, str(person(trial.documents, ANA)), COMPETENCY)
        assert found["stateSha256"] == own_sha256(found["body"]) == events[-1]["data"]["stateSha256"]
        told.append(found)
    assert told[0]["body"] == told[1]["body"]
    assert told[0]["meta"]["position"] != told[1]["meta"]["position"]


@pytest.mark.parametrize("entry", ["PolicyActivated", "FrameworkPublished"])
def test_what_is_about_nobody_is_on_the_stream_of_the_tenant(entry: str) -> None:
    framework = {"apiVersion": "mastrail/v1", "kind": "Framework", "id": "urn:f", "version": "1", "title": "F"}
    line: dict[str, Any] = {"entry": entry, "recorded": day(1)}
    if entry == "PolicyActivated":
        line["policy"] = policy(version="1.1.0")
    else:
        line["document"] = {**framework, "items": [{"id": "urn:i", "statement": "s"}]}
    (event,) = all_events([line])
    assert (event["source"], event["partitionkey"]) == ("urn:mastrail:default", "default")
    assert event["data"]["personId"] is None
