"""Statements that are likely duplicates: equal but for what a store assigns, and close to one another in time.

Memory is bounded by the window: only digests of the statements in it are held.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from uuid import UUID

import orjson

from lrs.log.entry import STATEMENT_STORED, LogEntry
from lrs.log.store import Store
from lrs.xapi.stored_text import stored_text

_PAGE = 500
_ASSIGNED = ("id", "stored", "timestamp", "version")


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A statement whose content came before: both ids, and when each was stored."""

    statement_id: UUID
    stored: datetime
    earlier_id: UUID
    earlier_stored: datetime


def duplicates(store: Store, window: timedelta, *, most_held: int = 1_000_000) -> Iterator[Duplicate]:
    """Yield each statement that repeats one stored at most ``window`` before, in the order of the log.

    At most ``most_held`` digests of the newest statements are compared with.
    """
    seen: OrderedDict[bytes, tuple[UUID, datetime]] = OrderedDict()
    for entry in _statements(store):
        _forget(seen, entry.recorded - window, most_held)
        digest = content_digest(stored_text(entry.payload))
        earlier = seen.pop(digest, None)
        if earlier is not None:
            yield Duplicate(entry.entry_id, entry.recorded, *earlier)
        seen[digest] = entry.entry_id, entry.recorded


def content_digest(text: bytes) -> bytes:
    """Return the digest of a statement but for what a store assigns to each copy; the authority counts."""
    body = orjson.loads(text)
    for name in _ASSIGNED:
        body.pop(name, None)
    return blake2b(orjson.dumps(body, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


def _forget(seen: "OrderedDict[bytes, tuple[UUID, datetime]]", before: datetime, most_held: int) -> None:
    while seen and (len(seen) > most_held or next(iter(seen.values()))[1] < before):
        seen.popitem(last=False)


def _statements(store: Store) -> Iterator[LogEntry]:
    after = 0
    while entries := store.read(after, _PAGE):
        after = entries[-1].position
        yield from (entry for entry in entries if entry.topic == STATEMENT_STORED)
