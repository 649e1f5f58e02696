"""The journal of refused requests on each database: what is kept, in which order, and what goes first."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from lrs.log.journal import Journal, Rejected, open_journal
from lrs.log.store import open_store

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Xor:
    """A seal that can be seen to have been used."""

    def close(self, _entry_id: UUID, _topic: str, payload: bytes, /) -> bytes:
        return bytes(byte ^ 1 for byte in payload)

    def open(self, _entry_id: UUID, _topic: str, sealed: bytes, /) -> bytes:
        return bytes(byte ^ 1 for byte in sealed)


@pytest.fixture
def journal(store_location: str, tmp_path: Path) -> Iterator[Journal]:
    with (
        open_store(store_location, data_dir=tmp_path, now=lambda: NOW),
        open_journal(store_location, data_dir=tmp_path, most=3, most_bytes=1000, seal=Xor()) as opened,
    ):
        yield opened


def request(number: int, body: bytes | None = b"body") -> Rejected:
    recorded = NOW + timedelta(minutes=number)
    return Rejected(uuid4(), recorded, "key", "POST", "statements", "1.0.3", 400, {}, {"a": "b"}, None, [], body)


def test_processes_that_make_it_at_once_wait_for_one_another(store_location: str, tmp_path: Path) -> None:
    def write(number: int) -> None:
        with open_journal(store_location, data_dir=tmp_path, most=100, most_bytes=10_000) as opened:
            opened.write([request(number)], {("key", "hint"): 1}, NOW)

    with open_store(store_location, data_dir=tmp_path, now=lambda: NOW), ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    with open_journal(store_location, data_dir=tmp_path, most=100, most_bytes=10_000) as opened:
        assert len(opened.newest(9)) == 8
        assert [row["requests"] for row in opened.advice()] == [8]


def test_the_newest_stay_within_the_count_and_the_bytes(journal: Journal) -> None:
    sent = [request(number) for number in range(5)]
    for one in sent:
        journal.write([one], {}, NOW)
    assert [one.entry_id for one in journal.newest(9)] == [one.entry_id for one in sent[:1:-1]]
    assert [journal.get(one.entry_id) for one in sent] == [None, None, *sent[2:]]
    large = request(5, b"x" * 800)
    journal.write([large], {}, NOW)
    assert len(journal.newest(9)) == 2
    journal.write([request(6, b"x" * 2000)], {}, NOW)
    assert journal.newest(9) == []


def test_what_is_kept_is_sealed(journal: Journal, store_name: str, tmp_path: Path) -> None:
    sent = request(1, b"ada@example.com")
    journal.write([sent], {}, NOW)
    assert journal.get(sent.entry_id) == sent
    if store_name == "sqlite":
        files = b"".join(file.read_bytes() for file in tmp_path.glob("rejected.sqlite*"))
        assert b"statements" in files
        assert b"ada@example.com" not in files


def test_replays_are_noted_and_old_requests_forgotten(journal: Journal) -> None:
    sent = [request(number) for number in range(3)]
    journal.write(sent, {}, NOW)
    journal.mark_replayed(sent[2].entry_id, NOW)
    assert [one.replayed for one in journal.newest(9)] == [NOW, None, None]
    assert journal.purge(sent[2].recorded) == 2
    assert [one.entry_id for one in journal.newest(9)] == [sent[2].entry_id]


def test_advice_adds_up(journal: Journal) -> None:
    for _ in range(2):
        journal.write([], {("key", "a"): 2, ("other", "a"): 1}, NOW)
    assert journal.advice("key") == [{"key_id": "key", "advice": "a", "requests": 4, "last": NOW}]
    assert len(journal.advice()) == 2
