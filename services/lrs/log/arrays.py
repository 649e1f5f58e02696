"""Columns of rows as PostgreSQL arrays in binary, made at once; the driver would look at each value by itself.

An array is its number of dimensions, whether it holds nulls, the type of its elements, their number and the number of
the first one; then each element with its length before it.
"""

import struct
import sys
from array import array
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from psycopg.adapt import AdaptersMap, Dumper
from psycopg.pq import Format

_HEAD = struct.Struct(">iiIii")
_LENGTH = struct.Struct(">i")
_INTEGER_BYTES = 8


class Array(bytes):
    """A column as the server takes it."""


class Integers(Array):
    """A ``bigint[]``."""


class Ids(Array):
    """A ``uuid[]``."""


class Texts(Array):
    """A ``text[]``."""


class Blobs(Array):
    """A ``bytea[]``."""


_OIDS: dict[type[Array], tuple[int, int]] = {
    Integers: (20, 1016),
    Ids: (2950, 2951),
    Texts: (25, 1009),
    Blobs: (17, 1001),
}
"""Of each array the type of its elements and its own."""


def as_array(column: Sequence[Any]) -> Array:
    """Return ``column``, whose values are all of the type of the first: int, UUID, str or bytes, and never None."""
    first = column[0]
    if isinstance(first, int):
        return _array(Integers, len(column), _integers(column))
    if isinstance(first, UUID):
        return _array(Ids, len(column), _elements(value.bytes for value in column))
    if isinstance(first, str):
        return _array(Texts, len(column), _elements(value.encode() for value in column))
    return _array(Blobs, len(column), _elements(column))


def register(adapters: AdaptersMap) -> None:
    """Have the driver send arrays as they are."""
    for kind, (_, oid) in _OIDS.items():
        adapters.register_dumper(kind, type(f"{kind.__name__}Dumper", (_AsItIs,), {"oid": oid}))


class _AsItIs(Dumper):
    format = Format.BINARY

    def dump(self, obj: Array) -> bytes:
        return obj


def _array(kind: type[Array], count: int, elements: bytes | bytearray) -> Array:
    return kind(_HEAD.pack(1, 0, _OIDS[kind][0], count, 1) + elements)


def _elements(values: Iterable[bytes]) -> bytes:
    return b"".join([piece for value in values for piece in (_LENGTH.pack(len(value)), value)])


def _integers(column: Sequence[int]) -> bytearray:
    """Return the elements, written byte by byte of all integers together: the fourth byte of each length is 8."""
    numbers = array("q", column)
    if sys.byteorder == "little":
        numbers.byteswap()
    plain = numbers.tobytes()
    width = _LENGTH.size + _INTEGER_BYTES
    elements = bytearray(width * len(column))
    elements[_LENGTH.size - 1 :: width] = bytes([_INTEGER_BYTES]) * len(column)
    for place in range(_INTEGER_BYTES):
        elements[_LENGTH.size + place :: width] = plain[place::_INTEGER_BYTES]
    return elements
