"""The engine's documents in the database: loaded when asked for, kept while there is room, written page by page."""

from bisect import bisect_left, insort
from collections.abc import Iterator

import msgspec

from projector.mastery.documents import Kind, T
from projector.store.database import Session, one

_MOST_KEPT = 200_000
_encode = msgspec.json.Encoder().encode


class Shelf:
    """What is known of one kind: values, None for a key that has none, and which of them are not written yet.

    While ``complete``, every document of the kind is here, so that a miss costs no query. That is so from the
    beginning of an empty projection until the first eviction, hence during most of a rebuild.
    """

    def __init__(self, *, complete: bool) -> None:
        self.complete = complete
        self.values: dict[str, msgspec.Struct | None] = {}
        self.unwritten: set[str] = set()
        self._loaded_prefixes: set[str] = set()
        self._sorted: list[str] = []
        self._unsorted: list[str] = []

    def keep(self, key: str, value: msgspec.Struct | None) -> None:
        """Know a value."""
        if key not in self.values:
            self._unsorted.append(key)
        self.values[key] = value

    def change(self, key: str, value: msgspec.Struct | None) -> None:
        """Know a value that the database does not have yet."""
        self.keep(key, value)
        self.unwritten.add(key)

    def has_all(self, prefix: str) -> bool:
        """Tell whether every document under ``prefix`` is known."""
        return self.complete or prefix in self._loaded_prefixes

    def now_has_all(self, prefix: str) -> None:
        """Note that every document under ``prefix`` is known."""
        self._loaded_prefixes.add(prefix)
        self.complete = self.complete or not prefix

    def starting_with(self, prefix: str) -> list[str]:
        """Return the known keys that start with ``prefix``, in order."""
        for key in self._unsorted:
            insort(self._sorted, key)
        self._unsorted.clear()
        first = last = bisect_left(self._sorted, prefix)
        while last < len(self._sorted) and self._sorted[last].startswith(prefix):
            last += 1
        return self._sorted[first:last]

    def forget_written(self) -> None:
        """Make room: keep only what is not written yet."""
        self.values = {key: self.values[key] for key in self.unwritten}
        self._sorted, self._unsorted = sorted(self.values), []
        self._loaded_prefixes.clear()
        self.complete = False


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
        shelf = self._shelf(kind.name)
        if key not in shelf.values and not shelf.complete:
            body = one(self._session.rows("document", kind=kind.name, key=_bytes(key)), "body")
            shelf.keep(key, None if body is None else msgspec.json.decode(body, type=kind.struct))
        value = shelf.values.get(key)
        return value if isinstance(value, kind.struct) else None

    def put(self, kind: Kind[T], key: str, value: T) -> None:
        """Keep ``value`` under ``key``; it is written with the page."""
        self._shelf(kind.name).change(key, value)

    def delete(self, kind: Kind[T], key: str) -> None:
        """Forget the document."""
        self._shelf(kind.name).change(key, None)

    def scan(self, kind: Kind[T], prefix: str = "") -> Iterator[tuple[str, T]]:
        """Yield the documents under ``prefix`` in key order."""
        shelf = self._shelf(kind.name)
        if not shelf.has_all(prefix):
            self._load(kind, shelf, prefix)
        for key in shelf.starting_with(prefix):
            value = shelf.values[key]
            if isinstance(value, kind.struct):
                yield key, value

    def unwritten(self, kind: Kind[T]) -> list[str]:
        """Return the keys of the kind that were put or deleted since the last flush, in order."""
        return sorted(self._shelf(kind.name).unwritten)

    def flush(self) -> None:
        """Write what changed through the bound session, and make room if too much is kept."""
        for name, shelf in sorted(self._shelves.items()):
            keys = sorted(shelf.unwritten)
            values = {key: shelf.values[key] for key in keys}
            rows = [
                {"kind": name, "key": _bytes(key), "body": _encode(v)} for key, v in values.items() if v is not None
            ]
            gone = [{"kind": name, "key": _bytes(key)} for key, v in values.items() if v is None]
            self._session.run_many("put_document", rows)
            self._session.run_many("delete_document", gone)
            shelf.unwritten.clear()
        if sum(len(shelf.values) for shelf in self._shelves.values()) > self._most_kept:
            self._empty = False
            for shelf in self._shelves.values():
                shelf.forget_written()

    def _shelf(self, name: str) -> Shelf:
        shelf = self._shelves.get(name)
        if shelf is None:
            shelf = self._shelves[name] = Shelf(complete=self._empty)
        return shelf

    def _load(self, kind: Kind[T], shelf: Shelf, prefix: str) -> None:
        first, last = _bytes(prefix), _after(_bytes(prefix))
        for row in self._session.rows("documents_between", kind=kind.name, first=first, last=last):
            key = bytes(row["key"]).decode("utf-8", "surrogatepass")
            if key not in shelf.values:
                shelf.keep(key, msgspec.json.decode(row["body"], type=kind.struct))
        shelf.now_has_all(prefix)


def _bytes(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")


def _after(prefix: bytes) -> bytes | None:
    """Return the least key that is above every key with ``prefix``, None when there is none."""
    kept = prefix.rstrip(b"\xff")
    return kept[:-1] + bytes((kept[-1] + 1,)) if kept else None
