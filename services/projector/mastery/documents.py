"""Where the engine keeps what it knows between entries: typed documents under a kind and a key.

The engine never sees a database. ``Documents`` has two implementations: a dictionary (trying a policy, tests, the
oracle) and the projection store, which loads on demand and writes what changed in the transaction of the page.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Long(Generic[T]):
    """A tuple inside the documents of a kind that grows without end, mostly at its end.

    A store may keep it in chunks, so that a document that changed a little is written a little. ``name`` is stored,
    ``member`` is what its members are decoded into; ``of`` takes it out of a document and ``within`` puts it back.
    """

    name: str
    member: type[msgspec.Struct]
    of: Callable[[T], tuple[Any, ...]]
    within: Callable[[T, tuple[Any, ...]], T]


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A kind of document: its ``name`` (stored) and the ``struct`` that its documents are decoded into.

    ``long`` are the tuples of its documents that may be kept apart from them.
    """

    name: str
    struct: type[T]
    long: tuple[Long[T], ...] = ()


class Documents(Protocol):
    """Typed documents by kind and key. A value that was put is a value that a later get returns.

    Documents are values: change one by putting a new one (``msgspec.structs.replace``), never in place.
    """

    def get(self, kind: Kind[T], key: str) -> T | None:
        """Return the document, or None."""
        ...

    def put(self, kind: Kind[T], key: str, value: T) -> None:
        """Keep ``value`` under ``key``, replacing what was there."""
        ...

    def delete(self, kind: Kind[T], key: str) -> None:
        """Forget the document; nothing happens when there is none."""
        ...

    def scan(self, kind: Kind[T], prefix: str = "") -> Iterator[tuple[str, T]]:
        """Yield (key, document) for every key that starts with ``prefix``, in the order of the keys' code points."""
        ...


class DictDocuments:
    """Documents in a dictionary."""

    def __init__(self) -> None:
        self._documents: dict[str, dict[str, msgspec.Struct]] = {}

    def get(self, kind: Kind[T], key: str) -> T | None:
        """Return the document, or None."""
        found = self._documents.get(kind.name, {}).get(key)
        return found if isinstance(found, kind.struct) else None

    def put(self, kind: Kind[T], key: str, value: T) -> None:
        """Keep ``value`` under ``key``."""
        self._documents.setdefault(kind.name, {})[key] = value

    def delete(self, kind: Kind[T], key: str) -> None:
        """Forget the document."""
        self._documents.get(kind.name, {}).pop(key, None)

    def scan(self, kind: Kind[T], prefix: str = "") -> Iterator[tuple[str, T]]:
        """Yield the documents under ``prefix`` in key order."""
        documents = self._documents.get(kind.name, {})
        for key in sorted(key for key in documents if key.startswith(prefix)):
            value = documents[key]
            if isinstance(value, kind.struct):
                yield key, value


class UndoableDocuments(DictDocuments):
    """Documents in a dictionary; what changed since ``begin`` can be taken back."""

    def __init__(self) -> None:
        super().__init__()
        self._before: list[tuple[str, str, msgspec.Struct | None]] = []

    def begin(self) -> None:
        """Let what was changed so far stay."""
        self._before.clear()

    def undo(self) -> bool:
        """Take back every change since ``begin``; returns whether there was any."""
        changed = bool(self._before)
        for name, key, value in reversed(self._before):
            kept = self._documents.setdefault(name, {})
            if value is None:
                kept.pop(key, None)
            else:
                kept[key] = value
        self._before.clear()
        return changed

    def put(self, kind: Kind[T], key: str, value: T) -> None:
        """Keep ``value`` under ``key``."""
        self._note(kind.name, key)
        super().put(kind, key, value)

    def delete(self, kind: Kind[T], key: str) -> None:
        """Forget the document."""
        self._note(kind.name, key)
        super().delete(kind, key)

    def _note(self, name: str, key: str) -> None:
        self._before.append((name, key, self._documents.get(name, {}).get(key)))
