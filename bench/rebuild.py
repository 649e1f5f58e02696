"""What ``mastrail rebuild`` costs over a large log, by how many processes: processor time, memory, and the same hash.

``python -m bench.rebuild --data-dir FOLDER --statements 1000000 --workers 1 2`` fills the folder once and then replays
it, each time by the command itself. One statement in ten is evidence, for one of fifty competencies, of ten thousand
people. Numbers are printed, never asserted; of a machine that others use too, believe the processor time.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

from bench.mastery import fill

_LOOK_SECONDS = 0.25


def _memory_mib(pid: int) -> float:
    """Return the memory of a process and of its children now, what they share counted in part for each."""
    total = 0.0
    with suppress(OSError, StopIteration):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        total += int(next(line for line in rollup if line.startswith("Pss:")).split()[1]) / 1024
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                total += _memory_mib(int(child))
    return total


def measured(folder: Path, workers: int) -> dict[str, object]:
    """Return what one rebuild cost and what it printed."""
    command = [sys.executable, "-m", "mastrail", "rebuild", "--data-dir", str(folder), "--workers", str(workers)]
    began, most = time.monotonic(), 0.0
    with subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE) as process:
        while (ended := os.wait4(process.pid, os.WNOHANG))[0] == 0:
            most = max(most, _memory_mib(process.pid))
            time.sleep(_LOOK_SECONDS)
        process.returncode = os.waitstatus_to_exitcode(ended[1])
        told = json.loads(process.stdout.read()) if process.stdout and process.returncode == 0 else {}
    used = ended[2]
    return {
        "workers": workers,
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "all_processes_mib": round(most),
        "largest_process_mib": round(used.ru_maxrss / 1024),
        **told,
    }


def main() -> None:
    """Fill a folder and rebuild it by each number of processes."""
    parser = argparse.ArgumentParser(prog="python -m bench.rebuild", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="where the log is, or is to be made")
    parser.add_argument("--statements", type=int, default=100_000, help="how many statements are made if it is empty")
    parser.add_argument(
        "--workers", type=int, nargs="+", default=[1, 2], help="numbers of processes, one after another"
    )
    asked = parser.parse_args()
    with closing(fill(asked.data_dir, asked.statements)) as store:
        print(json.dumps({"entries": store.head()[0], "load": os.getloadavg()[0]}), flush=True)
    for workers in asked.workers:
        print(json.dumps(measured(asked.data_dir, workers)), flush=True)


if __name__ == "__main__":
    main()
