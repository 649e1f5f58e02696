"""What becomes of a batch of which some ids are in the log already (Communication 2.1.1).

The same statement sent again is a success that changes nothing; another statement under a known id is a conflict.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lrs.ingest.writer import Writer
from lrs.log.entry import STATEMENT_STORED, LogEntry, NewEntry, Receipt
from lrs.log.faults import EntryConflict
from lrs.log.store import Store
from lrs.xapi import stored_text
from lrs.xapi.equivalence import equivalent
from lrs.xapi.faults import Fault, StatementConflict

_RULE = "Communication 2.1.1.s2.b2"
_THREADS = 2


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch: the ids in order, how many were new, and the receipt of those (None when none was)."""

    ids: tuple[UUID, ...]
    new: int
    receipt: Receipt | None


class Settler:
    """Stores batches through the writer and settles conflicts in threads of its own, so that nobody waits for it."""

    def __init__(self, store: Store, writer: Writer[Any]) -> None:
        self._store = store
        self._writer = writer
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="lrs-settle")

    def store(self, entries: Sequence[NewEntry]) -> Future[Stored]:
        """Return the future of what becomes of ``entries``.

        It fails with StatementConflict naming every id that is stored with other content, and as the writer's does.
        Raises Overloaded when the queue is full.
        """
        outcome: Future[Stored] = Future()
        ids = tuple(entry.entry_id for entry in entries)
        outcome.set_running_or_notify_cancel()
        if entries:
            self._submit(ids, entries, entries, outcome)
        else:
            outcome.set_result(Stored(ids, 0, None))
        return outcome

    def close(self) -> None:
        """End the threads once they have nothing left to settle."""
        self._threads.shutdown(wait=True)

    def _submit(
        self, ids: tuple[UUID, ...], batch: Sequence[NewEntry], left: Sequence[NewEntry], outcome: Future[Stored]
    ) -> None:
        def answered(receipt: Future[Receipt]) -> None:
            error = receipt.exception()
            if error is None:
                outcome.set_result(Stored(ids, len(left), receipt.result()))
            elif isinstance(error, EntryConflict):
                self._threads.submit(self._settle, ids, batch, left, outcome)
            else:
                outcome.set_exception(error)

        self._writer.submit(left).add_done_callback(answered)

    def _settle(
        self, ids: tuple[UUID, ...], batch: Sequence[NewEntry], left: Sequence[NewEntry], outcome: Future[Stored]
    ) -> None:
        try:
            known = self._store.get_many([entry.entry_id for entry in left])
            faults = _conflicts(batch, known)
            if faults:
                names = ", ".join(str(batch[fault.statement_index or 0].entry_id) for fault in faults[:10])
                raise StatementConflict(f"already stored with other content: {names}", faults)
            remaining = [entry for entry in left if entry.entry_id not in known]
            if remaining:
                self._submit(ids, batch, remaining, outcome)
            else:
                outcome.set_result(Stored(ids, 0, None))
        except Exception as error:  # noqa: BLE001 - who waits gets it, whatever it is
            outcome.set_exception(error)


def _conflicts(batch: Sequence[NewEntry], known: Mapping[UUID, LogEntry]) -> list[Fault]:
    return [
        Fault(f"the id {entry.entry_id} is stored with other content", "/id", _RULE, place)
        for place, entry in enumerate(batch)
        if entry.entry_id in known and not _is_same(entry, known[entry.entry_id])
    ]


def _is_same(entry: NewEntry, stored: LogEntry) -> bool:
    if stored.topic != STATEMENT_STORED:
        return False
    return equivalent(stored_text.received(entry.payload), stored_text.received(stored.payload))
