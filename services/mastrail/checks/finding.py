"""What a check finds, and how it reads the log."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lrs.log.entry import LogEntry
from lrs.log.store import Store

MAX_FINDINGS = 1000
"""So many findings of a store are told; the rest would say nothing new."""

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


def keep(kept: list[Finding], findings: Iterable[Finding]) -> None:
    """Add ``findings`` to ``kept`` until there are too many; look at all of them, for what else that does."""
    for found in findings:
        if len(kept) < MAX_FINDINGS:
            kept.append(found)


def unreadable(part: str, damage: object) -> Finding:
    """Return the finding that a part cannot be read to its end."""
    return Finding(part, f"it cannot be read to its end: {damage}")


def pages_up_to(store: Store, after: int, upper: int) -> Iterator[list[LogEntry]]:
    """Yield the entries of the log after position ``after`` up to ``upper``, page by page."""
    while after < upper and (page := store.read(after, min(_PAGE_ENTRIES, upper - after))):
        after = page[-1].position
        if entries := [entry for entry in page if entry.position <= upper]:
            yield entries
