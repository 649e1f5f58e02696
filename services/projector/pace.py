"""How whoever follows the log stands back while a burst comes in: intake goes first, for a while.

What already waits can wait a little longer, and the processor time goes to those whose statements are not stored yet.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Protocol

from lrs.log.burst import BURST_PER_SECOND
from lrs.log.entry import LogEntry

PATIENCE = timedelta(seconds=10)
"""No entry waits longer than this for the sake of those that come in."""
BUSY = 0.5
"""The share of the machine's processor time from which on there is none to spare: with less in use nothing rests."""
HEAD_START = timedelta(seconds=1)
"""In a burst an entry is left alone for so long: most bursts are over by then."""
_RESTS = 9
"""A rest takes as many times as long as the work before it: a tenth of one processor goes into the work."""
_LOOK_SECONDS = 0.1


class Log(Protocol):
    """What the pace depends on; ``lrs.log.store.Store`` is one."""

    def head(self) -> tuple[int, object]:
        """Return the last position and when it was recorded."""
        ...

    def read(self, after: int, limit: int) -> Sequence[LogEntry]:
        """Return up to ``limit`` entries above ``after``, ascending."""
        ...


class Burst:
    """Tells whether a burst comes in, by how fast the log grows and how busy the processors of the machine are.

    What cannot be told yet counts as a burst until the next look: the first look of all, and the first one that finds
    the log growing fast, for the processors were idle in part of the time before it.

    ``busy_share`` returns the share of processor time in use, from 0 to 1, since it was last called. ``elapsed`` is a
    clock in seconds that never goes back.
    """

    def __init__(self, log: Log, busy_share: Callable[[], float], elapsed: Callable[[], float] = monotonic) -> None:
        self._log = log
        self._busy_share = busy_share
        self._elapsed = elapsed
        self._seen: tuple[float, int] | None = None
        self._was_fast = False
        self._is_on = False

    def is_on(self) -> bool:
        """Return whether it does; what was found holds for a tenth of a second. Raises as the log does."""
        at = self._elapsed()
        if self._seen is not None and at - self._seen[0] < _LOOK_SECONDS:
            return self._is_on
        before, self._seen = self._seen, (at, self._log.head()[0])
        is_busy = self._busy_share() >= BUSY
        is_fast = before is not None and _rate(before, self._seen) >= BURST_PER_SECOND
        self._is_on = before is None or (is_fast and (is_busy or not self._was_fast))
        self._was_fast = is_fast
        return self._is_on


class Pace:
    """The pace of one that works through a log: it rests while ``is_burst`` says that a burst comes in.

    Else everything is worked off at once, and so is an entry that has waited for ``PATIENCE``.
    """

    def __init__(self, log: Log, now: Callable[[], datetime], is_burst: Callable[[], bool]) -> None:
        self._log = log
        self._now = now
        self._is_burst = is_burst

    def is_in_burst(self) -> bool:
        """Return whether a burst comes in. Raises as the log does."""
        return self._is_burst()

    def is_too_early(self, position: int) -> bool:
        """Return, before a step, whether what follows ``position`` came just now in a burst. Raises as the log does."""
        if not self._is_burst():
            return False
        oldest = self._log.read(position, 1)
        return bool(oldest) and timedelta(0) <= self._now() - oldest[0].recorded < HEAD_START

    def rest_seconds(self, position: int, took_seconds: float) -> float:
        """Return how long to rest after a step that ended at ``position``. Raises as the log does."""
        if not self._is_burst():
            return 0.0
        oldest = self._log.read(position, 1)
        return rest_after(took_seconds, self._now() - oldest[0].recorded if oldest else timedelta(0))

    def rest(self, position: int, took_seconds: float, slice_seconds: float, is_over: Callable[[float], bool]) -> None:
        """Rest after a step, slice by slice, until the burst ends.

        ``is_over`` lets a slice pass and tells whether the rest is to end with it. Raises as the log does.
        """
        seconds = self.rest_seconds(position, took_seconds)
        while seconds > 0 and not is_over(min(seconds, slice_seconds)) and self._is_burst():
            seconds -= slice_seconds


def rest_after(took_seconds: float, age: timedelta) -> float:
    """Return how many seconds to rest after work of ``took_seconds`` while the oldest entry has waited for ``age``.

    An entry of the future says that two clocks differ, and then there is no telling how long it has waited.
    """
    if not timedelta(0) <= age < PATIENCE:
        return 0.0
    return min(_RESTS * took_seconds, (PATIENCE - age).total_seconds())


def _rate(before: tuple[float, int], now: tuple[float, int]) -> float:
    return (now[1] - before[1]) / (now[0] - before[0])
