"""``make bench``: statements per second through HTTP beside the limits of the same run, and folds per second."""

import argparse
import contextlib
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from bench import report
from bench.fold import engine_rate, follower_rate, publish_documents
from bench.measure import WORKLOADS, Store, Workload, run_load
from bench.raw import RawPostgres, RawSqlite
from support.corpus import statements_file
from support.postgres import Cluster, running_cluster
from support.processes import Process, accepts, ends_with_us, free_port
from support.served import Served

WARM_UP = Workload(1, 8, 500)
NOTES = """\
raw inserts: the rows that the HTTP run wrote, inserted again by plain SQL in transactions of batch x connections
statements, same tables, indexes and durability. HTTP runs share the processors with load generator and projector.
CPU: microseconds of the serving process for each statement, without database and projector."""
STORES = ("sqlite", "postgresql")


@contextlib.contextmanager
def served_store(folder: Path, location: str) -> Iterator[Served]:
    """Serve an empty store."""
    folder.mkdir()
    served = Served(folder, location, {})
    try:
        served.open()
        yield served
    finally:
        served.close()


@contextlib.contextmanager
def sqlite_store(folder: Path, corpus: Path) -> Iterator[tuple[Store, Served]]:
    """Serve an SQLite store, and open its limit beside it."""
    with served_store(folder / "sqlite", "sqlite") as served:
        raw = RawSqlite(served.data_dir / "log.sqlite", folder / "raw.sqlite")
        with contextlib.closing(raw):
            yield Store("SQLite", served, raw, corpus), served


@contextlib.contextmanager
def postgres_store(folder: Path, cluster: Cluster, corpus: Path) -> Iterator[tuple[Store, Served]]:
    """Serve a PostgreSQL store, and open its limit beside it."""
    with cluster.fresh_database() as target, cluster.fresh_database() as source:
        with served_store(folder / "made", target):
            pass  # a served store makes its tables
        with served_store(folder / "postgresql", source) as served:
            raw = RawPostgres(source, target)
            with contextlib.closing(raw):
                raw.empty()
                yield Store("PostgreSQL", served, raw, corpus), served


@contextlib.contextmanager
def empty_endpoint(folder: Path) -> Iterator[str]:
    """Serve the endpoint that does nothing, on the same server software."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.empty_app:app", "--port", str(port)]
    quiet = ["--no-access-log", "--log-level", "warning", "--app-dir", str(Path(__file__).parents[1])]
    process = Process([*ends_with_us(), *command, *quiet], folder / "empty.log")
    try:
        process.wait_until(lambda: accepts(port), 30, "empty endpoint")
        yield f"http://127.0.0.1:{port}/empty"
    finally:
        process.kill()


def main() -> int:
    """Run every round and print the tables. The exit code says only whether everything could be measured."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="most rounds")
    parser.add_argument("--seconds", type=float, default=120, help="begin no further round after this time")
    parser.add_argument("--stores", nargs="+", choices=STORES, default=STORES)
    parser.add_argument("--only", default="", help="workloads whose name has this in it, such as '5 per POST'")
    wanted = parser.parse_args()
    workloads = [one for one in WORKLOADS if wanted.only in one.name]
    console = Console(width=180)
    corpus = statements_file()
    report.surroundings(console, corpus.name)
    ingested: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    folded: dict[str, list[float]] = defaultdict(list)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mastrail-bench-")))
        empty = stack.enter_context(empty_endpoint(folder))
        opened = []
        if "sqlite" in wanted.stores:
            opened.append(stack.enter_context(sqlite_store(folder, corpus)))
        if "postgresql" in wanted.stores:
            cluster = stack.enter_context(running_cluster())
            opened.append(stack.enter_context(postgres_store(folder, cluster, corpus)))
        for store, served in opened:
            publish_documents(served)
            run_load(store.load(WARM_UP))
            store.wait_until_folded()
        with console.status("measuring") as status:
            began = time.monotonic()
            for number in range(1, wanted.rounds + 1):
                if time.monotonic() - began > wanted.seconds:
                    break
                for store, served in opened:
                    for workload in workloads:
                        status.update(f"round {number} of {wanted.rounds}: {store.name}, {workload.name}")
                        ingested[store.name, workload.name].append(store.measure(workload, empty))
                    folded[f"follower, {store.name}"].append(follower_rate(store, served))
                folded["engine alone, in memory"].append(engine_rate(corpus))
    console.print(report.ingestion(ingested))
    console.print(
        NOTES,
        style="dim",
        highlight=False,
    )
    console.print(report.folding(folded))
    return 0


if __name__ == "__main__":
    sys.exit(main())
