"""What the questions read of the log; ``lrs.log.store.Store`` is one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from lrs.log.entry import LogEntry


class Log(Protocol):
    """A log that is only read."""

    def read(self, after: int, limit: int) -> list[LogEntry]:
        """Return up to ``limit`` entries above ``after``, ascending."""
        ...

    def get(self, entry_id: UUID) -> LogEntry | None:
        """Return the entry of that id."""
        ...

    def get_many(self, entry_ids: Sequence[UUID]) -> dict[UUID, LogEntry]:
        """Return the entries of those ids that are in the log."""
        ...

    def head(self) -> tuple[int, datetime | None]:
        """Return the last position and its recorded time."""
        ...

    def select(self, query: str, parameters: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the rows of a named read query."""
        ...


def position_at(log: Log, recorded: int) -> int:
    """Return the last position recorded at or before an instant (microseconds since 1970 UTC), 0 for none."""
    (found,) = log.select("select_position_at", {"recorded": recorded})
    return int(found["position"])
