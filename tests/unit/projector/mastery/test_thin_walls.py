"""The life of evidence under the plainest policy: accepted, late, voided, and what is published of it."""

import json
from hashlib import sha1
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from lrs.contracts import load_schemas
from projector.mastery.documents import DictDocuments
from projector.mastery.faults import InvalidDocument, UnsupportedFeature
from projector.mastery.fold import Fold
from projector.mastery.times import moment_of, parse
from unit.projector.mastery.engine_lines import (
    ANA,
    BEN,
    COMPETENCY,
    RULE,
    all_events,
    answers,
    day,
    last_event,
    last_names,
    name,
    only_state,
    policy,
    scored,
    statement_id,
    voiding,
)

PASSED_THEN_FAILED = [scored(1, "0.5", day(10)), scored(2, "0.9", day(11)), scored(3, "0.3", day(12))]
EVERYTHING = [
    *PASSED_THEN_FAILED,
    scored(4, "0.8", day(11), stored=day(14)),
    voiding(5, 3, day(15)),
    voiding(6, 2, day(16)),
    scored(7, None, day(17)),
    scored(8, "0.9", day(18), actor={"objectType": "Group", "member": [ANA, BEN]}),
]


def test_mastery_is_attained_by_the_score_that_reaches_the_level() -> None:
    lines = PASSED_THEN_FAILED[:2]
    assert last_names(lines) == ["evidence.accepted", "level.reached", "attained"]
    state = only_state(lines)
    assert (state["status"], state["level"], state["value"]) == ("mastered", "proficient", "0.9000")
    assert state["attainedAt"] == day(11)


def test_a_newer_low_score_lets_mastery_decline() -> None:
    assert last_names(PASSED_THEN_FAILED) == ["evidence.accepted", "level.lost", "declined"]
    assert last_event("declined", PASSED_THEN_FAILED)["time"] == day(12)


def test_voiding_the_low_score_reinstates_and_supersedes_the_loss() -> None:
    lines = [*PASSED_THEN_FAILED, voiding(5, 3, day(15))]
    assert last_names(lines) == ["evidence.withdrawn", "level.reached", "reinstated"]
    reinstated = last_event("reinstated", lines)
    assert reinstated["time"] == day(12)
    assert reinstated["data"]["supersedes"] == [last_event("declined", lines)["id"]]


def test_late_evidence_that_takes_mastery_from_its_beginning_supersedes_the_attainment() -> None:
    lines = [scored(1, "0.9", day(10)), scored(2, "0.3", day(5), stored=day(12))]
    mean = policy(method={"type": "weighted_mean"})
    declined = last_event("declined", lines, mean)
    assert (declined["time"], declined["data"]["late"], declined["data"]["invalidFrom"]) == (day(10), True, day(10))
    assert declined["data"]["supersedes"] == [last_event("attained", lines, mean)["id"]]
    lost = last_event("level.lost", lines, mean)
    assert lost["data"]["supersedes"] == [last_event("level.reached", lines, mean)["id"]]


def test_voiding_the_deciding_score_revokes_as_of_the_voiding_and_invalidates_since_attained() -> None:
    lines = [scored(1, "0.9", day(10)), voiding(2, 1, day(20))]
    revoked = last_event("revoked", lines)
    assert (revoked["time"], revoked["data"]["invalidFrom"]) == (day(20), day(10))
    assert only_state(lines)["evidence"][0]["result"] == "withdrawn"


def test_a_void_before_its_target_rejects_it_when_it_comes() -> None:
    lines = [voiding(2, 1, day(9)), scored(1, "0.9", day(10))]
    assert last_names(lines) == ["evidence.rejected"]
    assert only_state(lines)["evidence"][0]["reason"] == "VOIDED"


def test_a_voiding_statement_cannot_be_voided() -> None:
    lines = [scored(1, "0.9", day(10)), voiding(2, 1, day(11)), voiding(3, 2, day(12))]
    assert last_names(lines) == []
    assert only_state(lines)["status"] == "not_started"


