"""The log in PostgreSQL: one schema per tenant, positions and times given under a table lock, binary bulk inserts."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from time import monotonic, sleep
from typing import Any

import psycopg
from eventsourcing.persistence import InfrastructureFactory, StoredEvent
from eventsourcing.postgres import (
    PostgresApplicationRecorder,
    PostgresDatastore,
    PostgresFactory,
)
from eventsourcing.utils import Environment, EnvType
from psycopg import Connection, sql
from psycopg.abc import Query as Sql
from psycopg.rows import DictRow

from lrs.log import append, arrays, frame, plain, queries
from lrs.log.arrays import as_array
from lrs.log.connections import Connections, conninfo
from lrs.log.damage import Damage
from lrs.log.faults import (
    ConnectionLost,
    EntryRefused,
    OutcomeUnknown,
    QueryTimeout,
    StoreDamaged,
    StoreFull,
    StoreUnavailable,
)
from lrs.log.session import Query, Row

LOCK_TIMEOUT_SECONDS = 10
WAIT_SECONDS = 5.0
WRITE_SECONDS = 40.0
_MAX_CONNECTIONS = 16
_ANSWER_SECONDS = 5.0
_FOR_EVER = float("inf")
_ATTEMPTS = 4
_SETTLE_SECONDS = 8.0
_SETTLE_PAUSE_SECONDS = 0.05
_CONNECTION_CLASSES = ("08", "57P")
# Every read walks an index in the order of the log, looks each row up in others and stops at its limit; the plans that
# read a whole term or table first, which the planner chooses when its statistics are old, are out of the question.
_SETTINGS = (
    "-c synchronous_commit=on -c TimeZone=UTC -c default_transaction_isolation=read\\ committed "
    "-c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off"
)


arrays.register(psycopg.adapters)


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of the driver into those of the log; no message of the server is passed on, as it may quote data."""
    try:
        yield
    except psycopg.errors.QueryCanceled as error:
        raise QueryTimeout("the query took too long and was stopped") from error
    except (psycopg.IntegrityError, psycopg.DataError) as error:
        raise EntryRefused("a row that goes with an entry breaks a constraint") from error
    except (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted, psycopg.errors.UndefinedFile) as error:
        raise StoreDamaged(f"the PostgreSQL store reports that its data is damaged ({type(error).__name__})") from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise _unavailable(error) from error
    except psycopg.Error as error:
        raise StoreUnavailable(f"the PostgreSQL store cannot be used ({type(error).__name__})") from error


def _unavailable(error: psycopg.Error) -> StoreUnavailable:
    """Return what an operational error means: a lost connection has no code, or one of the server's end."""
    if error.sqlstate is None or error.sqlstate.startswith(_CONNECTION_CLASSES):
        return ConnectionLost("the connection to the PostgreSQL store was lost")
    if error.sqlstate == psycopg.errors.DiskFull.sqlstate:
        return StoreFull("there is no room left for the PostgreSQL store")
    if error.sqlstate == psycopg.errors.LockNotAvailable.sqlstate:
        return StoreUnavailable("the lock of the log could not be had in time")
    return StoreUnavailable(f"the PostgreSQL store cannot be used ({type(error).__name__})")


@cache
def _sql() -> dict[str, bytes]:
    return {name: query.encode() for name, query in queries.load("postgresql").items()}


class PostgresqlSession:
    """Named queries on one connection in pipeline mode: writes are sent on without waiting for their answers."""

    def __init__(self, connection: Connection[DictRow]) -> None:
        self._connection = connection
        self._sql = _sql()

    def cursor(self) -> psycopg.Cursor[DictRow]:
        """Return a cursor whose results come in binary."""
        return self._connection.cursor(binary=True)

    def look(self, asked: Sequence[Query]) -> list[list[Row]]:
        """Return the rows of each query, in one round trip."""
        cursors = [self.send(query, parameters) for query, parameters in asked]
        return [[*cursor.fetchall()] for cursor in cursors]

    def run(self, query: str, parameters: Mapping[str, Any]) -> None:
        """Write with one set of parameters."""
        self.send(query, parameters)

    def run_columns(self, query: str, columns: Mapping[str, Sequence[Any]]) -> None:
        """Write one row for each place in ``columns``, sent as binary arrays."""
        self.send(query, {name: as_array(column) for name, column in columns.items()})

    def send(self, query: str, parameters: Mapping[str, Any]) -> psycopg.Cursor[DictRow]:
        """Send a query and return the cursor that will have its rows."""
        sent = {k: as_array(v) if v and isinstance(v, list) else v for k, v in parameters.items()}
        return self.cursor().execute(self._sql[query], sent)


