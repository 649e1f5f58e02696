"""The engine's documents in the database: loaded when asked for, kept while there is room, written page by page."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import merge
from operator import itemgetter
from typing import Any

import msgspec

from projector.mastery.documents import Kind, T
from projector.store import chunks
from projector.store.database import Row, Session, one
from projector.store.shelf import Parts, Shelf

_MOST_KEPT = 200_000
_ABOVE_UTF_8 = b"\xff"
"""After a prefix, a bound above every key that begins with it: no UTF-8 text has such a byte."""
_PAGE_ROWS = 256
_encode = msgspec.json.Encoder().encode


class StoredDocuments:
    """Implements ``projector.mastery.documents.Documents`` over whichever session is bound."""

    def __init__(self, session: Session, *, most_kept: int = _MOST_KEPT) -> None:
        self._session = session
        self._most_kept = most_kept
        self._empty = not session.rows("any_document")
        self._shelves: dict[str, Shelf] = {}

    def bind(self, session: Session) -> None:
        """Use ``session`` from now on; what is kept stays good as long as nobody else writes."""
        self._session = session

    def get(self, kind: Kind[T], key: str) -> T | None:
        """Return the document, or None."""
        shelf = self._shelf(kind)
        value = shelf.values.get(key)
        if value is None and key not in shelf.values:
            if shelf.complete:
                return None
            body = one(self._session.rows("document", kind=kind.name, key=_bytes(key)), "body")
            value = None if body is None else self._whole(kind, shelf, key, body)
            shelf.keep(key, value)
        shelf.touch(key)
        return value if isinstance(value, kind.struct) else None

    def put(self, kind: Kind[T], key: str, value: T) -> None:
        """Keep ``value`` under ``key``; it is written with the page."""
        self._changed(kind, key, value)

    def delete(self, kind: Kind[T], key: str) -> None:
        """Forget the document."""
        self._changed(kind, key, None)

    def scan(self, kind: Kind[T], prefix: str = "") -> Iterator[tuple[str, T]]:
        """Yield the documents under ``prefix`` in key order.

        All documents of a kind that are not all known are read in pages, as far as they are asked for, and not kept.
        """
        shelf = self._shelf(kind)
        if not (prefix or kind.long or shelf.has_all(prefix)):
            yield from self._in_pages(kind, shelf)
            return
        if not shelf.has_all(prefix):
            self._load(kind, shelf, prefix)
        for key in shelf.starting_with(prefix):
            value = shelf.values[key]
            if isinstance(value, kind.struct):
                yield key, value

    def _in_pages(self, kind: Kind[T], shelf: Shelf) -> Iterator[tuple[str, T]]:
        """Yield every document of a kind: as the database has it, or as it was changed since."""
        changed = [(key, b"") for key in sorted(shelf.unwritten)]
        last = None
        for key, body in merge(changed, self._stored(kind), key=itemgetter(0)):
            value = shelf.values[key] if key in shelf.values else msgspec.json.decode(body, type=kind.struct)
            if key != last and isinstance(value, kind.struct):
                yield key, value
            last = key

    def _stored(self, kind: Kind[T]) -> Iterator[tuple[str, bytes]]:
        """Yield (key, body) of every row of a kind in the order of the keys, a page at a time."""
        empty = one(self._session.rows("document", kind=kind.name, key=b""), "body")
        if empty is not None:
            yield "", empty
        rows: Sequence[Row] = [{"key": b""}]
        while rows:
            rows = self._session.rows("documents_above", kind=kind.name, above=rows[-1]["key"], limit=_PAGE_ROWS)
            for row in rows:
                yield bytes(row["key"]).decode("utf-8", "surrogatepass"), row["body"]

    def unwritten(self, kind: Kind[T]) -> list[str]:
        """Return the keys of the kind that were put or deleted since the last flush, in order."""
        return sorted(self._shelf(kind).unwritten)

    def flush(self) -> None:
        """Write what changed through the bound session, and make room if too much is kept."""
        for _, shelf in sorted(self._shelves.items()):
            if shelf.unwritten:
                self._write(shelf)
                shelf.unwritten.clear()
        if sum(shelf.size for shelf in self._shelves.values()) > self._most_kept:
            self._empty = False
            for shelf in self._shelves.values():
                shelf.make_room(self._most_kept)

    def _write(self, shelf: Shelf) -> None:
        put: list[dict[str, Any]] = []
        gone: list[dict[str, Any]] = []
        for key in sorted(shelf.unwritten):
            value = shelf.values[key]
            if shelf.kind.long:
                value = self._write_apart(shelf, key, value, put, gone)
            row = {"kind": shelf.kind.name, "key": _bytes(key)}
            if value is None:
                gone.append(row)
            else:
                put.append({**row, "body": _encode(value)})
        self._session.run_many("put_document", put)
        self._session.run_many("delete_document", gone)

    @staticmethod
    def _write_apart(
        shelf: Shelf, key: str, value: msgspec.Struct | None, put: list[dict[str, Any]], gone: list[dict[str, Any]]
    ) -> msgspec.Struct | None:
        """Collect the chunks that changed of a document's long tuples and return the document without them."""
        after: Parts = () if value is None else tuple(long.of(value) for long in shelf.kind.long)
        before = shelf.written.get(key, ())
        for place, long in enumerate(shelf.kind.long):
            old, new = (parts[place] if parts else () for parts in (before, after))
            for chunk_key, body in chunks.changes(key, old, new):
                row = {"kind": chunks.kind_of(shelf.kind, long), "key": _bytes(chunk_key)}
                if body is None:
                    gone.append(row)
                else:
                    put.append({**row, "body": body})
            value = None if value is None else long.within(value, ())
        shelf.now_written(key, after)
        return value

    def _changed(self, kind: Kind[T], key: str, value: T | None) -> None:
        shelf = self._shelf(kind)
        if kind.long and not shelf.complete and key not in shelf.values:
            self.get(kind, key)
        shelf.change(key, value)

    def _shelf(self, kind: Kind[T]) -> Shelf:
        shelf = self._shelves.get(kind.name)
        if shelf is None:
            shelf = self._shelves[kind.name] = Shelf(kind, complete=self._empty)
        return shelf

    def _whole(self, kind: Kind[T], shelf: Shelf, key: str, body: bytes) -> T:
        """Return a document with its long tuples, which are loaded too."""
        value = msgspec.json.decode(body, type=kind.struct)
        if kind.long:
            found = [self._between(chunks.kind_of(kind, long), chunks.prefix_of(key)) for long in kind.long]
            own = [[body for chunk_key, body in rows if chunks.owner_of(chunk_key) == key] for rows in found]
            value = _put_together(kind, shelf, key, value, own)
        return value

    def _load(self, kind: Kind[T], shelf: Shelf, prefix: str) -> None:
        parts: list[dict[str, list[bytes]]] = []
        for long in kind.long:
            owned: dict[str, list[bytes]] = defaultdict(list)
            for chunk_key, body in self._between(chunks.kind_of(kind, long), prefix):
                owned[chunks.owner_of(chunk_key)].append(body)
            parts.append(owned)
        for key, body in self._between(kind.name, prefix):
            if key not in shelf.values:
                value = msgspec.json.decode(body, type=kind.struct)
                if kind.long:
                    value = _put_together(kind, shelf, key, value, [owned.get(key, []) for owned in parts])
                shelf.keep(key, value)
        shelf.now_has_all(prefix)

    def _between(self, kind_name: str, prefix: str) -> list[tuple[str, bytes]]:
        """Return (key, body) of every row of a kind under a prefix, in the order of the keys."""
        first = _bytes(prefix)
        rows = self._session.rows("documents_between", kind=kind_name, first=first, last=first + _ABOVE_UTF_8)
        return [(bytes(row["key"]).decode("utf-8", "surrogatepass"), row["body"]) for row in rows]


def _put_together(kind: Kind[T], shelf: Shelf, key: str, value: T, bodies: list[list[bytes]]) -> T:
    """Return a document with its long tuples from their chunks."""
    parts = tuple(chunks.joined(long, found) for long, found in zip(kind.long, bodies, strict=True))
    for long, members in zip(kind.long, parts, strict=True):
        if members:
            value = long.within(value, members)
    shelf.now_written(key, parts)
    return value


def _bytes(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")
