"""One measured store: the load through HTTP, and the limits beside it."""

import json
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from bench.bodies import LARGE
from bench.cpu import cpu_seconds
from bench.load import Load, Measured
from bench.trax import POSTINGS
from support.served import Served

POLL_SECONDS = 0.05
QUIET_SECONDS, QUIET_SHARE = 0.25, 0.2
"""Over so long a time a server that is done uses no more than this of one processor."""


@dataclass(frozen=True)
class Workload:
    """What is posted: ``statements`` in batches, over some connections; ``source`` as in Load, empty for real ones."""

    batch: int
    connections: int
    statements: int
    source: str = ""
    title: str = ""

    @property
    def name(self) -> str:
        """Return how a table names it."""
        if self.title:
            return self.title
        size = ", 1.8 KB each" if self.source == LARGE else ""
        return f"{self.batch} per POST{size}, {self.connections} connections"


# About one second each.
WORKLOADS = (
    Workload(1, 8, 2_000),
    Workload(1, 32, 3_000),
    Workload(5, 8, 5_000, LARGE),
    Workload(5, 32, 5_000, LARGE),
    Workload(10, 8, 6_000),
    Workload(50, 8, 10_000),
)
TRAX = tuple(Workload(case.batch, 1, case.batch * case.requests, case.source, f"TRAX {case.name}") for case in POSTINGS)


class Raw(Protocol):
    """A second store that takes the rows of the first one."""

    def head(self) -> int:
        """Return the last position of the first store."""
        ...

    def insert(self, first: int, last: int, per_commit: int) -> float:
        """Insert the rows after ``first`` up to ``last`` and return the seconds it took."""
        ...

    def close(self) -> None:
        """Close both."""
        ...


class LoadGenerator:
    """The load generator as a process of its own that runs one load after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, load: Load) -> Measured:
        """Run one load. Raises RuntimeError if any request was not answered with 200."""
        asked, answers = self._process.stdin, self._process.stdout
        if asked is None or answers is None:
            raise RuntimeError("the load generator has no pipes")
        asked.write(json.dumps(asdict(load)) + "\n")
        asked.flush()
        answer = answers.readline()
        if not answer:
            raise RuntimeError(f"the load generator ended with {self._process.wait()}")
        measured = Measured(**json.loads(answer))
        if set(measured.statuses) != {"200"}:
            raise RuntimeError(f"not every request succeeded: {measured.statuses}")
        return measured

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def run_load(load: Load) -> Measured:
    """Run one load. Raises RuntimeError if any request was not answered with 200."""
    with closing(LoadGenerator()) as generator:
        return generator.run(load)


class Store:
    """A served store under measurement, with the second store that shows its limit."""

    def __init__(self, name: str, served: Served, raw: Raw, corpus: Path) -> None:
        self.name = name
        self.served = served
        self._raw = raw
        self._corpus = corpus
        self._seed = 0

    def load(self, workload: Workload, path: str = "/xAPI/statements") -> Load:
        """Return a load of new statements for this store."""
        self._seed += 1
        served = self.served
        url = path if path.startswith("http") else served.url + path
        requests = max(1, workload.statements // workload.batch)
        source = workload.source or str(self._corpus)
        return Load(url, served.key, served.secret, workload.connections, requests, source, workload.batch, self._seed)

    def wait_until_folded(self, limit_seconds: float = 120.0) -> float:
        """Return the (monotonic) time at which the projection was found to have everything that is in the log."""
        deadline = time.monotonic() + limit_seconds
        while self._is_behind():
            if time.monotonic() > deadline:
                raise RuntimeError(f"the projection of {self.name} did not catch up in {limit_seconds} s")
            time.sleep(POLL_SECONDS)
        return time.monotonic()

    def _is_behind(self) -> bool:
        answer = self.served.client.get("/api/v1/projection")
        if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:  # a new store has no projection yet
            return True
        return bool(answer.raise_for_status().json()["lag"])

    def wait_until_quiet(self, limit_seconds: float = 60.0) -> None:
        """Wait until the server is done with everything that follows a load: leaves, checkpoints, dictionaries."""
        deadline = time.monotonic() + limit_seconds
        while self._used_share() > QUIET_SHARE:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the server of {self.name} did not come to rest in {limit_seconds} s")

    def _used_share(self) -> float:
        running = self.served.running()
        pids = [running.pid, *(pid for pid, _ in running.descendants())]
        before = {pid: cpu_seconds([pid]) for pid in pids}
        time.sleep(QUIET_SECONDS)
        return sum(cpu_seconds([pid]) - used for pid, used in before.items()) / QUIET_SECONDS

    def measure(self, workload: Workload, empty_url: str) -> dict[str, float]:
        """Return statements per second: served, by raw inserts of the same rows, and of the empty endpoint.

        ``raw_each`` has a commit for each request, ``raw`` one for as many requests as wait at the same time.
        """
        first = self._raw.head()
        has_projector = self.served.projector_pid() is not None
        serving = self.served.serving_pids()
        cpu_before = cpu_seconds(serving)
        served = run_load(self.load(workload))
        cpu_used = cpu_seconds(serving) - cpu_before
        if has_projector:
            self.wait_until_folded()
        self.wait_until_quiet()
        last = self._raw.head()
        middle = first + (last - first) // 2
        each_seconds = self._raw.insert(first, middle, workload.batch)
        shared_seconds = self._raw.insert(middle, last, workload.batch * workload.connections)
        empty = run_load(self.load(workload, empty_url))
        return {
            "served": served.statements / served.seconds,
            "raw_each": (middle - first) / each_seconds,
            "raw": (last - middle) / shared_seconds,
            "empty": empty.statements / empty.seconds,
            "sent_bytes": served.sent_bytes / served.statements,
            "cpu_us": 1_000_000 * cpu_used / served.statements,
            "p50_ms": served.p50_ms,
            "p95_ms": served.p95_ms,
            "p99_ms": served.p99_ms,
        }

    def answer(self, targets: tuple[str, ...], requests: int, empty_url: str) -> dict[str, float]:
        """Return what one client waits for the answers to ``targets``, and what it waits for the empty endpoint."""
        serving = self.served.serving_pids()
        run_load(self._got(self.served.url, targets, 20))
        cpu_before = cpu_seconds(serving)
        got = run_load(self._got(self.served.url, targets, requests))
        cpu_used = cpu_seconds(serving) - cpu_before
        empty = run_load(self._got(empty_url, ("/empty",), requests))
        return {
            "p50_ms": got.p50_ms,
            "p95_ms": got.p95_ms,
            "p99_ms": got.p99_ms,
            "empty_p50_ms": empty.p50_ms,
            "cpu_ms": 1000 * cpu_used / requests,
            "received_bytes": got.received_bytes / requests,
            "requests": requests,
        }

    def _got(self, url: str, targets: tuple[str, ...], requests: int) -> Load:
        return Load(url, self.served.key, self.served.secret, 1, requests, targets=targets)
