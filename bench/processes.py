"""What a process and its children have used, and when they are at rest."""

import os
import time
from pathlib import Path

QUIET_SECONDS = 0.6
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids: list[int]) -> float:
    """Return the processor time, user and system, that the processes have used so far."""
    return sum(_ticks(pid) for pid in pids) / _TICKS


def wait_for_rest(pids: list[int], limit_seconds: float = 120) -> float:
    """Return the (monotonic) time since which the processes have used next to no processor time."""
    deadline = time.monotonic() + limit_seconds
    since, used = time.monotonic(), cpu_seconds(pids)
    while time.monotonic() < min(deadline, since + QUIET_SECONDS):
        time.sleep(0.05)
        now = cpu_seconds(pids)
        if now - used > QUIET_SECONDS * 0.1:
            since, used = time.monotonic(), now
    return since


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
