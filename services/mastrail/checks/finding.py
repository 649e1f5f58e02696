"""What a check finds, and how it reads the log."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lrs.log.entry import LogEntry
from lrs.log.store import Store

_PAGE_ENTRIES = 1000

Step = Callable[[int], None]
"""Called with the number of entries that were looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise of ``file``, ``log``, ``index``, ``tree`` or ``projection``, at a position or of the whole."""

    part: str
    problem: str
    position: int | None = None

    def __str__(self) -> str:
        """Return the finding as one line."""
        return f"{self.part}{'' if self.position is None else f' at {self.position}'}: {self.problem}"


def pages_up_to(store: Store, last: int, step: Step) -> Iterator[list[LogEntry]]:
    """Yield the entries of the log up to position ``last``, page by page."""
    after = 0
    while after < last and (page := store.read(after, min(_PAGE_ENTRIES, last - after))):
        after = page[-1].position
        yield [entry for entry in page if entry.position <= last]
        step(len(page))
