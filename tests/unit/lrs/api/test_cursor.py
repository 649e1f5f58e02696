import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.api.cursor import sign, verify
from lrs.xapi.faults import InvalidQuery

KEY = bytes(range(32))


@given(st.dictionaries(st.text(max_size=10), st.integers(-(2**53), 2**53) | st.text(max_size=30), max_size=6))
def test_a_signed_place_is_read_back(place: dict):
    assert verify(KEY, sign(KEY, place)) == place


def test_another_key_refuses_it():
    with pytest.raises(InvalidQuery, match="not one that this store gave out"):
        verify(bytes(32), sign(KEY, {"before": 7}))


@pytest.mark.parametrize("text", ["", "x", "not base64 !", "AAAA", "é"])
def test_what_was_never_signed_is_refused(text: str):
    with pytest.raises(InvalidQuery):
        verify(KEY, text)
