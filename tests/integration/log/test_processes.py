"""Several processes on one store: order for a follower, and wholeness when they are killed."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lrs.log.entry import STATEMENT_STORED, LogEntry
from lrs.log.store import Store
from lrs.read.statements import StatementReader
from lrs.xapi.query import StatementQuery
from support.postgres import named_connections, wait_until_left

PROGRAM = Path(__file__).with_name("appending.py")
SECONDS = 60


@pytest.fixture
def start(store_location: str, tmp_path: Path) -> Iterator[Callable[[str, int], subprocess.Popen[str]]]:
    """Return a starter of processes that append batches under a name."""
    started: list[subprocess.Popen[str]] = []

    def make(name: str, batches: int) -> subprocess.Popen[str]:
        location = store_location if store_location == "sqlite" else named_connections(store_location, name)
        command = [sys.executable, str(PROGRAM), location, str(tmp_path / "data"), name, str(batches)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield make
    for process in started:
        process.kill()
        process.communicate()


def follow(store: Store, until: Callable[[], bool]) -> list[LogEntry]:
    """Read the log as a follower does, from position to position."""
    seen: list[LogEntry] = []
    done = False
    while not done:
        done = until()
        while page := store.read(seen[-1].position if seen else 0, 100):
            seen += page
        store.wait(seen[-1].position, 0.05)
    return seen


def test_a_follower_misses_nothing_that_several_processes_append(
    store: Store, start: Callable[[str, int], subprocess.Popen[str]]
) -> None:
    processes = [start(name, 60) for name in ("a", "b", "c", "d")]
    seen = follow(store, lambda: all(process.poll() is not None for process in processes))
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert [entry.position for entry in seen] == list(range(1, store.head()[0] + 1))
    assert [entry.recorded for entry in seen] == sorted(entry.recorded for entry in seen)
    per_batch = Counter(tuple(entry.payload.split()[:2]) for entry in seen if entry.topic == STATEMENT_STORED)
    assert per_batch == {(name, str(n).encode()): n % 5 + 2 for name in (b"a", b"b", b"c", b"d") for n in range(60)}


def test_killed_at_any_moment_nothing_acknowledged_is_lost_and_no_batch_is_half(
    store: Store, start: Callable[[str, int], subprocess.Popen[str]], store_location: str
) -> None:
    for attempt in range(6):
        name = f"run{attempt}"
        process = start(name, 100_000)
        assert process.stdout is not None
        assert process.stdout.readline() == "0\n"
        time.sleep(0.02 + 0.023 * attempt)
        process.kill()
        printed = process.communicate(timeout=SECONDS)[0].split()
        acknowledged = int(printed[-1]) if printed else 0
        if store_location != "sqlite":
            wait_until_left(store_location, name)
        found = stored(store, name.encode())
        assert sorted(found) == list(range(len(found)))
        assert len(found) in (acknowledged + 1, acknowledged + 2)
        assert all(entries == number % 5 + 2 for number, entries in found.items())
        assert len(indexed(store, name)) == sum(found.values())


def stored(store: Store, name: bytes) -> Counter[int]:
    payloads = [entry.payload.split() for entry in store.read(0, 1_000_000)]
    return Counter(int(payload[1]) for payload in payloads if payload[0] == name)


def indexed(store: Store, name: str) -> tuple[LogEntry, ...]:
    query = StatementQuery(limit=0, verb=name, agent="everyone")
    return StatementReader(store).page(query, None, 1_000_000).entries
