"""Section 13: canonical JSON of the engine's own values is RFC 8785, to the byte."""

from datetime import UTC, datetime
from decimal import Decimal

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from projector.mastery.canonical import canonical, own_canonical, plain

NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_own_values_are_encoded_as_rfc_8785_says(value: object) -> None:
    assert own_canonical(value) == rfc8785.dumps(value)


def test_numbers_of_a_document_take_their_shortest_text() -> None:
    assert canonical({"b": Decimal("0.70"), "a": Decimal("1.0")}) == b'{"a":1,"b":0.7}'


def test_a_time_that_yaml_recognised_is_its_text_again() -> None:
    assert plain({"effectiveFrom": datetime(2026, 7, 1, tzinfo=UTC)}) == {"effectiveFrom": "2026-07-01T00:00:00Z"}
