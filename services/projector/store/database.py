"""What a projection database promises, whichever engine keeps it; ``sqlite`` and ``postgresql`` implement it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

LOG = "log"
"""The name under which the position in the log is tracked."""

Row = Mapping[str, Any]


class Session(Protocol):
    """Named queries inside one transaction."""

    def rows(self, query: str, **parameters: object) -> list[Row]:
        """Return the rows of the named query."""
        ...

    def run_many(self, query: str, rows: Sequence[Row]) -> None:
        """Run the named query once for every row of parameters; nothing happens without rows."""
        ...

    def track(self, position: int) -> None:
        """Record that the log is folded up to ``position``, in this transaction.

        Raises ProjectionUnavailable when that position or a later one is recorded already: another process folds.
        """
        ...


class Database(Protocol):
    """One projection version. Safe to use from several threads; other processes may read while one writes."""

    def read(self) -> AbstractContextManager[Session]:
        """Open a transaction that sees one unchanging state and writes nothing."""
        ...

    def write(self) -> AbstractContextManager[Session]:
        """Open a transaction that is committed, durably and as a whole, when the block ends without an exception."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...


def one(rows: Sequence[Row], column: str) -> Any:
    """Return ``column`` of the only row, None when there is none."""
    return rows[0][column] if rows else None
