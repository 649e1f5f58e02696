"""What can go wrong with an SQLite file and its disk, and what is safe after it.

A disk without room undoes the transaction and nothing else: the next write tries again. After an I/O error, a failed
fsync above all, neither the caches of the connections nor that of the system can be trusted: every connection is made
anew, the write-ahead log has to reach the disk, its cached pages are dropped, and the log has to show its last
acknowledged entry before anything is written again. A damaged file is served for reading only.
"""

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from eventsourcing.domain import EventSourcingError

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
from lrs.log.sqlite_wal import require_readable

_log = logging.getLogger(__name__)
_PRIMARY = 0xFF
_NO_ROOM = ("SQLITE_IOERR_SHMSIZE",)  # that file is no part of what is stored
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of the driver into those of the log."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise EntryRefused("a row that goes with an entry breaks a constraint") from error
    except sqlite3.Error as error:
        raise _fault(error) from error
    except EventSourcingError as error:
        cause = error.__cause__
        raise _fault(cause if isinstance(cause, sqlite3.Error) else error) from error


def _fault(error: Exception) -> Exception:
    code = _code(error)
    if code == sqlite3.SQLITE_INTERRUPT:
        return QueryTimeout("the query took too long and was stopped")
    if code == sqlite3.SQLITE_FULL or _name(error) in _NO_ROOM:
        return StoreFull("there is no room left for the SQLite store")
    if code == sqlite3.SQLITE_IOERR:
        return ConnectionLost(f"the disk of the SQLite store failed ({_name(error)})")
    if code in _DAMAGED:
        return StoreDamaged(f"the SQLite store is damaged ({_name(error)})")
    return StoreUnavailable(f"the SQLite store cannot be used: {error}")


def _code(error: Exception) -> int:
    # Python 3.11 gives errors that it raises itself no code.
    return int(getattr(error, "sqlite_errorcode", 0)) & _PRIMARY


def is_busy(error: sqlite3.Error) -> bool:
    """Tell whether another connection held the lock that was wanted."""
    return _code(error) == sqlite3.SQLITE_BUSY


def _name(error: Exception) -> str:
    return str(getattr(error, "sqlite_errorname", type(error).__name__))


def commit(connection: sqlite3.Connection) -> None:
    """Commit, or roll back and raise.

    Raises OutcomeUnknown when the disk failed: the transaction is undone here, but after a crash of the machine what
    lies on the disk of it may count as committed.
    """
    try:
        connection.commit()
    except sqlite3.Error as error:
        roll_back(connection)
        if _code(error) == sqlite3.SQLITE_IOERR:
            raise OutcomeUnknown(f"the disk of the SQLite store failed in the commit ({_name(error)})") from error
        raise


def roll_back(connection: sqlite3.Connection) -> None:
    """Undo what is open; an error that says the same as the one before it is passed over."""
    with suppress(sqlite3.Error):
        connection.rollback()


class Condition:
    """What is known of the state of one file; ``generation`` counts how often its connections became worthless."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self.generation = 0
        self.is_suspect = False
        self.damage = Damage()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note what the faults of the block say of the file."""
        try:
            yield
        except StoreDamaged as error:
            self.damage.note(str(error))
            raise
        except ConnectionLost as error:
            with self._lock:
                self.generation += 1
                self.is_suspect = True
            _log.error("the disk failed; the store is read again before it is written", extra={"reason": str(error)})
            raise

    def settle(self) -> None:
        """Make the write-ahead log durable, and let the next reads of it come from the disk.

        A process that died, or a sync that failed, may have left pages that are only in the cache of the system; the
        failed ones count as clean, and nothing would write or drop them any more. Opening that file is harmless: the
        locks of SQLite are on others. Raises ConnectionLost when the disk fails.
        """
        try:
            descriptor = os.open(f"{self._file}-wal", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            os.fsync(descriptor)
            if hasattr(os, "posix_fadvise"):  # macOS lacks it
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        except OSError as error:
            raise ConnectionLost(f"the disk of the SQLite store failed ({error.strerror})") from error
        finally:
            os.close(descriptor)

    def look_through(self) -> None:
        """Raise StoreDamaged when opening the file would lose what is durable; SQLite itself would not tell."""
        require_readable(self._file)

    def trust_again(self) -> None:
        """Note that the file was read again and holds what it has to."""
        self.is_suspect = False
        _log.warning("the store was read again and holds every acknowledged entry; it is written again")
