"""Appends in a process of its own, so that the interpreter of the one that answers requests has time for those.

Of two threads of one process only one computes at a time, whatever the number of processors: checking a statement and
writing it cost about the same, so that by two processes more than by two threads is taken in (docs/adr/0034).
"""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from lrs.ingest import wire
from lrs.log.entry import NewEntry, Receipt
from lrs.log.faults import EntryConflict, OutcomeUnknown, StoreFault
from lrs.log.store import Store

_log = logging.getLogger(__name__)
_ATTEMPTS = 2


class OtherEnded(Exception):
    """The process at the other end is gone, or has not answered for so long that it was ended."""


class Channel(Protocol):
    """A process that appends, and the way to it."""

    def ask(self, message: bytes, meanwhile: Callable[[], None]) -> bytes:
        """Return the answer to a message; ``meanwhile`` is called when it is sent. Raises OtherEnded."""
        ...

    def close(self) -> None:
        """Let the process end, once it has done what it was asked, and wait for that."""
        ...


class Apart:
    """Appends to the store by another process, one call at a time; ``store`` is the same store, opened here.

    ``channel`` leads to such a process. In place of one that ends, ``launch`` starts another, or raises OtherEnded;
    that one is asked again, and what the first had stored already comes back as a conflict, to be settled as that of
    any statement sent twice.
    """

    def __init__(self, store: Store, channel: Channel, launch: Callable[[], Channel]) -> None:
        self._store = store
        self._channel: Channel | None = channel
        self._launch = launch

    def make_ready(self, entries: Sequence[NewEntry]) -> bytes:
        """Return a group as ``append_ready`` takes it: written as the other process reads it."""
        return wire.write_group(self._store.make_ready(entries))

    def append_ready(self, groups: Sequence[bytes], meanwhile: Callable[[], None]) -> list[Receipt | EntryConflict]:
        """Append as ``Store.append_ready`` does; it raises as that does.

        ``meanwhile`` is called while the other process is at work, at least once unless an error is raised.
        """
        message = wire.write_groups(groups)
        with self._store.standing_back():
            reply = wire.read_reply(self._answer(message, meanwhile))
        if reply.damage is not None:
            self._store.note_damage(reply.damage)
        return wire.results(reply)

    def close(self) -> None:
        """End the process once it has answered; a second time does nothing."""
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()

    def _answer(self, message: bytes, meanwhile: Callable[[], None]) -> bytes:
        for _ in range(_ATTEMPTS):
            try:
                if self._channel is None:
                    meanwhile()
                    self._channel = self._launch()
                return self._channel.ask(message, meanwhile)
            except OtherEnded:
                self.close()
                _log.warning("the process that appends ended and is started again")
        raise OutcomeUnknown("the process that appends ended before it answered: what was sent may be stored or not")


def answer(message: bytes, store: Store) -> bytes:
    """Append what a message asks for and return the answer: what the process that appends does."""
    try:
        results = store.append_ready(wire.read_groups(message))
    except StoreFault as fault:
        return wire.write_fault(fault, store.damage)
    except Exception as error:  # noqa: BLE001 - who asked gets it, whatever it is, and the process lives on
        _log.exception("an append failed")
        return wire.write_fault(error, store.damage)
    return wire.write_results(results, store.damage)
