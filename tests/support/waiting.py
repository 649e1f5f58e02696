"""Waiting for what a running system does in its own time."""

import time
from collections.abc import Callable

SECONDS = 60
_PAUSE_SECONDS = 0.05


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Return once ``holds()``; fail with ``what`` when it does not within a minute."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(_PAUSE_SECONDS)
