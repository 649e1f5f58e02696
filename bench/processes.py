"""``python -m bench.processes``: statements per second into one PostgreSQL store by 1, 2 and 4 serving processes.

The same number of connections is shared out between them. No projector takes part.
"""

import argparse
import contextlib
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import report
from bench.load import Load, Measured
from bench.measure import Workload, run_load
from bench.stores import Records, served_store
from support.corpus import statements_file
from support.postgres import running_cluster
from support.served import Served

PROCESSES = (1, 2, 4)
WORKLOADS = (Workload(1, 32, 6_000), Workload(50, 8, 20_000))
WARM_UP = Workload(1, 8, 400)


class Loads:
    """Loads of new statements for several servers at the same time."""

    def __init__(self, corpus: Path) -> None:
        self._corpus = str(corpus)
        self._seeds = count()

    def run(self, servers: Sequence[Served], workload: Workload) -> list[Measured]:
        """Share a workload out between ``servers``."""
        loads = [self._load(served, workload, len(servers)) for served in servers]
        with ThreadPoolExecutor(len(servers)) as threads:
            return list(threads.map(run_load, loads))

    def _load(self, served: Served, workload: Workload, sharing: int) -> Load:
        requests = workload.statements // workload.batch // sharing
        connections, seed = workload.connections // sharing, next(self._seeds)
        url = f"{served.url}/xAPI/statements"
        return Load(url, served.key, served.secret, connections, requests, self._corpus, workload.batch, seed)


def main() -> int:
    """Run every round and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.processes", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds: int = parser.parse_args().rounds
    console, corpus = Console(width=140), statements_file()
    report.surroundings(console, corpus.name)
    rates: dict[tuple[str, int], list[float]] = defaultdict(list)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mastrail-bench-")))
        location = stack.enter_context(stack.enter_context(running_cluster()).fresh_database())
        servers = [
            stack.enter_context(served_store(folder / str(number), location, Records))
            for number in range(max(PROCESSES))
        ]
        loads = Loads(corpus)
        loads.run(servers, WARM_UP)
        for _ in range(rounds):
            for workload in WORKLOADS:
                for processes in PROCESSES:
                    done = loads.run(servers[:processes], workload)
                    rates[workload.name, processes].append(sum(one.statements / one.seconds for one in done))
    table = Table("what", "processes", "statements/s: min / median / max", title="One PostgreSQL store")
    for (name, processes), values in rates.items():
        table.add_row(name, str(processes), report.spread(values))
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
