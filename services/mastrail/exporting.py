"""The statements of the log as NDJSON: one line each, exactly as the store answers for them, in log order."""

from collections.abc import Iterator

from lrs.log.entry import STATEMENT_STORED, LogEntry
from lrs.log.faults import StoreDamaged
from lrs.log.store import Store
from lrs.xapi.stored_text import Garbled, exact

_PAGE_ENTRIES = 1000
_LINE_ENDS = bytes.maketrans(b"\r\n", b"  ")


def exported(store: Store, first: int = 1, last: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield (position, line) of every statement whose position lies in ``first..last``, both included.

    Raises StoreDamaged, which names the position, for one that cannot be read.
    A line is the exact statement without a line end inside: in JSON a raw line end can only stand between tokens,
    so a space takes its place. Voided statements are exported as well: their voiding statements come after them.
    """
    after = first - 1
    while entries := store.read(after, _PAGE_ENTRIES):
        for entry in entries:
            if last is not None and entry.position > last:
                return
            if entry.topic == STATEMENT_STORED:
                yield entry.position, _line(entry)
        after = entries[-1].position


def _line(entry: LogEntry) -> bytes:
    try:
        return exact(entry.payload, entry.recorded).translate(_LINE_ENDS)
    except Garbled as garbled:
        raise StoreDamaged(f"the statement at position {entry.position} cannot be read: {garbled}") from garbled
