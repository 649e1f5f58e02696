"""A write-ahead log whose durable transactions cannot be read is told from one that only ends in the middle of one."""

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lrs.log.faults import StoreDamaged
from lrs.log.locks import acquire_server_lock
from lrs.log.sqlite_wal import require_readable

HEADER_BYTES = 32
FRAME_BYTES = 24 + 4096
TRANSACTIONS = 30


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An open database in which some transactions are committed, none of them checkpointed."""
    with closing(sqlite3.connect(tmp_path / "live.sqlite", isolation_level=None)) as connection:
        for setting in ("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 0"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute("CREATE TABLE entry (content)")
        for _ in range(TRANSACTIONS):
            write(connection, 10)
        yield connection


def write(connection: sqlite3.Connection, rows: int) -> None:
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO entry VALUES (?)", [(os.urandom(600),) for _ in range(rows)])
    connection.execute("COMMIT")


def as_a_crash_leaves_it(database: sqlite3.Connection, folder: Path) -> tuple[Path, bytearray]:
    """Return a copy of the file, and what its write-ahead log would be."""
    (name,) = (row[2] for row in database.execute("PRAGMA database_list"))
    copy = folder / "copy.sqlite"
    copy.write_bytes(Path(name).read_bytes())
    return copy, bytearray(Path(f"{name}-wal").read_bytes())


def looked_through(file: Path, log: bytes) -> bool:
    """Return whether the log is taken for a sound one."""
    Path(f"{file}-wal").write_bytes(log)
    try:
        require_readable(file)
    except StoreDamaged:
        return False
    return True


def test_a_log_in_use_is_sound_through_checkpoints_rollbacks_and_new_rounds(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    chance = random.Random(1)
    file = tmp_path / "live.sqlite"
    require_readable(file)
    database.execute("PRAGMA cache_size = 10")  # so that what is rolled back later has reached the log
    for turn in range(100):
        database.execute("BEGIN")
        database.executemany("INSERT INTO entry VALUES (?)", [(os.urandom(600),)] * chance.randrange(60))
        database.execute(chance.choice(["COMMIT", "ROLLBACK"]))
        if turn % 20 == 0:
            database.execute("PRAGMA wal_checkpoint(RESTART)")
        require_readable(file)


def test_a_log_that_is_cut_anywhere_ends_in_the_middle_of_a_transaction(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    file, log = as_a_crash_leaves_it(database, tmp_path)
    chance = random.Random(2)
    assert all(looked_through(file, log[: chance.randrange(len(log))]) for _ in range(40))
    assert looked_through(file, b"")


def test_a_byte_that_changed_before_the_last_transaction_is_damage_wherever_it_is(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    file, log = as_a_crash_leaves_it(database, tmp_path)
    frames = (len(log) - HEADER_BYTES) // FRAME_BYTES
    chance = random.Random(3)
    of_header = [*range(16, HEADER_BYTES, 4)]
    of_a_frame = [HEADER_BYTES + 9 * FRAME_BYTES + place for place in range(0, 24, 4)]
    anywhere = [HEADER_BYTES + chance.randrange((frames - 20) * FRAME_BYTES) for _ in range(40)]
    for place in [*of_header, *of_a_frame, *anywhere]:
        changed = bytearray(log)
        changed[place] ^= 0xFF
        assert not looked_through(file, changed), place


def test_while_a_server_has_the_folder_the_log_was_looked_through_by_it(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    file, log = as_a_crash_leaves_it(database, tmp_path)
    log[HEADER_BYTES + FRAME_BYTES // 2] ^= 0xFF
    with acquire_server_lock(tmp_path):
        assert not looked_through(file, log), "this process is that server"
        asked = (
            f"from pathlib import Path; from lrs.log.sqlite_wal import require_readable as r; r(Path({str(file)!r}))"
        )
        other = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
        assert (other.returncode, other.stderr) == (0, "")
    assert not looked_through(file, log)


def test_a_destroyed_page_in_the_log_is_damage(database: sqlite3.Connection, tmp_path: Path) -> None:
    file, log = as_a_crash_leaves_it(database, tmp_path)
    place = HEADER_BYTES + 5 * FRAME_BYTES
    log[place : place + FRAME_BYTES] = bytes(FRAME_BYTES)
    assert not looked_through(file, log)
    with pytest.raises(StoreDamaged, match=r"copy\.sqlite-wal is damaged.*restore a backup"):
        require_readable(file)


def test_the_last_transaction_may_have_been_in_progress(database: sqlite3.Connection, tmp_path: Path) -> None:
    file, log = as_a_crash_leaves_it(database, tmp_path)
    log[-1] ^= 0xFF
    assert looked_through(file, log)


def test_what_an_earlier_round_left_behind_the_end_is_no_damage(database: sqlite3.Connection, tmp_path: Path) -> None:
    database.execute("PRAGMA wal_checkpoint(RESTART)")
    write(database, 10)
    file, log = as_a_crash_leaves_it(database, tmp_path)
    assert len(log) > HEADER_BYTES + 20 * FRAME_BYTES
    assert looked_through(file, log)
    log[HEADER_BYTES + FRAME_BYTES // 2] ^= 0xFF  # the only transaction of this round: it may not have been finished
    assert looked_through(file, log)


def test_without_a_log_there_is_nothing_to_look_through(tmp_path: Path) -> None:
    require_readable(tmp_path / "none.sqlite")


def test_a_log_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "copy.sqlite-wal").mkdir()
    with pytest.raises(StoreDamaged, match=r"copy\.sqlite-wal cannot be read"):
        require_readable(tmp_path / "copy.sqlite")
