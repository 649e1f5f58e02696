"""The log on SQLite and on PostgreSQL: order, uniqueness, durability, side rows."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import IntegrityError

from lrs.log import facts, frame
from lrs.log.entry import STATEMENT_STORED, NewEntry, Receipt, SideRow
from lrs.log.faults import EntryConflict, EntryRefused, StoreLocked, StoreUnavailable
from lrs.log.locks import acquire_server_lock
from lrs.log.store import Store, open_store


def entry(payload: bytes = b"{}", *side_rows: SideRow) -> NewEntry:
    return NewEntry(uuid4(), STATEMENT_STORED, payload, side_rows=side_rows)


def credential(key_id: str = "key") -> SideRow:
    return SideRow(
        "insert_credential",
        {
            "key_id": key_id,
            "name": "a course",
            "secret_sha256": b"\x01" * 32,
            "scopes": "all",
            "authority": "{}",
            "expires_micros": None,
        },
    )


def test_an_empty_store_begins_with_its_tenant(store: Store) -> None:
    (first,) = store.read(0, 10)
    content = json.loads(first.payload)
    assert (first.position, first.topic, content["tenant"]) == (1, "mastrail.tenant.created.v1", "default")
    assert UUID(content["namespace"]).version == 4
    assert store.head() == (1, first.recorded)


def test_what_was_appended_is_there_after_opening_again(store: Store, reopen: Callable[[], Store]) -> None:
    entries = [entry(b'{"n": 1}'), entry(b"\x00\xff binary")]
    receipt = store.append(entries)
    store.close()
    found = reopen().read(1, 10)
    assert receipt.positions == (2, 3)
    assert [(e.position, e.entry_id, e.topic, e.payload) for e in found] == [
        (2, entries[0].entry_id, STATEMENT_STORED, b'{"n": 1}'),
        (3, entries[1].entry_id, STATEMENT_STORED, b"\x00\xff binary"),
    ]
    assert {e.recorded for e in found} == {receipt.recorded}


def test_the_stored_blob_is_the_frame_of_the_payload(store: Store) -> None:
    new = entry(b'{"n": 1}')
    receipt = store.append([new])
    found = store.get(new.entry_id)
    assert found is not None
    assert found.blob == frame.pack(frame.to_micros(receipt.recorded), b'{"n": 1}')


def test_second_copy_is_refused_and_the_batch_stays_whole(store: Store) -> None:
    known = entry()
    store.append([known])
    with pytest.raises(EntryConflict) as conflict:
        store.append([entry(), known, entry()])
    assert conflict.value.entry_ids == (known.entry_id,)
    assert store.head()[0] == 2
    assert store.append([entry()]).positions == (3,)


def test_an_id_twice_in_one_group_is_a_conflict(store: Store) -> None:
    twice = entry()
    with pytest.raises(EntryConflict):
        store.append([twice, twice])
    assert store.head()[0] == 1


def test_a_conflict_harms_no_other_group_of_the_commit(store: Store) -> None:
    first, second = entry(), entry()
    results = store.append_groups([[first], [entry(), first], [second], [second], [entry(), entry()]])
    assert [r.positions if isinstance(r, Receipt) else r.entry_ids for r in results] == [
        (2,),
        (first.entry_id,),
        (3,),
        (second.entry_id,),
        (4, 5),
    ]
    assert [e.position for e in store.read(0, 10)] == [1, 2, 3, 4, 5]


def test_reading_goes_on_after_a_position_and_stops_at_the_limit(store: Store) -> None:
    store.append([entry() for _ in range(10)])
    assert [e.position for e in store.read(4, 3)] == [5, 6, 7]
    assert store.read(11, 3) == []


def test_entries_are_found_by_their_ids(store: Store) -> None:
    entries = [entry(str(n).encode()) for n in range(5)]
    store.append(entries)
    found = store.get_many([entries[1].entry_id, uuid4(), entries[4].entry_id])
    assert {key: value.payload for key, value in found.items()} == {
        entries[1].entry_id: b"1",
        entries[4].entry_id: b"4",
    }
    assert store.get_many([]) == {}
    assert store.get(uuid4()) is None


def test_an_unknown_topic_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="topic"):
        store.append([NewEntry(uuid4(), "lrs.log.facts:Fact", b"")])


@pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)
def test_recorded_never_goes_back_when_the_clock_does(store: Store, clock: Any) -> None:
    clock.offset = timedelta(days=1)
    ahead = store.append([entry()]).recorded
    clock.offset = timedelta()
    assert store.append([entry()]).recorded == ahead
    assert ahead > datetime.now(UTC)
    assert store.consistent_through() >= ahead


def test_a_side_row_is_stored_with_the_position_of_its_entry(store: Store) -> None:
    attachment = SideRow("insert_attachment", {"sha2": "ab", "content_type": "text/plain", "content": b"hello"})
    store.append([entry(), entry(b"{}", credential(), attachment), entry(b"{}", attachment)])
    (found,) = store.select("select_credential", {"key_id": "key"})
    assert (found["created_position"], found["revoked_position"], found["secret_sha256"]) == (3, None, b"\x01" * 32)
    assert [row["content"] for row in store.select("select_attachment", {"sha2": "ab"})] == [b"hello"]
    store.append([entry(b"{}", SideRow("revoke_credential", {"key_id": "key"}))])
    assert [row["revoked_position"] for row in store.select("list_credentials_with_options", {})] == [5]


def test_a_refused_side_row_takes_its_entry_back(store: Store) -> None:
    store.append([entry(b"{}", credential())])
    with pytest.raises(EntryRefused):
        store.append([entry(), entry(b"{}", credential())])
    assert store.head()[0] == 2
    assert store.append([entry()]).positions == (3,)


def test_stores_opened_at_once_make_one_tenant(reopen: Callable[[], Store]) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: reopen(), range(8)))
    logs = {tuple(e.blob for e in store.read(0, 10)) for store in stores}
    assert len(logs) == 1
    assert len(next(iter(logs))) == 1


def test_waiting_ends_when_another_store_appends(store: Store, reopen: Callable[[], Store]) -> None:
    other = reopen()
    assert not store.wait(1, 0.05)
    timer = threading.Timer(0.2, lambda: other.append([entry()]))
    began = time.monotonic()
    timer.start()
    assert store.wait(1, 600)
    assert time.monotonic() - began < 300, "it ended with the append, not with its limit"
    timer.join()
    assert store.wait(1, 0)


def test_the_store_is_consistent_through_now_when_nobody_writes(store: Store) -> None:
    before = datetime.now(UTC)
    assert store.consistent_through() >= before - timedelta(milliseconds=5)
    recorded = store.append([entry()]).recorded
    assert store.consistent_through() >= recorded


def test_a_closed_store_says_that_it_is_unavailable(store: Store) -> None:
    store.close()
    with pytest.raises(StoreUnavailable):
        store.append([entry()])
    with pytest.raises(StoreUnavailable):
        store.head()


def test_an_unreachable_database_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        open_store("postgresql://nobody@127.0.0.1:1/none", data_dir=tmp_path, now=lambda: datetime.now(UTC))


def test_an_unusable_folder_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable):
        open_store("sqlite", data_dir=tmp_path / "file", now=lambda: datetime.now(UTC))


def test_another_kind_of_location_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="postgresql://"):
        open_store("mysql://x", data_dir=tmp_path, now=lambda: datetime.now(UTC))


def test_a_second_server_is_refused_by_name_of_folder_and_process(tmp_path: Path) -> None:
    with acquire_server_lock(tmp_path) as held, pytest.raises(StoreLocked, match=str(tmp_path)) as refusal:
        acquire_server_lock(tmp_path)
    assert "process" in str(refusal.value)
    held.close()
    acquire_server_lock(tmp_path).close()


def test_the_log_remains_an_application_of_the_library(store: Store) -> None:
    log = store._log
    (created,) = log.recorder.select_notifications(1, 10)
    assert created.topic == "mastrail.tenant.created.v1"
    (recording,) = log.save(facts.fact(STATEMENT_STORED, uuid4(), b"payload"))
    (notification,) = log.notification_log.select(2, 10)
    assert recording.notification.id == notification.id == 2
    (stored,) = log.events.get(notification.originator_id)
    assert isinstance(stored, facts.Fact)
    assert stored.payload == b"payload"
    with pytest.raises(IntegrityError):
        log.save(facts.fact(STATEMENT_STORED, notification.originator_id, b"other"))
