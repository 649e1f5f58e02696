"""A policy is tried on a file, without a store (rule book, sections 16 and 18)."""

import json
from pathlib import Path
from typing import Any

import pytest

from acceptance.cli.commanding import EXAMPLES, Commands, Done, ndjson, sample

LOCKOUT = EXAMPLES / "policy-lockout.yaml"
LIFTING = EXAMPLES / "policy-lifting.yaml"


def tried(mastrail: Commands, *more: str | Path, entries: str | Path = EXAMPLES / "statements.ndjson") -> Done:
    return mastrail("policy", "try", entries, "--policy", LOCKOUT, "--policy", LIFTING, *more)


def states(done: Done) -> dict[tuple[str, str], dict[str, Any]]:
    assert done.code == 0, done.err
    last = json.loads(done.lines[-1])
    assert last["roles"] == []
    return {(state["person"].split("@")[0], state["competency"].rsplit("/", 1)[1]): state for state in last["states"]}


def shown(state: dict[str, Any]) -> tuple[str, str | None, str | None]:
    return state["status"], state["level"], state["value"]


def test_the_sample_course_gives_the_states_that_its_comments_promise(mastrail: Commands) -> None:
    found = states(tried(mastrail))
    assert {key: shown(state) for key, state in found.items()} == {
        ("mailto:ana", "lockout"): ("mastered", "expert", "0.9700"),
        ("mailto:ana", "lifting"): ("mastered", "proficient", "0.7500"),
        ("mailto:bo", "lockout"): ("not_started", None, None),
        ("mailto:bo", "lifting"): ("in_progress", None, None),
        ("mailto:chidi", "lockout"): ("mastered", "proficient", "0.8100"),
        ("mailto:chidi", "lifting"): ("mastered", "proficient", "0.8333"),
        ("mailto:dana", "lockout"): ("mastered", "proficient", "0.8500"),
        ("mailto:dana", "lifting"): ("in_progress", None, None),
    }


def test_the_voided_exam_is_withdrawn_and_the_late_drill_counts(mastrail: Commands) -> None:
    found = states(tried(mastrail))
    (voided,) = found["mailto:bo", "lockout"]["evidence"]
    assert (voided["result"], voided["reason"]) == ("withdrawn", "VOIDED")
    assert found["mailto:chidi", "lifting"]["attainedAt"] == "2025-03-06T08:40:00Z"


def test_events_come_with_the_position_of_their_line(mastrail: Commands) -> None:
    lines = [json.loads(line) for line in tried(mastrail).lines[:-1]]
    assert [line["position"] for line in lines] == sorted(line["position"] for line in lines)
    types = {event["type"] for line in lines if line["position"] == 25 for event in line["events"]}
    assert "mastrail.mastery.revoked.v1" in types
    assert all(event["specversion"] == "1.0" for line in lines for event in line["events"])


def test_known_at_uses_only_the_first_lines(mastrail: Commands) -> None:
    before_the_voiding = states(tried(mastrail, "--known-at", "24"))
    assert shown(before_the_voiding["mailto:bo", "lockout"]) == ("mastered", "proficient", "0.9200")


def test_lines_that_a_store_would_not_keep_are_left_out_with_a_warning(mastrail: Commands) -> None:
    statements = sample()
    good = ndjson(statements[:10])
    given = (
        b"{not json\n"
        + ndjson([{**statements[0], "verb": {}}])
        + good
        + ndjson([statements[0]])
        + ndjson(statements[10:])
    )
    (mastrail.folder / "given.ndjson").write_bytes(given)
    done = tried(mastrail, entries="given.ndjson")
    assert done.out == tried(mastrail).out
    assert [line.split(" is left out")[0] for line in done.err.splitlines()] == [
        "warning: line 1",
        "warning: line 2",
        "warning: line 13",
    ]


