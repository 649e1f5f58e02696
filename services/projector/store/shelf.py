"""What is kept in memory of the engine's documents of one kind, and what of it the database does not have yet."""

from bisect import bisect_left, insort
from typing import Any

import msgspec

from projector.mastery.documents import Kind

Parts = tuple[tuple[msgspec.Struct, ...], ...]
"""The long tuples of a document, in the order in which its kind names them."""

_LITTLE = 100
"""A kind that takes less than this part of the room is never forgotten."""
_MEMBERS_A_DOCUMENT = 4
"""How many members of long tuples take as much room as a document."""


class Shelf:
    """What is known of one kind: values, None for a key that has none, and which of them are not written yet.

    While ``complete``, every document of the kind is here, so that a miss costs no query. That is so from the
    beginning of an empty projection until the first eviction, hence during most of a rebuild. ``written`` are the
    long tuples as the database has them.
    """

    def __init__(self, kind: Kind[Any], *, complete: bool) -> None:
        self.kind = kind
        self.complete = complete
        self.values: dict[str, msgspec.Struct | None] = {}
        self.written: dict[str, Parts] = {}
        self.unwritten: set[str] = set()
        self._touched: set[str] = set()
        self._members = 0
        self._loaded_prefixes: set[str] = set()
        self._sorted: list[str] = []
        self._unsorted: list[str] = []

    @property
    def size(self) -> int:
        """How much room it takes, in documents."""
        return len(self.values) + self._members // _MEMBERS_A_DOCUMENT

    def touch(self, key: str) -> None:
        """Note that a document is in use, so that it stays when room is made."""
        self._touched.add(key)

    def keep(self, key: str, value: msgspec.Struct | None) -> None:
        """Know a value."""
        if key not in self.values:
            self._unsorted.append(key)
        self.values[key] = value

    def change(self, key: str, value: msgspec.Struct | None) -> None:
        """Know a value that the database does not have yet."""
        self.keep(key, value)
        self.unwritten.add(key)

    def now_written(self, key: str, parts: Parts) -> None:
        """Note the long tuples of a document as the database has them now."""
        self._members += _count(parts) - _count(self.written.get(key, ()))
        if parts:
            self.written[key] = parts
        else:
            self.written.pop(key, None)

    def has_all(self, prefix: str) -> bool:
        """Tell whether every document under ``prefix`` is known."""
        return self.complete or prefix in self._loaded_prefixes

    def now_has_all(self, prefix: str) -> None:
        """Note that every document under ``prefix`` is known."""
        self._loaded_prefixes.add(prefix)
        self.complete = self.complete or not prefix

    def starting_with(self, prefix: str) -> list[str]:
        """Return the known keys that start with ``prefix``, in order."""
        if len(self._unsorted) > len(self._sorted) // 8:
            self._sorted = sorted(self._sorted + self._unsorted)
        else:
            for key in self._unsorted:
                insort(self._sorted, key)
        self._unsorted.clear()
        first = last = bisect_left(self._sorted, prefix)
        while last < len(self._sorted) and self._sorted[last].startswith(prefix):
            last += 1
        return self._sorted[first:last]

    def make_room(self, most: int) -> None:
        """Forget what was not in use since room was last made, all that is written if that is not enough.

        A kind of which there is little stays as it is.
        """
        if self.size <= most // _LITTLE:
            return
        kept = self._touched | self.unwritten
        self._forget_but({key for key in kept if key in self.values})
        if self.size > most // 2:
            self._forget_but(self.unwritten)
        self._touched = set()

    def _forget_but(self, keys: set[str]) -> None:
        self.values = {key: self.values[key] for key in keys}
        self.written = {key: self.written[key] for key in keys if key in self.written}
        self._members = sum(map(_count, self.written.values()))
        self._sorted, self._unsorted = sorted(self.values), []
        self._loaded_prefixes.clear()
        self.complete = False


def _count(parts: Parts) -> int:
    return sum(map(len, parts))
