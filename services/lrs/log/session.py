"""What the append and the documents need of a database: named queries inside one transaction."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = Mapping[str, Any]
Query = tuple[str, Mapping[str, Any]]


class Session(Protocol):
    """A transaction in progress. Queries go by name; identifiers in rows are UUIDs, blobs are bytes."""

    def look(self, queries: Sequence[Query]) -> list[list[Row]]:
        """Return the rows of each query; a remote database answers all of them in one round trip."""
        ...

    def run(self, query: str, parameters: Mapping[str, Any]) -> None:
        """Write with one set of parameters."""
        ...

    def run_columns(self, query: str, columns: Mapping[str, Sequence[Any]]) -> None:
        """Write one row for each place in the equally long ``columns``."""
        ...


class Database(Protocol):
    """The database of one store; safe to use from several threads."""

    @property
    def damage(self) -> str | None:
        """What is wrong with the stored data as far as it was noticed; writes raise StoreReadOnly then."""
        ...

    def note_damage(self, reason: str) -> None:
        """Note that what was read is not what was written, so that nothing is written any more; logged once."""
        ...

    def reading(self, limit_seconds: float) -> AbstractContextManager[Session]:
        """Lend a session for reading; a query that runs longer than ``limit_seconds`` raises QueryTimeout."""
        ...

    def writing(self) -> AbstractContextManager[Session]:
        """Lend a session that holds the write lock; what it wrote is durable when the block ends without an error."""
        ...

    def standing_back(self) -> AbstractContextManager[None]:
        """Lend the turn to write to another process; who waits here for the log to grow is told at the end.

        Raises StoreReadOnly when damage was noticed.
        """
        ...

    def migrating(self) -> AbstractContextManager[Session]:
        """Lend a session for making or changing tables, which no other process does at the same time."""
        ...

    def settled(self, now_micros: int) -> int | None:
        """Return a time such that whatever was stamped up to it is found by a read that begins now.

        It is ``now_micros`` or, where the database has a clock of its own, that, and never before the last entry. None
        while a transaction, of whatever process, may have stamped entries that nobody sees yet.
        """
        ...

    def inspect(self) -> list[str]:
        """Return what is wrong with the structure of the stored data, as far as this process can look at it."""
        ...

    def wait(self, timeout_seconds: float) -> None:
        """Return when the log may have grown, at the latest after ``timeout_seconds``."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...
