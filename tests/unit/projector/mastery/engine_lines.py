"""Short ways to say policies and entries in the tests of the mastery engine."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from projector.mastery.trial import Question, run

SCORED = "http://adlnet.gov/expapi/verbs/scored"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
EXAM = "https://a.example/exam"
COMPETENCY = "https://a.example/c"
ANA = {"mbox": "mailto:ana@a.example"}
BEN = {"mbox": "mailto:ben@a.example"}

RULE = {
    "id": "exam",
    "kind": "assessment",
    "match": {"verb": [SCORED], "activity": [EXAM]},
    "score": {"from": ["scaled", "raw", "success"]},
}


def policy(**changes: Any) -> dict[str, Any]:
    """A policy with two levels over one exam, with the named members put in or, where None, left out."""
    document: dict[str, Any] = {
        "apiVersion": "mastrail/v1",
        "kind": "MasteryPolicy",
        "id": "https://a.example/policy",
        "version": "1.0.0",
        "competency": COMPETENCY,
        "framework": {"id": "https://a.example/f", "version": "1"},
        "effectiveFrom": "2026-01-01T00:00:00Z",
        "scale": [{"level": 1, "id": "novice", "min": "0.40"}, {"level": 2, "id": "proficient", "min": "0.70"}],
        "masteryLevel": "proficient",
        "evidence": [RULE],
        "method": {"type": "latest"},
    }
    document.update(changes)
    return {name: value for name, value in document.items() if value is not None}


def statement_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def day(number: int) -> str:
    """A day of 2026 at midnight: 1 is New Year."""
    return datetime.fromordinal(datetime(2025, 12, 31, tzinfo=UTC).toordinal() + number).strftime("%Y-%m-%dT00:00:00Z")


def scored(number: int, score: str | None, at: str, *, actor: Mapping[str, Any] = ANA, **more: Any) -> dict[str, Any]:
    """An exam result; ``more`` replaces members of the statement."""
    statement: dict[str, Any] = {
        "id": statement_id(number),
        "actor": dict(actor),
        "verb": {"id": SCORED},
        "object": {"id": EXAM},
        "timestamp": at,
        "result": {} if score is None else {"score": {"scaled": Decimal(score)}},
    }
    return {**statement, **more}


def voiding(number: int, target: int, at: str) -> dict[str, Any]:
    return {
        "id": statement_id(number),
        "actor": {"mbox": "mailto:admin@a.example"},
        "verb": {"id": VOIDED},
        "object": {"objectType": "StatementRef", "id": statement_id(target)},
        "timestamp": at,
    }


def answers(lines: list[dict[str, Any]], *policies: dict[str, Any], **axes: Any) -> list[dict[str, Any]]:
    return list(run(lines, Question(policies or (policy(),), **axes)))


def all_events(lines: list[dict[str, Any]], *policies: dict[str, Any]) -> list[dict[str, Any]]:
    return [event for answer in answers(lines, *policies) for event in answer.get("events", [])]


def name(event: Mapping[str, Any]) -> str:
    return event["type"].removeprefix("mastrail.mastery.").removesuffix(".v1")


def last_names(lines: list[dict[str, Any]], *policies: dict[str, Any]) -> list[str]:
    """The names of the events that the last line caused."""
    found = answers(lines, *policies)
    caused = {answer["position"]: answer["events"] for answer in found if "position" in answer}
    return [name(event) for event in caused.get(len(lines), [])]


def last_event(kind: str, lines: list[dict[str, Any]], *policies: dict[str, Any]) -> dict[str, Any]:
    """The last event of that name."""
    return [event for event in all_events(lines, *policies) if name(event) == kind][-1]


def only_state(lines: list[dict[str, Any]], *policies: dict[str, Any], **axes: Any) -> dict[str, Any]:
    (state,) = answers(lines, *policies, **axes)[-1]["states"]
    return state
