"""Documents for questions about many people: what is asked of everybody is read at once, not one by one."""

from collections.abc import Iterator

import msgspec

from projector.mastery.documents import Documents, Kind, T
from projector.mastery.evidence import FACTS
from projector.mastery.identity import OWNER, PERSON
from projector.mastery.knowledge import DECISIONS

_WHOLE = (PERSON.name, OWNER.name, DECISIONS.name)


class Preloaded:
    """Documents of which people, identifiers and decisions are read whole, and facts by policy, when first asked for.

    For reading only: what is put is not seen.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._tables: dict[str, dict[str, msgspec.Struct]] = {}

    def get(self, kind: Kind[T], key: str) -> T | None:
        """Return the document, or None."""
        if kind.name in _WHOLE:
            prefix = ""
        elif kind.name == FACTS.name:
            prefix = key.partition("|")[0] + "|"
        else:
            return self._documents.get(kind, key)
        value = self._table(kind, prefix).get(key)
        return value if isinstance(value, kind.struct) else None

    def put(self, kind: Kind[T], key: str, value: T) -> None:
        """Keep a document beside, where it is not seen here."""
        self._documents.put(kind, key, value)

    def delete(self, kind: Kind[T], key: str) -> None:
        """Forget a document beside."""
        self._documents.delete(kind, key)

    def scan(self, kind: Kind[T], prefix: str = "") -> Iterator[tuple[str, T]]:
        """Yield the documents under ``prefix`` in key order."""
        return self._documents.scan(kind, prefix)

    def _table(self, kind: Kind[T], prefix: str) -> dict[str, msgspec.Struct]:
        name = f"{kind.name} {prefix}"
        if name not in self._tables:
            found = self._documents.scan(kind, prefix)
            self._tables[name] = dict[str, msgspec.Struct](found)
        return self._tables[name]
