"""The group-commit writer: the one thread of a process that appends to the log.

Requests that wait at the same time are committed together, so that the cost of making them durable is shared; each
gets its own answer. While one commit runs, the next requests gather by themselves. Only the clients that were just
answered together come back one by one, so after a shared commit the writer waits a moment for the others of them.

Where as many wait as the last commit shared, and many entries, they go to the store before the answers of that commit
are given: while those are given, the store is at work already. Few entries are better committed with those that come
once the others are answered.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from lrs.log.entry import NewEntry, Receipt
from lrs.log.faults import EntryConflict, EntryRefused
from lrs.xapi.faults import Overloaded

MAX_QUEUED_ENTRIES = 10_000
MAX_QUEUED_BYTES = 64 * 1024 * 1024
MAX_BATCH_ENTRIES = 500
ENOUGH_ENTRIES = 100
"""A commit of so many costs little more for each entry than a larger one."""
_LINGER_SECONDS = 0.0005
_RETRY_AFTER_SECONDS = 1


Ready = TypeVar("Ready")


@dataclass(slots=True)
class _Request(Generic[Ready]):
    """Entries to store wholly or not at all, ready for the store, and who waits for them."""

    group: Ready
    entries: int
    payload_bytes: int
    answer: Future[Receipt] = field(default_factory=Future)


class Appends(Protocol[Ready]):
    """What the writer needs: a store (``lrs.log.store.Store``), or one that appends for it (``lrs.ingest.apart``)."""

    def make_ready(self, entries: Sequence[NewEntry]) -> Ready:
        """Do what can be done before it is the turn of a group, and return what ``append_ready`` takes."""
        ...

    def append_ready(self, groups: Sequence[Ready], meanwhile: Callable[[], None]) -> list[Receipt | EntryConflict]:
        """Store every group that does not conflict in one transaction; return what became of each, in order.

        ``meanwhile`` is called when the groups are on their way, before the commit is waited for.
        """
        ...


class Writer(Generic[Ready]):
    """Appends what is submitted, in the order of submission, by a thread of its own.

    A receipt means that the entries are durable. A future fails with EntryConflict when an id is already in the log,
    with EntryRefused when a side row breaks a constraint, and with StoreUnavailable when the database cannot write;
    the next submission tries the database again.
    """

    def __init__(
        self,
        store: Appends[Ready],
        *,
        max_queue: int = MAX_QUEUED_ENTRIES,
        max_queue_bytes: int = MAX_QUEUED_BYTES,
        max_batch: int = MAX_BATCH_ENTRIES,
        enough: int = ENOUGH_ENTRIES,
    ) -> None:
        self._store = store
        self._max_queue = max_queue
        self._max_queue_bytes = max_queue_bytes
        self._max_batch = max_batch
        self._enough = enough
        self._last_shared = 1
        self._wanted = 1
        self._untold: list[tuple[_Request[Ready], Receipt | EntryConflict]] = []
        self._queue: deque[_Request[Ready]] = deque()
        self._queued_entries = 0
        self._queued_bytes = 0
        self._busy = False
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def submit(self, entries: Sequence[NewEntry]) -> Future[Receipt]:
        """Queue ``entries`` to be stored wholly or not at all and return the future of their receipt.

        Cancelling the future before its commit begins withdraws them.
        Raises Overloaded when the queue is full or the writer is being drained.
        """
        payload_bytes = sum(len(entry.payload) for entry in entries)
        request = _Request(self._store.make_ready(entries), len(entries), payload_bytes)
        with self._changed:
            self._check_room(request)
            self._queue.append(request)
            self._count(request, 1)
            if len(self._queue) >= self._wanted:
                self._changed.notify_all()
        return request.answer

    def drain(self) -> None:
        """Refuse new requests and return when every earlier one has its answer."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._queue and not self._busy)

    def close(self) -> None:
        """Drain and end the thread; a second time does nothing."""
        self.drain()
        self._thread.join()

    def _check_room(self, request: _Request[Ready]) -> None:
        if self._closing:
            raise Overloaded("the store is shutting down; nothing was stored", _RETRY_AFTER_SECONDS)
        # A request larger than the whole queue passes an empty one: it could never be stored otherwise.
        entries, size = self._queued_entries + request.entries, self._queued_bytes + request.payload_bytes
        if self._queue and (entries > self._max_queue or size > self._max_queue_bytes):
            raise Overloaded("the queue of the store is full; nothing was stored", _RETRY_AFTER_SECONDS)

    def _count(self, request: _Request[Ready], sign: int) -> None:
        self._queued_entries += sign * request.entries
        self._queued_bytes += sign * request.payload_bytes

    def _run(self) -> None:
        while batch := self._take():
            self._commit([request for request in batch if request.answer.set_running_or_notify_cancel()])
            if not self._has_enough():
                self._tell()
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()

    def _has_enough(self) -> bool:
        with self._changed:
            return len(self._queue) >= self._last_shared and self._queued_entries >= self._enough

    def _tell(self) -> None:
        """Give the answers of the last commit; a second time does nothing."""
        untold, self._untold = self._untold, []
        for request, result in untold:
            _answer(request, result)

    def _take(self) -> list[_Request[Ready]]:
        """Return what waits, up to the size of a batch; nothing at all once the writer is closing and has no more."""
        with self._changed:
            self._wait_for(1)
            self._wait_for(self._last_shared, _LINGER_SECONDS)
            batch: list[_Request[Ready]] = []
            entries = 0
            while self._queue and (not batch or entries + self._queue[0].entries <= self._max_batch):
                request = self._queue.popleft()
                self._count(request, -1)
                entries += request.entries
                batch.append(request)
            self._busy = bool(batch)
            self._last_shared = len(batch)
            return batch

    def _wait_for(self, requests: int, most_seconds: float | None = None) -> None:
        """Wait until so many requests are queued, or the writer is closing."""
        self._wanted = requests
        self._changed.wait_for(lambda: len(self._queue) >= requests or self._closing, most_seconds)

    def _commit(self, batch: Sequence[_Request[Ready]]) -> None:
        if not batch:
            return
        try:
            results = self._store.append_ready([request.group for request in batch], self._tell)
        except EntryRefused as error:
            self._tell()
            self._refuse(batch, error)
        except Exception as error:  # noqa: BLE001  those who wait get it, whatever it is, and the thread lives on
            self._tell()
            _fail(batch, error)
        else:
            self._untold += zip(batch, results, strict=True)

    def _refuse(self, batch: Sequence[_Request[Ready]], error: EntryRefused) -> None:
        """Find the offender: alone in its batch it is known, else each request is tried by itself."""
        if len(batch) == 1:
            _fail(batch, error)
            return
        for request in batch:
            self._commit([request])


def _answer(request: _Request[Any], result: Receipt | EntryConflict) -> None:
    if isinstance(result, EntryConflict):
        request.answer.set_exception(result)
    else:
        request.answer.set_result(result)


def _fail(batch: Sequence[_Request[Any]], error: Exception) -> None:
    for request in batch:
        request.answer.set_exception(error)