class LogDatastore(PostgresDatastore):
    """Transactions of the log in one schema of one database."""

    engine = "postgresql"

    def __init__(self, url: str, schema: str) -> None:
        self._listening = threading.Lock()
        self._listener: Connection[Any] | None = None  # before all else: the library closes what was made half, too
        self._is_closed = False
        self._damage = Damage()
        super().__init__("", "", "", "", "", schema=schema, lock_timeout=LOCK_TIMEOUT_SECONDS)
        self._conninfo = conninfo(url, f"-c search_path={self.schema} {_SETTINGS}")
        self.pool: Connections = Connections(  # type: ignore[assignment]  # the library opens, lends and closes
            self._conninfo, most=_MAX_CONNECTIONS, wait_seconds=WAIT_SECONDS
        )

    @property
    def damage(self) -> str | None:
        """What the server, or a payload, said that is wrong with the data."""
        return self._damage.noticed

    def note_damage(self, reason: str) -> None:
        """Write no more, since what was read is not what was written."""
        self._damage.note(reason)

    def inspect(self) -> list[str]:
        """Return nothing: the structure is the server's own affair."""
        return []

    def register_type_adapters(self) -> None:
        """Register nothing: the log sends arrays of plain types, not of the library's composite type."""

    @contextmanager
    def transaction_session(self, seconds: float = WRITE_SECONDS) -> Iterator[PostgresqlSession]:
        """Lend a session in a transaction that is committed at the end; a server silent so long is given up."""
        with self._lent(seconds) as connection, connection.transaction():
            yield PostgresqlSession(connection)

    @contextmanager
    def _lent(self, seconds: float) -> Iterator[Connection[DictRow]]:
        """Lend a connection in pipeline mode; a server silent so long is given up."""
        lent = self.pool.connection(seconds)
        try:
            with translated(), lent as connection, connection.pipeline():
                yield connection
        except StoreDamaged as error:
            self._damage.note(str(error))
            raise

    @contextmanager
    def reading(self, limit_seconds: float) -> Iterator[PostgresqlSession]:
        """Lend a session for reading; its queries are stopped after ``limit_seconds``."""
        with self.transaction_session(limit_seconds + _ANSWER_SECONDS) as session:
            session.run("limit_statement", {"milliseconds": str(max(1, int(limit_seconds * 1000)))})
            yield session

    @contextmanager
    def writing(self) -> Iterator[PostgresqlSession]:
        """Lend a session for writing.

        Raises StoreReadOnly when damage was noticed, OutcomeUnknown when the connection breaks in the commit.
        """
        self._damage.require_writable()
        committing = False
        try:
            with self._damage.read_only(), self.transaction_session() as session:
                yield session
                committing = True
        except ConnectionLost as error:
            if committing:
                raise OutcomeUnknown("the connection to the PostgreSQL store was lost in the commit") from error
            raise

    def write_at_once(self, before: Sequence[Sql], query: str, parameters: Mapping[str, Any]) -> Row:
        """Begin, send what comes ``before``, write, commit, all in one round trip; return the row that ``query`` gives.

        Raises as ``writing`` does, OutcomeUnknown whenever the connection breaks.
        """
        self._damage.require_writable()
        try:
            with self._damage.read_only(), self._lent(WRITE_SECONDS) as connection:
                connection.execute("BEGIN", prepare=False)
                for statement in before:
                    connection.execute(statement, prepare=True)
                answer = PostgresqlSession(connection).send(query, parameters)
                connection.execute("COMMIT", prepare=False)
        except ConnectionLost as error:
            raise OutcomeUnknown("the connection to the PostgreSQL store was lost before it answered") from error
        [row] = answer.fetchall()
        return row

    @contextmanager
    def standing_back(self) -> Iterator[None]:
        """Do nothing but look whether damage was noticed: the server's own lock gives each its turn."""
        self._damage.require_writable()
        yield

    @contextmanager
    def migrating(self) -> Iterator[PostgresqlSession]:
        """Lend a session for writing that nobody else migrates beside; it does not wait for other locks for long."""
        self._damage.require_writable()
        with self.transaction_session(_FOR_EVER) as session:
            session.run("lock_creation", {"schema": self.schema})
            session.run("limit_lock", {"milliseconds": str(LOCK_TIMEOUT_SECONDS * 1000)})
            yield session

    def settled(self, now_micros: int) -> int | None:
        """Return the database's clock, or the time of the last entry if that is later; None while somebody writes."""
        del now_micros
        with self.reading(LOCK_TIMEOUT_SECONDS) as session:
            row = session.look([("select_settled", {})])[0][0]
            last = frame.recorded_micros(row["state"]) if row["state"] else row["clock"]
        return None if row["writing"] else max(row["clock"], last)

    def wait(self, timeout_seconds: float) -> None:
        """Return at the next NOTIFY of the log, at the latest after ``timeout_seconds``."""
        if not self._listening.acquire(timeout=timeout_seconds):
            return
        try:
            with translated():
                listener = self._listener or self._listen()
                for _ in listener.notifies(timeout=timeout_seconds, stop_after=1):
                    return
        except StoreUnavailable:
            self._stop_listening()
            raise
        finally:
            self._listening.release()

    def close(self) -> None:
        """Close every connection, and the one that somebody makes for waiting just now."""
        self._is_closed = True
        super().close()
        self._stop_listening()

    def _listen(self) -> Connection[Any]:
        listener = psycopg.connect(self._conninfo, autocommit=True)
        self._listener = listener
        if self._is_closed:
            raise StoreUnavailable("the PostgreSQL store is closed")
        listener.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel(self.schema))))
        return listener

    def _stop_listening(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()


def channel(schema: str) -> str:
    """Return the NOTIFY channel of the log in ``schema``; channels belong to the whole database."""
    return f"{schema}_log"


class PostgresqlLogRecorder(PostgresApplicationRecorder):
    """Stamps ``recorded`` and the position under the table lock and writes the index rows in the same transaction."""

    datastore: LogDatastore
    now_micros: Callable[[], int]

    def __init__(self, datastore: LogDatastore) -> None:
        super().__init__(datastore)
        self.channel_name = channel(datastore.schema)
        self._acknowledged = 0

    def create_table(self) -> None:
        """Create the schema and its tables for a new store; processes that do so at once wait for one another."""
        with self.datastore.reading(LOCK_TIMEOUT_SECONDS) as session:
            if session.look([("select_created", {})])[0]:
                return
        with self.datastore.writing() as session:
            session.run("lock_creation", {"schema": self.datastore.schema})
            session.cursor().execute(
                sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(self.datastore.schema))
            )
            for query in queries.creation("postgresql"):
                session.run(query, {})

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Append the groups of ``kwargs["append"]`` and fill its results; alone, the events are one group.

        When the connection breaks, the commit may have happened or not. The next attempt takes the lock, which waits
        for the end of the first one's transaction, and recognises what that one stored by its frames. So that a
        restart of the server leaves no doubt, attempts go on for some seconds once a commit was on its way; before
        that nothing was stored, and a server that is away is told at once.
        """
        request: append.Append = kwargs.get("append") or append.single_group(stored_events)
        append.seal(request, stored_events)
        self._insert(request)
        self._acknowledged = append.last_position(request, self._acknowledged)
        return None if "append" in kwargs else append.only_positions(request)

    def _insert(self, request: append.Append) -> None:
        attempts, until = 0, None
        while True:
            attempts += 1
            try:
                return self._insert_once(request)
            except OutcomeUnknown:
                until = until or monotonic() + _SETTLE_SECONDS
            except StoreUnavailable as error:
                if until is None and (attempts >= _ATTEMPTS or not isinstance(error, ConnectionLost)):
                    raise
            if until is not None:
                if monotonic() > until:
                    raise OutcomeUnknown("the PostgreSQL store went away in the commit and did not come back in time")
                sleep(_SETTLE_PAUSE_SECONDS)

    def _insert_once(self, request: append.Append) -> None:
        if self._acknowledged and not request.attempts and self._insert_plain(request):
            return
        with self.datastore.writing() as session:
            cursor = session.cursor()
            self._lock_table(cursor)
            if append.run(session, request, 0):
                self._notify_channel(cursor)

    def _insert_plain(self, request: append.Append) -> bool:
        """Append at once what needs no look before; return whether that was done."""
        columns = plain.columns(request, self._acknowledged)
        if columns is None:
            return False
        arrays = {name: as_array(column) for name, column in columns.items()}
        sent = {**arrays, "channel": self.channel_name}
        row = self.datastore.write_at_once(self.lock_table_statements, "append_plain", sent)
        if row["is_written"]:
            plain.settle(request, row["position"], row["recorded"])
        else:
            request.attempts.clear()
        return bool(row["is_written"])


class PostgresqlLogFactory(PostgresFactory):
    """Builds the recorder of the log (the library's documented way to an own one)."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        InfrastructureFactory.__init__(self, env)
        url, schema = self.env.get("MASTRAIL_POSTGRESQL_URL"), self.env.get("MASTRAIL_POSTGRESQL_SCHEMA")
        if not url or not schema:
            raise ValueError("a PostgreSQL log needs a URL and a schema")
        with translated():
            self.datastore: LogDatastore = LogDatastore(url, schema)

    def application_recorder(self) -> PostgresqlLogRecorder:
        """Return the recorder, its tables created."""
        recorder = PostgresqlLogRecorder(self.datastore)
        recorder.create_table()
        return recorder
