"""Columns as PostgreSQL arrays: the driver, which writes them value by value, writes the same bytes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.adapt import PyFormat, Transformer
from psycopg.types.numeric import Int8

from lrs.log.arrays import as_array

INTEGERS = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1)


def _of_the_driver(column: Sequence[Any]) -> bytes:
    written = Transformer().get_dumper(list(column), PyFormat.BINARY).dump(list(column))
    assert written is not None
    return bytes(written)


@given(INTEGERS)
def test_integers_are_written_as_the_driver_writes_them(column: list[int]) -> None:
    assert as_array(column) == _of_the_driver([Int8(value) for value in column])


@given(st.one_of(st.lists(st.uuids(), min_size=1), st.lists(st.binary(), min_size=1)))
def test_ids_and_blobs_are_written_as_the_driver_writes_them(column: list[UUID] | list[bytes]) -> None:
    assert as_array(column) == _of_the_driver(column)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_texts_are_written_as_the_driver_writes_them(column: list[str]) -> None:
    assert as_array(column) == _of_the_driver(column)


def test_an_integer_beyond_64_bits_is_no_value_of_an_array() -> None:
    with pytest.raises(OverflowError):
        as_array([2**63])
