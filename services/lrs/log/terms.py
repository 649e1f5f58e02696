"""Terms of the index: 64-bit keyed hashes of what a statement is found by.

Two different terms of one store share a hash with a probability of n^2 / 2^65 for n terms: 3 in 100,000 for
a hundred million terms, and the key, random per store, keeps anyone from making them collide. Reads therefore take a
hash for the term and do not look at the statement again.
"""

import struct
from collections.abc import Iterable
from hashlib import blake2b

from lrs.log.entry import HashedEntry, HashedIndex, NewEntry, Term

KEY_BYTES = 32
DERIVED = b"\0"
"""In place of the terms of one statement: they are those that its payload has, none is inherited."""

_SIGNED = struct.Struct(">q")
_MOST_KNOWN = 65_536


class _Known(dict[Term, int]):
    """The hashes that were computed last, by their terms; when it is full it begins anew."""

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._key = key

    def __missing__(self, term: Term) -> int:
        text = "\0".join(term).encode(errors="surrogatepass")
        made: int = _SIGNED.unpack(blake2b(text, digest_size=8, key=self._key).digest())[0]
        if len(self) >= _MOST_KNOWN:
            self.clear()
        self[term] = made
        return made


class TermHash:
    """Hashes terms, pairs of a kind and a value, with the key of one store."""

    def __init__(self, key: bytes) -> None:
        self._hash = _Known(key).__getitem__

    def of(self, kind: str, value: str) -> int:
        """Return the signed 64-bit hash of one term."""
        return self._hash((kind, value))

    def of_all(self, terms: Iterable[Term]) -> frozenset[int]:
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
