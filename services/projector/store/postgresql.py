"""A projection version in a PostgreSQL schema, found through ``search_path``."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from eventsourcing.persistence import PersistenceError, Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.sql import SQL

from lrs.log.connections import Connections, conninfo
from lrs.log.faults import StoreUnavailable
from projector.store.database import LOG, Row
from projector.store.faults import ProjectionUnavailable
from projector.store.queries import create_queries, load_queries

_SQL = "postgresql.sql"
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_MOST_CONNECTIONS = 8
_WAIT_SECONDS = 5.0


class PostgresqlRecorder(PostgresTrackingRecorder):
    """Tracking beside the tables of the projection, all made in one transaction."""

    def __init__(self, datastore: PostgresDatastore) -> None:
        super().__init__(datastore)
        self.sql_create_statements.extend(SQL(_literal(query)).format() for query in create_queries(_SQL))

    def track(self, cursor: Cursor[DictRow], position: int) -> None:
        """Record ``position`` in the transaction of ``cursor``."""
        self._insert_tracking(cursor, Tracking(LOG, position))


class PostgresqlSession:
    """Named queries on one cursor."""

    def __init__(self, cursor: Cursor[DictRow], recorder: PostgresqlRecorder) -> None:
        self._cursor = cursor
        self._recorder = recorder
        self._queries = load_queries(_SQL)

    def rows(self, query: str, **parameters: object) -> list[Row]:
        """Return the rows of the named query."""
        with _translated():
            self._cursor.execute(self._queries[query].encode(), parameters)
            return list(self._cursor.fetchall())

    def run_many(self, query: str, rows: Sequence[Row]) -> None:
        """Run the named query over all rows at once, one array per column."""
        if rows:
            columns = {name: [row[name] for row in rows] for name in rows[0]}
            with _translated():
                self._cursor.execute(self._queries[query].encode(), columns)

    def track(self, position: int) -> None:
        """Record the position; see ``Session.track``."""
        with _translated():
            self._recorder.track(self._cursor, position)


class PostgresqlDatabase:
    """One projection version in ``schema`` of the database at ``url``; ``read_only`` for a process that only looks."""

    def __init__(self, url: str, schema: str, *, read_only: bool = False) -> None:
        self._datastore = _datastore(url, schema)
        self._recorder = PostgresqlRecorder(self._datastore)
        try:
            if not read_only:
                with _translated():
                    self._recorder.create_table()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[PostgresqlSession]:
        """Open a transaction that sees one unchanging state."""
        with _translated(), self._datastore.transaction(commit=False) as cursor:
            cursor.execute(_SNAPSHOT)
            yield PostgresqlSession(cursor, self._recorder)

    @contextmanager
    def write(self) -> Iterator[PostgresqlSession]:
        """Open a transaction that is committed as a whole."""
        with _translated(), self._datastore.transaction(commit=True) as cursor:
            yield PostgresqlSession(cursor, self._recorder)

    def close(self) -> None:
        """Close every connection."""
        self._datastore.close()


def _literal(query: str) -> str:
    return query.replace("{", "{{").replace("}", "}}")


def _datastore(url: str, schema: str) -> PostgresDatastore:
    datastore = PostgresDatastore("", "", "", "", "", schema=schema)
    datastore.pool = Connections(  # type: ignore[assignment]  # the library opens, lends and closes
        conninfo(url, f"-c search_path={schema}"), most=_MOST_CONNECTIONS, wait_seconds=_WAIT_SECONDS
    )
    return datastore


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (PersistenceError, psycopg.Error, StoreUnavailable) as error:
        message = f"the projection database cannot be used: {error}"
        raise ProjectionUnavailable(message) from error
