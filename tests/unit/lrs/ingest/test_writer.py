"""The group-commit writer over a store in memory."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from lrs.ingest.writer import Writer
from lrs.log.entry import STATEMENT_STORED, NewEntry, Receipt
from lrs.log.faults import EntryConflict, EntryRefused, StoreUnavailable
from lrs.xapi.faults import Overloaded

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
SECONDS = 60.0


class MemoryStore:
    """A store that can be held shut, and that can be told to fail."""

    def __init__(self) -> None:
        self.commits: list[int] = []
        self.ids: dict[UUID, int] = {}
        self.failure: Exception | None = None
        self.fails_after = 1 << 30
        self.order: list[str] = []
        self.refused: set[UUID] = set()
        self.entered = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    def make_ready(self, entries: Sequence[NewEntry]) -> Sequence[NewEntry]:
        return entries

    def append_ready(
        self, groups: Sequence[Sequence[NewEntry]], meanwhile: Callable[[], None]
    ) -> list[Receipt | EntryConflict]:
        self.order.append(f"{len(groups)} sent")
        if len(self.commits) >= self.fails_after:
            raise StoreUnavailable("no connection")
        meanwhile()
        self.entered.set()
        assert self.gate.wait(SECONDS)
        if self.failure is not None:
            raise self.failure
        if any(entry.entry_id in self.refused for group in groups for entry in group):
            raise EntryRefused("a side row breaks a constraint")
        self.commits.append(len(groups))
        return [self._append(group) for group in groups]

    def _append(self, group: Sequence[NewEntry]) -> Receipt | EntryConflict:
        known = [entry.entry_id for entry in group if entry.entry_id in self.ids]
        if known:
            return EntryConflict(known)
        for entry in group:
            self.ids[entry.entry_id] = len(self.ids) + 1
        return Receipt(tuple(self.ids[entry.entry_id] for entry in group), NOON)

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Hold the next commit until the block ends."""
        self.entered.clear()
        self.gate.clear()
        try:
            yield
        finally:
            self.gate.set()


def entry(payload: bytes = b"{}") -> NewEntry:
    return NewEntry(uuid4(), STATEMENT_STORED, payload)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def writer(store: MemoryStore) -> Iterator[Writer]:
    made = Writer(store, max_queue=10, max_batch=6, enough=1)
    yield made
    made.close()


def test_a_request_gets_the_positions_of_its_entries(writer: Writer) -> None:
    assert writer.submit([entry(), entry()]).result(SECONDS) == Receipt((1, 2), NOON)


def test_requests_that_wait_together_are_committed_together_up_to_the_batch_size(
    writer: Writer, store: MemoryStore
) -> None:
    with store.shut():
        futures = [writer.submit([entry()])]
        assert store.entered.wait(SECONDS)
        futures += [writer.submit([entry()]) for _ in range(8)]
    positions = [future.result(SECONDS).positions for future in futures]
    assert positions == [(n,) for n in range(1, 10)]
    assert store.commits == [1, 6, 2]


def test_a_batch_larger_than_the_batch_size_is_still_one_commit(writer: Writer, store: MemoryStore) -> None:
    assert len(writer.submit([entry() for _ in range(9)]).result(SECONDS).positions) == 9
    assert store.commits == [1]


def test_a_conflict_in_one_request_does_not_harm_the_others(writer: Writer, store: MemoryStore) -> None:
    known = entry()
    with store.shut():
        first = writer.submit([known])
        assert store.entered.wait(SECONDS)
        before, copy, after = writer.submit([entry()]), writer.submit([entry(), known]), writer.submit([entry()])
    first.result(SECONDS)
    with pytest.raises(EntryConflict) as conflict:
        copy.result(SECONDS)
    assert conflict.value.entry_ids == (known.entry_id,)
    assert before.result(SECONDS).positions == (2,)
    assert after.result(SECONDS).positions == (3,)


def test_a_refused_side_row_fails_its_own_request_only(writer: Writer, store: MemoryStore) -> None:
    bad = entry()
    store.refused.add(bad.entry_id)
    with store.shut():
        first = writer.submit([entry()])
        assert store.entered.wait(SECONDS)
        before, offender, after = writer.submit([entry()]), writer.submit([bad]), writer.submit([entry()])
    first.result(SECONDS)
    with pytest.raises(EntryRefused):
        offender.result(SECONDS)
    assert before.result(SECONDS).positions == (2,)
    assert after.result(SECONDS).positions == (3,)


def test_a_full_queue_refuses_and_says_when_to_come_back(writer: Writer, store: MemoryStore) -> None:
    with store.shut():
        waiting = [writer.submit([entry()])]
        assert store.entered.wait(SECONDS)
        waiting += [writer.submit([entry()]) for _ in range(10)]
        with pytest.raises(Overloaded) as refusal:
            writer.submit([entry()])
    assert refusal.value.retry_after_seconds >= 1
    for future in waiting:
        future.result(SECONDS)
    assert writer.submit([entry()]).result(SECONDS).positions == (12,)


