"""A log that is a list, for commands."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from lrs.log.entry import LogEntry, NewEntry, Receipt
from lrs.log.faults import EntryConflict

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class ListedLog:
    """Keeps entries in memory; an id can be there once."""

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []

    def append(self, entries: Sequence[NewEntry]) -> Receipt:
        """Append entries."""
        conflicts = [entry.entry_id for entry in entries if self.get(entry.entry_id)]
        if conflicts:
            raise EntryConflict(conflicts)
        first = len(self.entries) + 1
        for place, entry in enumerate(entries, start=first):
            self.entries.append(LogEntry(place, entry.entry_id, entry.topic, NOW, entry.payload, entry.payload))
        return Receipt(tuple(range(first, first + len(entries))), NOW)

    def get(self, entry_id: UUID) -> LogEntry | None:
        """Return the entry of an id."""
        return next((entry for entry in self.entries if entry.entry_id == entry_id), None)

    def read(self, after: int, limit: int) -> list[LogEntry]:
        """Return entries in order."""
        return self.entries[after : after + limit]
