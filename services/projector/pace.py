"""How whoever follows the log stands back while a burst comes in: intake goes first, for a while.

What already waits can wait a little longer, and the processor time goes to those whose statements are not stored yet.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from lrs.log.entry import LogEntry

PATIENCE = timedelta(seconds=10)
"""No entry waits longer than this for the sake of those that come in."""
_RESTS = 3
"""A rest takes as many times as long as the work before it: a quarter of one processor goes into the work."""


class Log(Protocol):
    """What the pace depends on; ``lrs.log.store.Store`` is one."""

    def head(self) -> tuple[int, object]:
        """Return the last position and when it was recorded."""
        ...

    def read(self, after: int, limit: int) -> Sequence[LogEntry]:
        """Return up to ``limit`` entries above ``after``, ascending."""
        ...


class Pace:
    """The pace of one that works through a log; ``backlog_entries`` or more that wait are a backlog.

    It rests only behind a backlog that grows. Less is always worked off at once, and so is a backlog to which nothing
    is added, and one whose oldest entry has waited for ``PATIENCE``.
    """

    def __init__(self, log: Log, now: Callable[[], datetime], backlog_entries: int) -> None:
        self._log = log
        self._now = now
        self._backlog_entries = backlog_entries
        self._head: int | None = None

    def rest_seconds(self, position: int, took_seconds: float, *, was_full: bool) -> float | None:
        """Return how long to rest after a step that ended at ``position``; None when there is no backlog.

        The log is asked only where the step ``was_full``, so that there may be more. Raises as the log does.
        """
        if not was_full:
            self._head = None
            return None
        before, self._head = self._head, self._log.head()[0]
        if self._head - position < self._backlog_entries:
            return None
        oldest = self._log.read(position, 1) if before is not None and self._head > before else ()
        return rest_after(took_seconds, self._now() - oldest[0].recorded) if oldest else 0.0


def rest_after(took_seconds: float, age: timedelta) -> float:
    """Return how many seconds to rest after work of ``took_seconds`` while the oldest entry has waited for ``age``.

    An entry of the future says that two clocks differ, and then there is no telling how long it has waited.
    """
    if not timedelta(0) <= age < PATIENCE:
        return 0.0
    return min(_RESTS * took_seconds, (PATIENCE - age).total_seconds())
