"""A projection version in an SQLite file: WAL, so that other processes read while one folds."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from eventsourcing.persistence import PersistenceError, Tracking
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteTrackingRecorder,
)

from lrs.log.sqlite_driver import connect
from projector.store.database import LOG, Row
from projector.store.faults import ProjectionUnavailable
from projector.store.queries import create_queries, load_queries

_SQL = "sqlite.sql"


class _Pool(SQLiteConnectionPool):
    """Connections that keep the statements of the projection prepared."""

    def _create_connection(self) -> SQLiteConnection:
        made = connect(self.db_name)
        try:
            made.execute("PRAGMA journal_mode = WAL").fetchall()
        except BaseException:
            made.close()
            raise
        return SQLiteConnection(made, self.max_age)


class _Datastore(SQLiteDatastore):
    """Transactions of the library on such connections."""

    def __init__(self, db_name: str) -> None:
        super().__init__(db_name)
        self.pool = _Pool(db_name=db_name)


class SqliteRecorder(SQLiteTrackingRecorder):
    """Tracking beside the tables of the projection, all made in one transaction."""

    def construct_create_table_statements(self) -> list[str]:
        """Return the statements that make the tracking table and ours."""
        return [*super().construct_create_table_statements(), *create_queries(_SQL)]

    def track(self, cursor: SQLiteCursor, position: int) -> None:
        """Record ``position`` in the transaction of ``cursor``."""
        self._insert_tracking(cursor, Tracking(LOG, position))


class SqliteSession:
    """Named queries on one cursor."""

    def __init__(self, cursor: SQLiteCursor, recorder: SqliteRecorder) -> None:
        self._cursor = cursor
        self._recorder = recorder
        self._queries = load_queries(_SQL)

    def rows(self, query: str, **parameters: object) -> list[Row]:
        """Return the rows of the named query."""
        with _translated():
            self._cursor.execute(self._queries[query], parameters)
            return [dict(row) for row in self._cursor.fetchall()]

    def run_many(self, query: str, rows: Sequence[Row]) -> None:
        """Run the named query once for every row of parameters."""
        if rows:
            with _translated():
                self._cursor.executemany(self._queries[query], rows)

    def track(self, position: int) -> None:
        """Record the position; see ``Session.track``."""
        with _translated():
            self._recorder.track(self._cursor, position)


class SqliteDatabase:
    """One projection version in ``file``; ``read_only`` for a process that only looks."""

    def __init__(self, file: Path, *, read_only: bool = False) -> None:
        mode = "ro" if read_only else "rwc"
        self._datastore = _Datastore(f"{file.absolute().as_uri()}?mode={mode}")
        self._recorder = SqliteRecorder(self._datastore)
        if not read_only:
            with _translated():
                self._recorder.create_table()

    @contextmanager
    def read(self) -> Iterator[SqliteSession]:
        """Open a transaction that sees one unchanging state."""
        with _translated(), self._datastore.transaction(commit=False) as cursor:
            yield SqliteSession(cursor, self._recorder)

    @contextmanager
    def write(self) -> Iterator[SqliteSession]:
        """Open a transaction that is committed as a whole."""
        with _translated(), self._datastore.transaction(commit=True) as cursor:
            yield SqliteSession(cursor, self._recorder)

    def close(self) -> None:
        """Close every connection; the last one to close folds the WAL back into the file."""
        self._datastore.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (PersistenceError, sqlite3.Error) as error:
        message = f"the projection database cannot be used: {error}"
        raise ProjectionUnavailable(message) from error
