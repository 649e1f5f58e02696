"""Long tuples in chunks: of one that changed a little, a little is written."""

from collections.abc import Iterable, Iterator
from functools import cache

import msgspec

from projector.mastery.documents import Kind, Long, T

CHUNK = 128
_SEPARATOR = "\x00"
_encode = msgspec.json.Encoder().encode

Rows = Iterable[tuple[str, bytes]]
Change = tuple[str, bytes | None]
"""A key, and what it holds now; None when it is gone."""


def kind_of(kind: Kind[T], long: Long[T]) -> str:
    """Return the name under which the chunks of a long tuple are stored."""
    return f"{kind.name}/{long.name}"


def key_of(key: str, number: int) -> str:
    """Return the key of one chunk of the document under ``key``."""
    return f"{key}{_SEPARATOR}{number:08d}"


def owner_of(chunk_key: str) -> str:
    """Return the key of the document that a chunk belongs to."""
    return chunk_key.rpartition(_SEPARATOR)[0]


def prefix_of(key: str) -> str:
    """Return how the keys of all chunks of a document begin."""
    return key + _SEPARATOR


@cache
def _decoder(member: type[msgspec.Struct]) -> msgspec.json.Decoder[tuple[msgspec.Struct, ...]]:
    return msgspec.json.Decoder(tuple[member, ...])  # type: ignore[valid-type]  # made at run time for each member


def joined(long: Long[T], bodies: Iterable[bytes]) -> tuple[msgspec.Struct, ...]:
    """Return the long tuple whose chunks these are, in their order."""
    decode = _decoder(long.member).decode
    return tuple(member for body in bodies for member in decode(body))


def changes(key: str, before: tuple[msgspec.Struct, ...], after: tuple[msgspec.Struct, ...]) -> Iterator[Change]:
    """Yield the chunks of the document under ``key`` that are to be written or deleted."""
    for number, start in enumerate(range(0, max(len(before), len(after)), CHUNK)):
        old, new = before[start : start + CHUNK], after[start : start + CHUNK]
        if old != new:
            yield key_of(key, number), _encode(new) if new else None
