"""What can go wrong in the log: the only errors that leave ``lrs.log``; a driver's own error is the cause."""

from collections.abc import Iterable
from uuid import UUID


class StoreFault(Exception):
    """The log cannot do what was asked."""


class StoreUnavailable(StoreFault):
    """The database cannot be reached, read or written now; nothing was acknowledged; the request may be repeated."""


class ConnectionLost(StoreUnavailable):
    """The connection to the database broke; another attempt gets a new one."""


class OutcomeUnknown(ConnectionLost):
    """The connection broke in the commit: what was to be stored may be stored or not; repeating it tells."""


class StoreLocked(StoreFault):
    """Another server holds the store."""


class StoreDamaged(StoreFault):
    """Something in the database is not what the log wrote."""


class QueryTimeout(StoreFault):
    """A read took longer than its time limit and was stopped."""


class EntryRefused(StoreFault):
    """A row that goes with an entry breaks a constraint of its table; nothing of its group was stored."""


class EntryConflict(StoreFault):
    """At least one entry id is already in the log, or twice in the group; nothing of the group was stored."""

    def __init__(self, entry_ids: Iterable[UUID]) -> None:
        self.entry_ids: tuple[UUID, ...] = tuple(entry_ids)
        super().__init__(f"{len(self.entry_ids)} entry id(s) already in the log")
