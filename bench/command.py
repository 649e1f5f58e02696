"""A command as its user sees it: how long it took, its processor time (children included), and its largest memory."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


def timed(command: Sequence[str], environment: Mapping[str, str], log: Path) -> dict[str, float]:
    """Run ``command`` with its output in ``log``. Raises RuntimeError when it fails."""
    began = time.monotonic()
    with log.open("wb") as output:
        child = subprocess.Popen(command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(
            f"{' '.join(command)}: exit code {child.returncode}\n{log.read_text(errors='replace')[-4000:]}"
        )
    return {
        "seconds": time.monotonic() - began,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "largest_process_mb": used.ru_maxrss / 1024,
    }
