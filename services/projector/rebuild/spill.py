"""Where a worker keeps the engine's documents that its memory has no room for: a file that nobody else sees."""

import sqlite3
from collections.abc import Sequence

from projector.store.database import Row
from projector.store.queries import load_queries

_DOCUMENTS = ("put_document", "delete_document")


class Spill:
    """Implements ``projector.store.database.Session`` over a nameless file that is gone with the process.

    Everything that is written is also ``taken``, to be written where it belongs.
    """

    def __init__(self) -> None:
        self._queries = load_queries("sqlite.sql")
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(self._queries["create_documents"])
        self._connection.execute("BEGIN")
        self._taken: dict[str, list[Row]] = {}

    def rows(self, query: str, **parameters: object) -> list[Row]:
        """Return the rows of a named query over documents."""
        return [dict(row) for row in self._connection.execute(self._queries[query], parameters)]

    def run_many(self, query: str, rows: Sequence[Row]) -> None:
        """Run the named query once for every row of parameters, if it is about documents."""
        if rows:
            self._taken.setdefault(query, []).extend(rows)
            self.keep(query, rows)

    def keep(self, query: str, rows: Sequence[Row]) -> None:
        """Run a query about documents without taking its rows."""
        if query in _DOCUMENTS:
            self._connection.executemany(self._queries[query], rows)

    def track(self, position: int) -> None:
        """Do nothing: the one who writes what was taken tracks it."""

    def taken(self) -> dict[str, list[Row]]:
        """Return what was written since this was last asked, by query."""
        taken, self._taken = self._taken, {}
        return taken

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()