def test_the_queue_is_bounded_in_bytes_too(store: MemoryStore) -> None:
    writer = Writer(store, max_queue_bytes=100)
    with store.shut():
        running = writer.submit([entry()])
        assert store.entered.wait(SECONDS)
        waiting = writer.submit([entry(b"x" * 90)])
        with pytest.raises(Overloaded):
            writer.submit([entry(b"x" * 20)])
    writer.close()
    assert running.done()
    assert waiting.done()


def test_a_request_larger_than_the_queue_passes_when_nothing_waits(writer: Writer) -> None:
    assert len(writer.submit([entry() for _ in range(50)]).result(SECONDS).positions) == 50


def test_a_dead_store_fails_each_request_and_the_writer_recovers_with_it(writer: Writer, store: MemoryStore) -> None:
    store.failure = StoreUnavailable("no connection")
    futures = [writer.submit([entry()]) for _ in range(3)]
    for future in futures:
        with pytest.raises(StoreUnavailable):
            future.result(SECONDS)
    store.failure = None
    assert writer.submit([entry()]).result(SECONDS).positions == (1,)


def test_an_unforeseen_error_reaches_the_request_and_the_thread_lives_on(writer: Writer, store: MemoryStore) -> None:
    store.failure = ValueError("the log knows no topic")
    with pytest.raises(ValueError, match="no topic"):
        writer.submit([entry()]).result(SECONDS)
    store.failure = None
    assert writer.submit([entry()]).result(SECONDS).positions == (1,)


def test_a_request_that_was_cancelled_before_its_commit_is_not_stored(writer: Writer, store: MemoryStore) -> None:
    with store.shut():
        running = writer.submit([entry()])
        assert store.entered.wait(SECONDS)
        withdrawn = writer.submit([entry()])
        assert withdrawn.cancel()
        last = writer.submit([entry()])
    assert running.result(SECONDS).positions == (1,)
    assert last.result(SECONDS).positions == (2,)


def told(store: MemoryStore, writer: Writer) -> Future[Receipt]:
    """Submit one entry and note when its answer is given."""
    future = writer.submit([entry()])
    future.add_done_callback(lambda _done: store.order.append("told"))
    return future


@pytest.mark.parametrize(
    ("waiting", "order"),
    [
        (1, ["1 sent", "1 sent", "told", "told"]),
        (3, ["1 sent", "3 sent", "told", "told", "told", "told"]),
        (0, ["1 sent", "told"]),
    ],
)
def test_what_waits_is_on_its_way_before_the_answers_of_the_last_commit_are_given(
    writer: Writer, store: MemoryStore, waiting: int, order: list[str]
) -> None:
    with store.shut():
        futures = [told(store, writer)]
        assert store.entered.wait(SECONDS)
        futures += [told(store, writer) for _ in range(waiting)]
    writer.drain()
    assert all(future.done() for future in futures)
    assert store.order == order


def test_where_few_entries_wait_the_answers_come_first(store: MemoryStore) -> None:
    writer = Writer(store, enough=5)
    with store.shut():
        futures = [told(store, writer)]
        assert store.entered.wait(SECONDS)
        futures += [told(store, writer) for _ in range(4)]
    writer.close()
    assert all(future.done() for future in futures)
    assert store.order == ["1 sent", "told", "4 sent", "told", "told", "told", "told"]


def test_where_fewer_wait_than_were_answered_together_the_answers_come_first(
    writer: Writer, store: MemoryStore
) -> None:
    with store.shut():
        futures = [told(store, writer)]
        assert store.entered.wait(SECONDS)
        futures += [told(store, writer) for _ in range(7)]  # six are a batch
    writer.drain()
    assert all(future.done() for future in futures)
    assert store.order == ["1 sent", "6 sent", "told", *["told"] * 6, "1 sent", "told"]


def test_an_error_of_the_next_commit_does_not_keep_back_the_answers_of_the_last(
    writer: Writer, store: MemoryStore
) -> None:
    with store.shut():
        first = writer.submit([entry()])
        assert store.entered.wait(SECONDS)
        next_ones = [writer.submit([entry()]) for _ in range(2)]
        first.add_done_callback(lambda _done: store.order.append("told"))
        next_ones[0].add_done_callback(lambda _done: store.order.append("failed"))
        store.fails_after = 1
    assert first.result(SECONDS).positions == (1,)
    for future in next_ones:
        with pytest.raises(StoreUnavailable):
            future.result(SECONDS)
    assert store.order == ["1 sent", "2 sent", "told", "failed"]


def test_draining_answers_those_who_wait_and_refuses_those_who_come(writer: Writer, store: MemoryStore) -> None:
    with store.shut():
        waiting = [writer.submit([entry()]) for _ in range(5)]
        draining = threading.Thread(target=writer.drain)
        draining.start()
        while True:
            try:
                waiting.append(writer.submit([entry()]))
            except Overloaded:
                break
        assert not all(future.done() for future in waiting)
    draining.join(SECONDS)
    assert all(future.done() for future in waiting)
    writer.close()
    writer.close()
