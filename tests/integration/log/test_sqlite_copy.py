"""A copy of an SQLite file is what one moment saw, whole, and never made over another file or of a damaged one."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lrs.log.faults import StoreDamaged, StoreUnavailable
from lrs.log.sqlite_copy import copy_database

ROWS = 20_000
PAGE_BYTES = 4096


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A database in WAL mode of some hundred pages."""
    with closing(sqlite3.connect(tmp_path / "source.sqlite")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE facts (number INTEGER PRIMARY KEY, word TEXT)")
        database.executemany(
            "INSERT INTO facts (word) VALUES (?)", [(f"word {number} " * 8,) for number in range(ROWS)]
        )
        database.commit()
    return tmp_path / "source.sqlite"


@pytest.fixture
def writer(source: Path) -> Iterator[threading.Event]:
    """Somebody who adds pairs of rows without pause until the test ends; set once the first pair is there."""
    writing, stop = threading.Event(), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(source, timeout=20)) as database:
            while not stop.is_set():
                with database:
                    database.executemany("INSERT INTO facts (word) VALUES (?)", [("pair",), ("pair",)])
                writing.set()

    thread = threading.Thread(target=write)
    thread.start()
    yield writing
    stop.set()
    thread.join()


def count(file: Path, word: str = "%") -> int:
    with closing(sqlite3.connect(file)) as database:
        return int(database.execute("SELECT count(*) FROM facts WHERE word LIKE ?", (word,)).fetchone()[0])


def test_a_copy_made_while_others_write_has_what_was_there_before_and_no_half_transaction(
    source: Path, writer: threading.Event, tmp_path: Path
) -> None:
    assert writer.wait(60)
    before = count(source)
    seen: list[tuple[int, int]] = []
    copy_database(source, tmp_path / "copy.sqlite", lambda done, total: seen.append((done, total)))
    assert count(tmp_path / "copy.sqlite") >= before
    assert count(tmp_path / "copy.sqlite", "pair") % 2 == 0
    assert seen[-1][0] == seen[-1][1] > 1


def test_nothing_is_overwritten(source: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.sqlite").write_bytes(b"mine")
    with pytest.raises(StoreUnavailable, match="there already"):
        copy_database(source, tmp_path / "copy.sqlite", lambda _done, _total: None)
    assert (tmp_path / "copy.sqlite").read_bytes() == b"mine"


def test_a_damaged_file_is_not_copied_unnoticed(source: Path, tmp_path: Path) -> None:
    content = bytearray(source.read_bytes())
    middle = len(content) // PAGE_BYTES // 2 * PAGE_BYTES
    content[middle : middle + PAGE_BYTES] = bytes(PAGE_BYTES)
    source.write_bytes(content)
    with pytest.raises(StoreDamaged):
        copy_database(source, tmp_path / "copy.sqlite", lambda _done, _total: None)
