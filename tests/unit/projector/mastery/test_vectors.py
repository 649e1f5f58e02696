"""Every worked case of ``tests/vectors/mastery``."""

from datetime import datetime
from typing import Any

import jsonschema_rs
import pytest

from lrs.contracts import load_schemas
from projector.mastery.faults import InvalidDocument, Refused
from projector.mastery.trial import Question, run
from unit.projector.mastery.engine_lines import name
from unit.projector.mastery.engine_vectors import (
    BASE,
    agent,
    aliases,
    cases,
    credential_rule,
    document,
    instant,
    line_of,
    role,
)

EVENT_SCHEMA = jsonschema_rs.validator_for(load_schemas("events")["mastery-event"], validate_formats=True)


def _answers(case: dict[str, Any], left_out: list[str]) -> list[dict[str, Any]]:
    def leave_out(refused: Refused) -> None:
        left_out.append(refused.pointer)

    as_of = case.get("as_of")
    question = Question(
        [document(changes) for changes in case.get("policies", [{}])],
        [role(changes) for changes in case.get("roles", [])],
        None if as_of is None else datetime.fromisoformat(instant(as_of)),
        case.get("known_at"),
        [
            *(aliases(changes) for changes in case.get("aliases", [])),
            *(credential_rule(changes) for changes in case.get("credentials", [])),
        ],
    )
    lines = [line_of(line) for line in case["lines"]]
    return list(run(lines, question, leave_out if "left_out" in case else None))


def _short(told: Any) -> Any:
    return told.removeprefix(BASE) if isinstance(told, str) else told


def _check_state(state: dict[str, Any], wanted: dict[str, Any]) -> None:
    for member, value in wanted.items():
        if member == "evidence":
            found = [one["result"] + (f" {one['reason']}" if "reason" in one else "") for one in state["evidence"]]
            assert found == value
        elif member.endswith(("At", "Until")):
            assert state[member] == instant(value), member
        else:
            assert state[member] == value, member


def _check_states(answer: dict[str, Any], wanted: dict[str, Any]) -> None:
    found = {}
    for state in answer["states"]:
        person = state["person"].removeprefix("mailto:").removesuffix("@a.example")
        found[f"{person} {_short(state['competency'])}"] = state
    for who, members in wanted.items():
        key = who if " " in who else f"{who} c"
        if members is None:
            assert key not in found
        else:
            assert key in found, sorted(found)
            _check_state(found[key], members)


def _check_events(answers: list[dict[str, Any]], wanted: dict[int, list[Any]]) -> None:
    caused = {answer["position"]: answer["events"] for answer in answers if "position" in answer}
    for position, names in wanted.items():
        found = []
        for event, want in zip(caused.get(position, []), [*names, *[""] * 50], strict=False):
            told = name(event)
            if isinstance(want, dict):
                (members,) = want.values()
                told = {told: {member: _member(event, member) for member in members}}
            found.append(told)
        assert found == [_wanted(one) for one in names], position


def _member(event: dict[str, Any], member: str) -> Any:
    if member == "time":
        return event["time"]
    if member == "competency":
        return _short(event["data"]["competency"]["iri"])
    if member in ("status", "level"):
        return event["data"]["current"][member]
    if member == "credential":
        return _short(event["data"]["credential"]["id"])
    if member == "code":
        return event["data"]["cause"]["code"]
    return event["data"].get(member)


def _wanted(want: Any) -> Any:
    if not isinstance(want, dict):
        return want
    return {
        told: {
            member: instant(value) if member in ("time", "invalidFrom") else value for member, value in members.items()
        }
        for told, members in want.items()
    }


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    if "refused" in case:
        with pytest.raises(InvalidDocument) as refused:
            _answers(case, [])
        assert refused.value.pointer == case["refused"]
        return
    left_out: list[str] = []
    answers = _answers(case, left_out)
    assert left_out == case.get("left_out", [])
    for answer in answers[:-1]:
        for event in answer["events"]:
            EVENT_SCHEMA.validate(event)
    _check_states(answers[-1], case.get("states", {}))
    _check_events(answers, case.get("events", {}))
    if "credential_answers" in case:
        told = [
            {"person": agent(one["person"])["mbox"], "eligible": one["eligible"], "since": instant(one["since"])}
            for one in case["credential_answers"]
        ]
        assert answers[-1]["credentials"] == [{**one, "credential": BASE + "credential"} for one in told]
    if "role_answers" in case:
        found = [
            {**told, "person": told["person"].removeprefix("mailto:").removesuffix("@a.example")}
            for told in answers[-1]["roles"]
        ]
        wanted = [
            {
                **told,
                "gaps": {BASE + key: value for key, value in told["gaps"].items()},
                "critical": [BASE + key for key in told["critical"]],
            }
            for told in case["role_answers"]
        ]
        assert [{key: value for key, value in told.items() if key != "role"} for told in found] == wanted