def test_an_invalid_policy_ends_with_2_and_the_json_pointer(mastrail: Commands, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(LOCKOUT.read_text(encoding="utf-8").replace('"0.80"', '"1.80"'), encoding="utf-8")
    done = mastrail("policy", "try", EXAMPLES / "statements.ndjson", "--policy", bad)
    assert (done.code, done.out) == (2, "")
    assert "bad.yaml" in done.err
    assert "/scale/1/min" in done.err


@pytest.mark.parametrize(
    ("entry", "pointer"),
    [
        ({"entry": "ClockAdvanced"}, "/now"),
        ({"entry": "ClockAdvanced", "now": "soon"}, "/now"),
        ({"entry": "LearnerErased", "person": {"mbox": "mailto:a@b.example"}, "recorded": "never"}, "/recorded"),
        ({"entry": "Decision", "person": {"mbox": "mailto:a@b.example"}, "competency": "urn:c"}, "/action"),
        ({"entry": "PersonsMerged", "survivor": {"mbox": "mailto:a@b.example"}}, "/merged"),
        ({"entry": "RolePublished", "document": {"kind": "Role"}}, "/apiVersion"),
        ({"entry": "Teleported"}, "/entry"),
    ],
)
def test_an_entry_that_a_store_would_not_take_is_left_out_with_the_json_pointer_and_gets_no_position(
    mastrail: Commands, entry: dict[str, Any], pointer: str
) -> None:
    statements = sample()
    (mastrail.folder / "wrong.ndjson").write_bytes(ndjson([statements[0], entry, *statements[1:]]))
    done = tried(mastrail, entries="wrong.ndjson")
    assert done.out == tried(mastrail).out
    assert done.err.startswith(f"warning: line 2 is left out: {pointer}: ")
    assert "Traceback" not in done.err


def test_an_invalid_policy_in_an_entry_ends_with_2_its_place_and_the_json_pointer(mastrail: Commands) -> None:
    wrong = {"entry": "PolicyActivated", "policy": {"kind": "MasteryPolicy"}}
    (mastrail.folder / "wrong.ndjson").write_bytes(ndjson([{"entry": "ClockAdvanced", "now": "2025-01-01"}, wrong]))
    done = tried(mastrail, entries="wrong.ndjson")
    assert done.code == 2
    assert "entry 2: /evidence: " in done.err


def test_an_erasure_that_a_legal_hold_refuses_is_left_out_and_names_the_policy_and_nobody(mastrail: Commands) -> None:
    held = mastrail.folder / "held.yaml"
    held.write_text(LOCKOUT.read_text(encoding="utf-8") + "legalHold: true\n", encoding="utf-8")
    erased = {"entry": "LearnerErased", "person": sample()[0]["actor"], "recorded": "2026-01-01T00:00:00Z"}
    (mastrail.folder / "erased.ndjson").write_bytes(ndjson([*sample(), erased]))
    words = ("--policy", held, "--policy", LIFTING)
    done = mastrail("policy", "try", "erased.ndjson", *words)
    assert states(done) == states(mastrail("policy", "try", EXAMPLES / "statements.ndjson", *words))
    assert "is left out: /person: policy " in done.err
    assert "legal hold" in done.err
    assert "mailto:" not in done.err


@pytest.mark.parametrize("content", ["[1, 2]", "a: [", "a: &x 1\nb: *x"])
def test_a_file_that_is_no_document_is_refused(mastrail: Commands, tmp_path: Path, content: str) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(content, encoding="utf-8")
    done = mastrail("policy", "try", EXAMPLES / "statements.ndjson", "--policy", bad)
    assert done.code == 2
    assert "bad.yaml" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("seed", ["1", "77"])
def test_the_output_does_not_depend_on_the_hash_seed(mastrail: Commands, seed: str) -> None:
    words = ("policy", "try", "-", "--policy", LOCKOUT, "--policy", LIFTING)
    given = (EXAMPLES / "statements.ndjson").read_bytes()
    environment = {"PYTHONHASHSEED": seed, "TZ": "Pacific/Kiritimati", "LC_ALL": "C"}
    assert mastrail.apart(*words, given=given, environment=environment).out == tried(mastrail).out
