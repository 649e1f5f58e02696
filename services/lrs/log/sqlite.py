"""The log in an SQLite file: WAL, synchronous FULL, one writer at a time through BEGIN IMMEDIATE."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, cast
from urllib.parse import unquote, urlsplit
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteDatastore,
    SQLiteFactory,
)
from eventsourcing.utils import Environment, EnvType

from lrs.log import append, frame, queries, sqlite_recent
from lrs.log.session import Query, Row
from lrs.log.sqlite_driver import LOCK_TIMEOUT_SECONDS, connect
from lrs.log.sqlite_faults import Condition, commit, is_busy, roll_back, translated

_POOL_SIZE = 8
_BUSY_PAUSE_SECONDS = 0.005
_POLL_SECONDS = 0.02
_STEPS_BETWEEN_DEADLINE_CHECKS = 10_000
_ROWS_OF_AN_INSERT = 1024
_MOST_FAULTS_OF_PAGES = 100
_ID_COLUMNS = ("entry_id", "target", "source")
_SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16384",
    "PRAGMA mmap_size = 0",
    "PRAGMA wal_autocheckpoint = 16000",
    "PRAGMA journal_size_limit = 67108864",
)


class SqliteSession:
    """Named queries on one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._sql = queries.load("sqlite")

    def look(self, asked: Sequence[Query]) -> list[list[Row]]:
        """Return the rows of each query."""
        return [self.rows(query, parameters) for query, parameters in asked]

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[Row]:
        """Return the rows of one query."""
        cursor = self._connection.cursor()
        cursor.row_factory = None
        cursor.execute(self._sql[query], {k: _to_column(v) for k, v in parameters.items()})
        names = [column[0] for column in cursor.description or ()]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        for name in _ID_COLUMNS:
            if name in names:
                for row in found:
                    row[name] = UUID(bytes=row[name])
        return [*found]

    def run(self, query: str, parameters: Mapping[str, Any]) -> None:
        """Write with one set of parameters."""
        self._connection.execute(self._sql[query], {k: _to_column(v) for k, v in parameters.items()})

    def run_columns(self, query: str, columns: Mapping[str, Sequence[Any]]) -> None:
        """Write one row for each place in ``columns``, an insert many rows at once.

        Around each statement the driver lets other threads go on and waits for its turn again, which costs more than
        a row does.
        """
        plain = {k: [v.bytes for v in c] if isinstance(c[0], UUID) else c for k, c in columns.items()}
        insert = queries.insert(query)
        if insert is None:
            named = (dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True))
            self._connection.executemany(self._sql[query], named)
            return
        width, rows = len(insert.names), len(plain[insert.names[0]])
        values: list[Any] = [None] * (width * rows)
        for place, name in enumerate(insert.names):
            values[place::width] = plain[name]
        start = 0
        for count in _counts(rows):
            end = start + count * width
            self._connection.execute(insert.of(count), values[start:end])
            start = end


def _counts(rows: int) -> Iterator[int]:
    """Yield how many rows each insert takes, 2^k or 3 * 2^k: so many different statements the driver keeps prepared."""
    while rows:
        spare = max(0, rows.bit_length() - 2)
        count = min(_ROWS_OF_AN_INSERT, rows >> spare << spare)
        yield count
        rows -= count


