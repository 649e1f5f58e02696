"""The log without the statements that are folded already: what commands read to know what is published."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol
from uuid import UUID

from lrs.log.entry import LogEntry
from projector.registry.append import Log
from projector.store.faults import ProjectionFault
from projector.store.ledger import ENTERED, place_key
from projector.store.projection import Snapshot

OpenSnapshot = Callable[[], AbstractContextManager[Snapshot]]


class WholeLog(Log, Protocol):
    """What is needed of the log; ``lrs.log.store.Store`` is one."""

    def get_many(self, entry_ids: Sequence[UUID]) -> dict[UUID, LogEntry]:
        """Return the entries of those ids that are in the log."""
        ...


class ShortenedLog:
    """A log whose ``read`` leaves out the statements, as far as a projection knows where the other entries lie.

    So a change costs as much as there are changes, not statements. Nothing is missed: beyond the position of the
    projection, and where there is none, the log itself is read.
    """

    def __init__(self, log: WholeLog, open_snapshot: OpenSnapshot) -> None:
        self._log = log
        self._open_snapshot = open_snapshot
        self.append = log.append
        self.get = log.get

    def read(self, after: int, limit: int) -> list[LogEntry]:
        """Return up to ``limit`` entries above ``after``, ascending, none that is an administrative entry left out."""
        folded, noted = self._noted(after, limit)
        if noted:
            found = self._log.get_many(noted)
            return [found[entry_id] for entry_id in noted]
        return self._log.read(max(after, folded), limit)

    def _noted(self, after: int, limit: int) -> tuple[int, list[UUID]]:
        try:
            with self._open_snapshot() as snapshot:
                noted = snapshot.documents_above(ENTERED, place_key(after), limit)
                return snapshot.position(), [UUID(one.entry_id) for _, one in noted]
        except ProjectionFault:
            return 0, []
