"""Documents of which a version counts from its date on, in the place of the one before (rule book, sections 12, 18)."""

from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

from projector.mastery.documents import Documents, Kind


class DatedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a document that the entry at ``position`` published; ``in_force`` once its date has come."""

    id: str
    version: str
    sha256: str
    effective_from: int
    position: int
    in_force: bool = False

    @property
    def order(self) -> tuple[int, int, str]:
        """Return its place among the versions of one document: the last one counts."""
        return (self.effective_from, self.position, self.version)


V = TypeVar("V", bound=DatedVersion)


class Dated(Generic[V]):
    """The versions of the documents of one kind, kept in ``documents``."""

    def __init__(self, documents: Documents, kind: Kind[V]) -> None:
        self._documents = documents
        self._kind = kind
        self._versions: dict[str, V] = dict(documents.scan(kind))
        self._settle()

    def _settle(self) -> None:
        waiting = [one.effective_from for one in self._versions.values() if not one.in_force]
        self.next_date: int | None = min(waiting, default=None)
        self._current = self._newest(one for one in self._versions.values() if one.in_force)

    @staticmethod
    def _newest(counting: Iterable[V]) -> dict[str, V]:
        ordered = sorted(counting, key=lambda one: (one.id, *one.order))
        return {one.id: one for one in ordered}

    def add(self, version: V) -> V:
        """Keep a version, in force once its date has come; returns the one that is kept, which may be there already."""
        key = f"{version.id}#{version.version}"
        if key not in self._versions:
            self._put(key, version)
            self._settle()
        return self._versions[key]

    def _put(self, key: str, version: V) -> None:
        self._versions[key] = version
        self._documents.put(self._kind, key, version)

    def take_effect(self, now: int) -> list[V]:
        """Put in force what is due; returns the versions that newly count."""
        if self.next_date is None or now < self.next_date:
            return []
        before = self._current
        for key, version in sorted(self._versions.items()):
            if not version.in_force and version.effective_from <= now:
                self._put(key, msgspec.structs.replace(version, in_force=True))
        self._settle()
        return [one for identity, one in self._current.items() if before.get(identity) != one]

    def current(self, as_of: int | None = None) -> dict[str, V]:
        """Return the version of each document that counts now, or at ``as_of``, by its id; not to be changed."""
        if as_of is None:
            return self._current
        return self._newest(one for one in self._versions.values() if one.effective_from <= as_of)

    def versions(self) -> list[V]:
        """Return every version, in the order of their keys."""
        return [self._versions[key] for key in sorted(self._versions)]
