"""Connections to PostgreSQL, kept open and lent to one user at a time.

Who needs a connection makes it, in their own thread: a database that is away is noticed at once instead of after a
wait for a pool, and one that is back is used by the next request. An idle connection is looked at before it is lent,
by one system call and no round trip, so a restart of the server in the meantime harms nobody.
"""

import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row

from lrs.log.faults import StoreUnavailable
from lrs.log.patience import Patience

CONNECT_SECONDS = 5
SLOW_CONNECT_SECONDS = 0.5
REST_SECONDS = 1.0
_IDLE_SECONDS = 600.0
_KEPT = 2
_FOR_EVER = float("inf")
# A server that vanished without a word is noticed within about ten seconds, also in the middle of a query.
_LIVENESS: dict[str, Any] = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_HARMLESS = (psycopg.IntegrityError, psycopg.DataError, psycopg.errors.QueryCanceled)


def conninfo(url: str, options: str) -> str:
    """Return how to connect to ``url`` with more ``options`` of the server; what the URL says itself comes first."""
    given = conninfo_to_dict(url)
    options = f"{given.get('options') or ''} {options}".strip()
    return make_conninfo(**{"application_name": "mastrail", **_LIVENESS, **given, "options": options})


class Connections:
    """At most ``most`` connections; a user waits ``wait_seconds`` for one to be given back when all are lent.

    An attempt that took long to fail, as with a host that does not answer, is not repeated for a second: whoever asks
    meanwhile is refused at once.
    """

    def __init__(self, conninfo: str, *, most: int, wait_seconds: float) -> None:
        self._conninfo = conninfo
        self._wait_seconds = wait_seconds
        self._places = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._idle: list[tuple[float, Connection[DictRow]]] = []
        self._not_before = 0.0
        self._closed = False
        self._patience = Patience()

    def open(self, wait: bool = False, timeout: float = 0.0) -> None:
        """Open nothing before it is needed; the library calls this before each use."""
        del wait, timeout

    @contextmanager
    def connection(self, seconds: float = _FOR_EVER) -> Iterator[Connection[DictRow]]:
        """Lend a connection that was there a moment ago, in autocommit mode, for ``seconds`` at most: then it is cut.

        Raises StoreUnavailable when none can be had. One that breaks while it is lent takes the idle ones with it:
        the next users get new ones.
        """
        if not self._places.acquire(timeout=self._wait_seconds):
            raise StoreUnavailable("every connection to the PostgreSQL store is in use")
        try:
            connection = self._take()
            try:
                with self._patience.limited(connection.fileno(), seconds):
                    yield connection
            except BaseException as error:
                self._after(connection, error)
                raise
            self._give_back(connection)
        finally:
            self._places.release()

    def forget_idle(self) -> None:
        """Close the connections that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            _close(connection)

    def close(self) -> None:
        """Close every connection, a lent one when it is given back; a second time does nothing."""
        with self._lock:
            self._closed = True
        self._patience.close()
        self.forget_idle()

    def _take(self) -> Connection[DictRow]:
        while True:
            with self._lock:
                if self._closed:
                    raise StoreUnavailable("the PostgreSQL store is closed")
                found = self._idle.pop() if self._idle else None
            if found is None:
                return self._connect()
            if _is_there(found[1]):
                return found[1]
            _close(found[1])

    def _connect(self) -> Connection[DictRow]:
        began = monotonic()
        if began < self._not_before:
            raise StoreUnavailable("the PostgreSQL store could not be reached a moment ago")
        try:
            return Connection[DictRow].connect(self._conninfo, autocommit=True, row_factory=dict_row)
        except psycopg.Error as error:
            if monotonic() - began > SLOW_CONNECT_SECONDS:
                self._not_before = monotonic() + REST_SECONDS
            reason = str(error).partition("\n")[0]  # names host, port and user, never the password
            raise StoreUnavailable(f"the PostgreSQL store cannot be reached: {reason}") from error

    def _after(self, connection: Connection[DictRow], error: BaseException) -> None:
        """Keep the connection if ``error`` says nothing against it."""
        if connection.closed:
            self.forget_idle()
        elif isinstance(error, psycopg.Error) and not isinstance(error, _HARMLESS):
            _close(connection)
        else:
            self._give_back(connection)

    def _give_back(self, connection: Connection[DictRow]) -> None:
        now = monotonic()
        longest: Connection[DictRow] | None = None
        with self._lock:
            good = not connection.closed and connection.info.transaction_status == TransactionStatus.IDLE
            if kept := good and not self._closed:
                self._idle.append((now, connection))
            if len(self._idle) > _KEPT and now - self._idle[0][0] > _IDLE_SECONDS:
                longest = self._idle.pop(0)[1]
        if not kept:
            _close(connection)
        if longest is not None:
            _close(longest)


def _is_there(connection: Connection[DictRow]) -> bool:
    """Return whether the server keeps quiet on an idle connection: all that it sends by itself is that it ends it."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)


def _close(connection: Connection[DictRow]) -> None:
    with suppress(psycopg.Error):
        connection.close()