def test_late_evidence_is_folded_where_it_belongs() -> None:
    lines = [scored(1, "0.9", day(10)), scored(2, "0.3", day(5), stored=day(20))]
    assert last_names(lines) == ["evidence.accepted"]
    late = [scored(1, "0.3", day(10)), scored(2, "0.9", day(20)), scored(3, "0.8", day(15), stored=day(30))]
    moved = last_event("reevaluated", late)
    assert moved["data"]["late"] is True
    assert moved["data"]["retroactive"] is True
    assert moved["data"]["cause"]["code"] == "LATE_EVIDENCE"
    assert only_state(late)["attainedAt"] == day(15)


def test_a_statement_in_the_future_counts_when_it_was_stored() -> None:
    lines = [scored(1, "0.9", day(40), stored=day(10))]
    assert only_state(lines)["attainedAt"] == day(10)
    assert only_state(lines)["evidence"][0]["flags"] == ["FUTURE_TIMESTAMP"]


def test_the_same_content_under_another_id_is_a_duplicate() -> None:
    lines = [scored(1, "0.9", day(10)), scored(2, "0.9", day(10))]
    assert last_names(lines) == ["evidence.rejected"]
    assert only_state(lines)["evidence"][1]["reason"] == "DUPLICATE"


def test_a_mailbox_and_its_hash_are_one_person() -> None:
    hashed = {"mbox_sha1sum": sha1(ANA["mbox"].encode()).hexdigest()}
    state = only_state([scored(1, "0.5", day(10)), scored(2, "0.9", day(11), actor=hashed)])
    assert (state["person"], state["status"]) == (ANA["mbox"], "mastered")


def test_a_group_is_nobody_and_leaves_no_state() -> None:
    lines = [scored(1, "0.9", day(10), actor={"objectType": "Group", "member": [ANA]})]
    (event,) = all_events(lines)
    assert (name(event), event["data"]["reason"], event["data"]["personId"]) == (
        "evidence.rejected",
        "GROUP_ACTOR",
        None,
    )
    assert answers(lines)[-1]["states"] == []


def test_a_policy_waits_for_its_date_and_then_takes_the_evidence_there_is() -> None:
    lines = [scored(1, "0.9", day(10)), {"entry": "ClockAdvanced", "now": day(60)}]
    dated = policy(effectiveFrom=day(50))
    assert answers(lines[:1], dated)[-1]["states"] == []
    assert last_names(lines, dated) == ["evidence.accepted", "level.reached", "attained", "reevaluation.completed"]


def test_a_policy_activated_after_the_statements_sees_them() -> None:
    lines = [scored(1, "0.9", day(10)), {"entry": "PolicyActivated", "policy": policy(), "recorded": day(20)}]
    found = answers(
        lines,
        policy(
            id="https://a.example/other",
            competency="https://a.example/d",
            evidence=[{**RULE, "match": {"verb": ["https://a.example/v"]}}],
        ),
    )
    assert [name(event) for event in found[0]["events"]] == [
        "policy.activated",
        "evidence.accepted",
        "level.reached",
        "attained",
        "reevaluation.completed",
    ]


def test_every_event_is_valid_against_the_published_schema() -> None:
    validator = Draft202012Validator(load_schemas("events")["mastery-event"], format_checker=FormatChecker())
    lines = [
        *EVERYTHING,
        {
            "entry": "PolicyActivated",
            "policy": policy(version="1.1.0", method={"type": "highest"}),
            "recorded": day(30),
        },
    ]
    for event in all_events(lines):
        assert [fault.message for fault in validator.iter_errors(event)] == []


def test_numbers_are_contiguous_per_person_and_ids_unique() -> None:
    events = all_events(EVERYTHING)
    assert len({event["id"] for event in events}) == len(events)
    for source in {event["source"] for event in events}:
        numbers = [int(event["sequence"]) for event in events if event["source"] == source]
        assert numbers[0] == 1
        assert all(later == earlier + 1 for earlier, later in pairwise(numbers))


