"""What can go wrong in the log: the only errors that leave ``lrs.log``; a driver's own error is the cause."""

from collections.abc import Iterable
from uuid import UUID


class StoreFault(Exception):
    """The log cannot do what was asked."""


class StoreUnavailable(StoreFault):
    """The database cannot be reached, read or written now; nothing was acknowledged; the request may be repeated."""


class StoreFull(StoreUnavailable):
    """There is no room left on the disk; nothing was stored; it goes on as soon as there is room."""


class StoreReadOnly(StoreUnavailable):
    """The stored data is damaged, so that nothing is written any more; what can be read is still served."""


class ConnectionLost(StoreUnavailable):
    """The connection to the database or its disk failed; another attempt gets a new connection."""


class OutcomeUnknown(ConnectionLost):
    """The connection or the disk failed in the commit: the entries may be stored or not; repeating them tells."""


class StoreLocked(StoreFault):
    """Another server holds the store."""


class StoreDamaged(StoreFault):
    """Something in the database is not what the log wrote."""


class StoreOutdated(StoreFault):
    """The tables of the store are of an older version and have to be migrated first."""


class StoreTooNew(StoreFault):
    """The tables of the store are of a version that this program does not know."""


class QueryTimeout(StoreFault):
    """A read took longer than its time limit and was stopped."""


class EntryRefused(StoreFault):
    """A row that goes with an entry breaks a constraint of its table; nothing of its group was stored."""


class EntryConflict(StoreFault):
    """At least one entry id is already in the log, or twice in the group; nothing of the group was stored."""

    def __init__(self, entry_ids: Iterable[UUID]) -> None:
        self.entry_ids: tuple[UUID, ...] = tuple(entry_ids)
        super().__init__(f"{len(self.entry_ids)} entry id(s) already in the log")
