"""A glance at a statement never overlooks a rule that would select it."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projector.mastery.documents import DictDocuments
from projector.mastery.fold import Fold
from projector.mastery.glance import glance
from projector.mastery.policy import compile_policy
from projector.mastery.selection import Index
from unit.projector.mastery.engine_lines import VOIDED, policy

NAMES = st.sampled_from(["https://a.example/" + name for name in ("a", "b", "ab", "b/c")])
MANY = st.lists(NAMES, min_size=1, max_size=2)
RECORDED = datetime(2026, 2, 1, tzinfo=UTC)


@st.composite
def matches(draw: st.DrawFn) -> dict[str, Any]:
    asked = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3, unique=True))
    return {field: draw(values) for field, values in asked}


FIELDS = (
    ("verb", MANY),
    ("activity", MANY),
    ("activityType", MANY),
    ("parent", MANY),
    ("grouping", MANY),
    ("category", MANY),
    ("activityGlob", st.lists(st.sampled_from(["https://a.example/*", "*b", "https://a.example/a*"]), min_size=1)),
    ("where", st.just({"path": ["verb", "id"], "op": "prefix", "val": "https://a.example/"})),
)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    activity: dict[str, Any] = {"id": draw(NAMES)}
    if draw(st.booleans()):
        activity["definition"] = {"type": draw(NAMES), "name": {"en": "x"}}
    if draw(st.booleans()):
        activity["objectType"] = draw(st.sampled_from(["Activity", "StatementRef"]))
    statement: dict[str, Any] = {"verb": {"id": draw(NAMES)}, "object": activity, "result": {"success": True}}
    around = {
        kind: draw(st.one_of(st.just({"id": draw(NAMES)}), st.lists(NAMES.map(lambda iri: {"id": iri}), max_size=2)))
        for kind in draw(st.lists(st.sampled_from(["parent", "grouping", "category", "other"]), unique=True))
    }
    if draw(st.booleans()):
        statement["context"] = {"platform": "x", "contextActivities": around}
    return statement


@settings(max_examples=300)
@given(st.lists(matches(), min_size=1, max_size=3), statements())
def test_whatever_a_rule_selects_is_a_candidate_at_a_glance(
    asked: list[dict[str, Any]], statement: dict[str, Any]
) -> None:
    rules = [
        {"id": f"r{place}", "kind": "task", "match": match, "score": {"none": True}}
        for place, match in enumerate(asked)
    ]
    index = Index([compile_policy(policy(evidence=rules))])
    seen = glance(json.dumps(statement).encode())
    assert seen is not None
    if index.select(statement):
        assert index.may_select(seen)


@pytest.mark.parametrize(
    ("text", "concerns"),
    [
        (b'{"verb":{"id":"https://a.example/unknown"},"object":{"id":"https://a.example/x"}}', False),
        (b'{"verb":{"id":"' + VOIDED.encode() + b'"},"object":{"objectType":"StatementRef","id":"x"}}', True),
        (b'{"verb":{"id":7}}', True),
        (b'{"verb":{"id":"https://a.example/unknown"},"object":{"objectType":"Agent","mbox":"mailto:a@b.c"}}', False),
    ],
)
def test_voiding_and_what_is_not_as_expected_always_concerns_the_fold(text: bytes, concerns: bool) -> None:
    fold = Fold(DictDocuments(), tenant="default", namespace=UUID(int=1))
    fold.apply(1, "PolicyActivated", RECORDED, {"policy": policy()})
    assert fold.concerns(text, RECORDED) is concerns


def test_a_statement_concerns_the_fold_when_a_date_has_come() -> None:
    fold = Fold(DictDocuments(), tenant="default", namespace=UUID(int=1))
    fold.apply(1, "PolicyActivated", RECORDED, {"policy": policy(effectiveFrom="2026-03-01T00:00:00Z")})
    assert not fold.concerns(b"{}", RECORDED)
    assert fold.concerns(b"{}", datetime(2026, 3, 1, tzinfo=UTC))
