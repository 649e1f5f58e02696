"""A copy of an SQLite file as it is at one moment, taken while others write to it."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from lrs.log.faults import StoreDamaged, StoreUnavailable
from lrs.log.sqlite_faults import translated
from lrs.log.sqlite_wal import require_readable

PAGES_AT_ONCE = 1024
_BUSY_SECONDS = 30.0
_COPY_SETTINGS = ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA cache_size = -4096")

Pages = Callable[[int, int], None]
"""Called now and then with how many pages are copied and how many there are."""


def copy_database(source: Path, target: Path, told: Pages) -> None:
    """Copy ``source`` to the new file ``target``, durable when this returns.

    The copy is what one read transaction sees: writers are not held up, and what was acknowledged before is in it.
    Raises StoreUnavailable when either file cannot be used, StoreDamaged when the structure of the copy, or the
    write-ahead log of the source, is not sound.
    """
    if target.exists():
        raise StoreUnavailable(f"{target} is there already")
    require_readable(source)
    with translated():
        _copy(source, target, told)
        _require_sound(target)
    descriptor = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise StoreUnavailable(f"{target} cannot be made durable: {error.strerror}") from error
    finally:
        os.close(descriptor)


def _copy(source: Path, target: Path, told: Pages) -> None:
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    with (
        closing(_connect(source, "mode=rw")) as original,
        closing(_connect(target, "mode=rw")) as copy,
    ):
        for setting in _COPY_SETTINGS:
            copy.execute(setting)
        original.execute("BEGIN")  # without it every write of others would make the copy begin again
        original.execute("SELECT count(*) FROM sqlite_master").fetchall()
        original.backup(copy, pages=PAGES_AT_ONCE, progress=lambda _, left, total: told(total - left, total))


def _require_sound(file: Path) -> None:
    """Look at every page: the source may have been damaged without anybody having read there since."""
    with closing(_connect(file, "immutable=1")) as copy:
        found = [str(row[0]) for row in copy.execute("PRAGMA quick_check(1)")]
    if found != ["ok"]:
        raise StoreDamaged(f"the copy of {file.name} is not sound, so the original is damaged: {found[0]}")


def _connect(file: Path, how: str) -> sqlite3.Connection:
    address = f"{file.absolute().as_uri()}?{how}"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=_BUSY_SECONDS)
