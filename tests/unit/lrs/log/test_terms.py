"""The keyed hashes of the index."""

from hypothesis import given
from hypothesis import strategies as st

from lrs.log import terms

KEY = bytes(range(32))
signed = st.integers(-(2**63), 2**63 - 1)


def test_a_term_has_one_signed_hash_of_64_bits_that_depends_on_kind_value_and_key() -> None:
    of = terms.TermHash(KEY).of
    hashes = {of("verb", "a"), of("agent", "a"), of("verb", "b"), terms.TermHash(b"\x01" * 32).of("verb", "a")}
    assert len(hashes) == 4
    assert of("verb", "a") == terms.TermHash(KEY).of("verb", "a")
    assert all(-(2**63) <= one < 2**63 for one in hashes)


def test_the_boundary_between_kind_and_value_counts() -> None:
    of = terms.TermHash(KEY).of
    assert of("verb", "xa") != of("verbx", "a")


def test_a_lone_surrogate_is_a_term_too() -> None:
    assert terms.TermHash(KEY).of("verb", "\ud800") != terms.TermHash(KEY).of("verb", "\ud801")


@given(st.frozensets(signed))
def test_packed_terms_come_back(found: frozenset[int]) -> None:
    assert terms.unpack(terms.pack(found)) == found
    assert terms.in_order(terms.pack(sorted(found))) == tuple(sorted(found))
    assert len(terms.pack(found)) == 8 * len(found)
