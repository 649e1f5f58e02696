"""Processor time of processes that are not ours to ask, as Linux tells it."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

import psycopg

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PARENT = 1
_FIRST_OF_FOUR = 11  # utime, stime, cutime, cstime, counted after the name in brackets


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the processor time of the processes so far, that of children they have waited for included."""
    return sum(map(_ticks, pids)) / _TICKS_PER_SECOND


def server_processes(location: str) -> list[int]:
    """Return the processes of the PostgreSQL server at ``location``, which is on this machine; none for ``sqlite``."""
    if location == "sqlite":
        return []
    with psycopg.connect(location) as connection:
        backend = connection.info.backend_pid
        first = int(_after_name(backend)[_PARENT])
        children = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split()
    return [first, *(pid for pid in map(int, children) if pid != backend)]


def resident_megabytes(pid: int) -> float:
    """Return the memory that the process has now."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)
    return 0.0


def _ticks(pid: int) -> int:
    with contextlib.suppress(OSError):
        return sum(map(int, _after_name(pid)[_FIRST_OF_FOUR : _FIRST_OF_FOUR + 4]))
    return 0


def _after_name(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
