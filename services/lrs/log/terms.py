"""Terms of the index: 64-bit keyed hashes of what a statement is found by.

Two different terms of one store share a hash with a probability of n^2 / 2^65 for n terms: 3 in 100,000 for
a hundred million terms, and the key, random per store, keeps anyone from making them collide. Reads therefore take a
hash for the term and do not look at the statement again.
"""

import struct
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

from lrs.log.entry import HashedEntry, HashedIndex, NewEntry

KEY_BYTES = 32
DERIVED = b"\0"
"""In place of the terms of one statement: they are those that its payload has, none is inherited."""

_SIGNED = struct.Struct(">q")
_CACHED_TERMS = 65_536


class TermHash:
    """Hashes terms, pairs of a kind and a value, with the key of one store."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._hash = lru_cache(maxsize=_CACHED_TERMS)(self._computed)

    def of(self, kind: str, value: str) -> int:
        """Return the signed 64-bit hash of one term."""
        return self._hash((kind, value))

    def of_all(self, terms: Iterable[tuple[str, str]]) -> frozenset[int]:
        """Return the hashes of ``terms``."""
        return frozenset(map(self._hash, terms))

    def entry(self, entry: NewEntry) -> HashedEntry:
        """Return ``entry`` with hashes in place of terms."""
        index = entry.indexed
        if index is None:
            return HashedEntry(entry.entry_id, entry.topic, entry.payload, None, entry.side_rows)
        terms, own = tuple(map(self._hash, index.terms)), tuple(map(self._hash, index.own_terms))
        hashed = HashedIndex(terms, index.refers_to, index.voids, own, index.defines, index.is_derivable)
        return HashedEntry(entry.entry_id, entry.topic, entry.payload, hashed, entry.side_rows)

    def _computed(self, term: tuple[str, str]) -> int:
        text = "\0".join(term).encode(errors="surrogatepass")
        return int(_SIGNED.unpack(blake2b(text, digest_size=8, key=self._key).digest())[0])


def pack(terms: Iterable[int]) -> bytes:
    """Return the terms of one statement as a blob that keeps their order."""
    ordered = tuple(terms)
    return struct.pack(f">{len(ordered)}q", *ordered)


def in_order(blob: bytes) -> tuple[int, ...]:
    """Return the terms in a blob, which is not ``DERIVED``."""
    return struct.unpack(f">{len(blob) // 8}q", blob)


def unpack(blob: bytes) -> frozenset[int]:
    """Return the terms in a blob, which is not ``DERIVED``, as a set."""
    return frozenset(in_order(blob))