def test_a_replay_gives_the_same_bytes() -> None:
    assert json.dumps(answers(EVERYTHING)) == json.dumps(answers(EVERYTHING))


def test_a_fold_built_again_on_the_same_documents_goes_on_alike() -> None:
    documents, namespace = DictDocuments(), UUID(int=7)
    lines = [{"entry": "PolicyActivated", "policy": policy(), "recorded": day(1)}, *EVERYTHING]
    kept, renewed = Fold(DictDocuments(), tenant="default", namespace=namespace), None
    for position, line in enumerate(lines, start=1):
        renewed = Fold(documents, tenant="default", namespace=namespace)
        kind = line.get("entry", "statement")
        recorded = moment_of(parse(line.get("stored") or line.get("timestamp") or line["recorded"]))
        assert renewed.apply(position, kind, recorded, line) == kept.apply(position, kind, recorded, line)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"masteryLevel": "expert"}, "/masteryLevel"),
        ({"method": {"type": "mode"}}, "/method/type"),
        ({"method": {"type": "latest", "n": 3}}, "/method/n"),
        ({"method": {"type": "exp_decay", "lastPercent": 40}}, "/method/lastPercent"),
        ({"method": {"type": "bkt", "prior": "0.1", "learn": "0.1", "guess": "0.1"}}, "/method/slip"),
        ({"method": None}, "/method"),
        ({"evidence": None, "method": None}, "/evidence"),
        ({"masteryLevel": None}, "/masteryLevel"),
        ({"evidence": [{**RULE, "score": {"from": ["scaled"], "fixed": "1"}}]}, "/evidence/0/score"),
        ({"evidence": [{**RULE, "match": {"where": {"op": "eq", "val": 1}}}]}, "/evidence/0/match/where/path"),
        ({"evidence": [{**RULE, "weight": "2"}]}, "/evidence/0/weight"),
        ({"evidence": [RULE, RULE]}, "/evidence/1/id"),
        ({"surprise": 1}, "/surprise"),
        ({"precision": 2**53}, "/precision"),
        (
            {"evidence": [{**RULE, "attempts": {"groupBy": ["rule"], "keep": "best", "max": 2**53}}]},
            "/evidence/0/attempts/max",
        ),
        (
            {
                "method": {"type": "bkt", "prior": "0.1", "learn": "0.1", "guess": "0.1", "slip": "0.1"},
                "purpose": "compliance",
            },
            "/method/type",
        ),
    ],
)
def test_a_bad_policy_is_refused_with_its_pointer(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        answers([], policy(**changes))
    assert refused.value.pointer == pointer


def test_a_policy_may_begin_before_the_calendar_or_after_it() -> None:
    for begins, status in (("0000-02-29T00:00:00Z", "mastered"), ("9999-12-31T23:59:60Z", None)):
        states = answers([scored(1, "0.9", day(10))], policy(effectiveFrom=begins))[-1]["states"]
        assert [state["status"] for state in states] == ([] if status is None else [status])


def test_an_unknown_entry_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedFeature, match="entry Teleported"):
        answers([{"entry": "Teleported", "recorded": day(1)}])


def test_a_version_is_immutable() -> None:
    lines = [
        {"entry": "PolicyActivated", "policy": policy(), "recorded": day(1)},
        {"entry": "PolicyActivated", "policy": policy(title="other"), "recorded": day(2)},
    ]
    with pytest.raises(InvalidDocument, match="immutable"):
        answers(lines)


def test_the_competency_of_a_state_is_that_of_the_policy() -> None:
    assert only_state(PASSED_THEN_FAILED)["competency"] == COMPETENCY
    assert only_state(PASSED_THEN_FAILED)["evidence"][0]["statement"] == statement_id(1)