def _to_column(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.bytes
    if isinstance(value, list):
        return b"".join(one.bytes for one in value)
    return value


class LogConnection(SQLiteConnection):
    """A connection that knows whether the file was well when it was made."""

    def __init__(self, connection: sqlite3.Connection, max_age: float | None, generation: int) -> None:
        super().__init__(connection, max_age)
        self.generation = generation

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection of the driver."""
        return self._sqlite_conn


class LogConnectionPool(SQLiteConnectionPool):
    """Connections with every setting that matters said, none left to how the library was built."""

    def __init__(self, db_name: str, condition: Condition) -> None:
        super().__init__(db_name=db_name, lock_timeout=LOCK_TIMEOUT_SECONDS, pool_size=_POOL_SIZE)
        self._condition = condition

    def _create_connection(self) -> LogConnection:
        """Make a connection; SQLite itself does not wait for who is giving the new file its write-ahead log."""
        deadline = monotonic() + LOCK_TIMEOUT_SECONDS
        while True:
            try:
                return self._make_connection()
            except sqlite3.OperationalError as error:
                if not is_busy(error) or monotonic() > deadline:
                    raise
                sleep(_BUSY_PAUSE_SECONDS)

    def _make_connection(self) -> LogConnection:
        generation = self._condition.generation
        connection = LogConnection(connect(self.db_name), self.max_age, generation)
        try:
            for setting in _SETTINGS:
                connection.raw.execute(setting).fetchall()
        except BaseException:
            connection.close()
            raise
        return connection


class LogDatastore(SQLiteDatastore):
    """Transactions of the log on one file."""

    engine = "sqlite"

    def __init__(self, db_name: str) -> None:
        super().__init__(db_name, lock_timeout=LOCK_TIMEOUT_SECONDS)
        self.acknowledged = 0
        self._condition = Condition(Path(unquote(urlsplit(db_name).path)))
        self.pool = LogConnectionPool(db_name, self._condition)
        self._one_writer = threading.Lock()
        self._writer: LogConnection | None = None
        self._committed = threading.Condition()
        self._condition.settle()
        self._condition.look_through()
        self._anchor()

    def _anchor(self) -> None:
        """Keep one connection open for good.

        The last one to close, and the first one to open, would take from the write-ahead log what lies there as a
        whole, and with it a transaction whose commit the disk failed, which nobody may see.
        """
        with translated():
            connection = cast(LogConnection, self.pool.get_connection())
            connection.raw.execute("PRAGMA schema_version").fetchall()

    @property
    def damage(self) -> str | None:
        """What is wrong with the file, as far as it was noticed."""
        return self._condition.damage.noticed

    def note_damage(self, reason: str) -> None:
        """Write no more, since what was read is not what was written."""
        self._condition.damage.note(reason)

    @contextmanager
    def raw(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection outside any transaction."""
        connection = self._take()
        try:
            with self._condition.watched(), translated():
                yield connection.raw
        finally:
            if connection.generation != self._condition.generation:
                connection.close()
            self.pool.put_connection(connection)

    @contextmanager
    def _writers_own(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection that writes, always the same: its cache of pages is good until another one commits."""
        writer = self._writer
        if writer is None or writer.generation != self._condition.generation:
            self._writer = None
            if writer is not None:
                writer.close()
                self.pool.put_connection(writer)
            writer = self._writer = self._take()
        with self._condition.watched(), translated():
            yield writer.raw

    def _take(self) -> LogConnection:
        """Return a connection that was made after the last failure of the disk."""
        while True:
            with self._condition.watched(), translated():
                connection = cast(LogConnection, self.pool.get_connection())
            if connection.generation == self._condition.generation:
                return connection
            connection.close()
            self.pool.put_connection(connection)

    @contextmanager
    def reading(self, limit_seconds: float) -> Iterator[SqliteSession]:
        """Lend a session that sees one state of the store; its queries are stopped after ``limit_seconds``."""
        with self.raw() as connection:
            deadline = monotonic() + limit_seconds
            connection.set_progress_handler(lambda: monotonic() > deadline, _STEPS_BETWEEN_DEADLINE_CHECKS)
            connection.execute("BEGIN")
            try:
                yield SqliteSession(connection)
            finally:
                connection.set_progress_handler(None, 0)
                connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[SqliteSession]:
        """Lend a session that holds the write lock; commit at the end, roll back on any error.

        Raises StoreReadOnly when the file is damaged, OutcomeUnknown when the disk fails in the commit.
        """
        with self._one_writer:
            self._make_sure()
            with self._condition.damage.read_only(), self._writers_own() as connection:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield SqliteSession(connection)
                except BaseException:
                    roll_back(connection)
                    raise
                commit(connection)
        self._tell()

    @contextmanager
    def standing_back(self) -> Iterator[None]:
        """Lend the turn to write to another process: SQLite would let who waits for its lock poll for it."""
        with self._one_writer:
            self._condition.damage.require_writable()
            yield
        self._tell()

    def _tell(self) -> None:
        with self._committed:
            self._committed.notify_all()

    def _make_sure(self) -> None:
        """After a failure of the disk, see by new connections that the last acknowledged entry is there."""
        self._condition.damage.require_writable()
        if not self._condition.is_suspect:
            return
        self._condition.settle()
        if self.acknowledged:
            with self.reading(LOCK_TIMEOUT_SECONDS) as session:
                found = session.rows("select_entries_after", {"after": self.acknowledged - 1, "limit": 1})
            if not found or found[0]["position"] != self.acknowledged:
                self._condition.damage.note("the last acknowledged entry is not there after a failure of the disk")
        self._condition.damage.require_writable()
        self._condition.trust_again()

    def inspect(self) -> list[str]:
        """Return what SQLite finds wrong with the pages of the file, in its words: they name pages, no content."""
        with self.raw() as connection:
            found = [str(row[0]) for row in connection.execute(f"PRAGMA quick_check({_MOST_FAULTS_OF_PAGES})")]
        return [line for text in found for line in text.splitlines() if text != "ok"]

    @contextmanager
    def migrating(self) -> Iterator[SqliteSession]:
        """Lend a session for writing; its lock is one that nobody else can migrate beside."""
        with self.writing() as session:
            yield session

    def settled(self, now_micros: int) -> int | None:
        """Return ``now_micros``, or the time of the last entry if that is later; None while somebody writes."""
        if not self._one_writer.acquire(blocking=False):
            return None
        try:
            with self.raw() as connection:
                if not _try_lock(connection):
                    return None
        finally:
            self._one_writer.release()
        with self.reading(LOCK_TIMEOUT_SECONDS) as session:
            head = session.rows("select_head", {})
            return max([now_micros, *(frame.recorded_micros(row["state"]) for row in head)])

    def wait(self, timeout_seconds: float) -> None:
        """Return at the next commit of this process, or soon, for another process may have committed."""
        with self._committed:
            self._committed.wait(min(timeout_seconds, _POLL_SECONDS))


def _try_lock(connection: sqlite3.Connection) -> bool:
    connection.execute("PRAGMA busy_timeout = 0").fetchall()
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.rollback()
        return True
    except sqlite3.OperationalError:
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout = {LOCK_TIMEOUT_SECONDS * 1000}").fetchall()


class SqliteLogRecorder(SQLiteApplicationRecorder):
    """Stamps ``recorded`` and the position under BEGIN IMMEDIATE and writes the index rows in the same transaction."""

    datastore: LogDatastore
    now_micros: Callable[[], int]

    def create_table(self) -> None:
        """Create the tables of a new store; two processes may do so at once."""
        with self.datastore.reading(LOCK_TIMEOUT_SECONDS) as session:
            if session.rows("select_created", {}):
                return
        with self.datastore.writing() as session:
            for query in queries.creation("sqlite"):
                session.run(query, {})

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Append the groups of ``kwargs["append"]`` and fill its results; alone, the events are one group."""
        request: append.Append = kwargs.get("append") or append.single_group(stored_events)
        append.seal(request, stored_events)
        with self.datastore.writing() as session:
            sqlite_recent.run(session, request, self.now_micros())
        self.datastore.acknowledged = append.last_position(request, self.datastore.acknowledged)
        return None if "append" in kwargs else append.only_positions(request)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return the one event of an entry id."""
        del gt, lte, desc, limit
        with self.datastore.reading(LOCK_TIMEOUT_SECONDS) as session:
            rows = session.rows("select_entries_by_id", {"ids": [originator_id]})
        return [StoredEvent(row["entry_id"], 1, row["topic"], row["state"]) for row in rows]

    def convert_originator_id(self, originator_id: Any) -> UUID | str:
        """Return the id of 16 bytes."""
        return UUID(bytes=originator_id)


class SqliteLogFactory(SQLiteFactory):
    """Builds the recorder of the log (the library's documented way to an own one)."""

    application_recorder_class = SqliteLogRecorder

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self.datastore: LogDatastore = LogDatastore(self.datastore.pool.db_name)
