"""``make bench-scale SIZE=1000000``: import, check, every filter and the thirteen cases of TRAX LRS at that size.

The school is written to a file, imported by ``mastrail import`` and looked through by ``mastrail check``; then
``mastrail lrs`` serves it. A million statements take half an hour on two processors, and 6 GB of disk.
"""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
from rich.console import Console

from bench import report
from bench.command import timed
from bench.corpus import School, written
from bench.measure import TRAX, WORKLOADS, Store
from bench.reads import measured
from bench.results import Run, told
from bench.stores import Records, empty_endpoint, postgres_store, sqlite_store
from bench.trax import GETTINGS, targets
from lrs.log.store import open_store
from mastrail.shell import utc_now
from support.corpus import statements_file
from support.postgres import running_cluster
from support.served import environment_with, mastrail_command

STORES = ("sqlite", "postgresql")
VARIANTS = 20


def brought_in(name: str, location: str, folder: Path, file: Path, run: Run) -> None:
    """Import ``file`` into a new store in ``folder`` and check it."""
    folder.mkdir()
    settings = environment_with({"data_dir": str(folder / "data"), "store": location})
    size = file.stat().st_size
    for command in (["import", str(file)], ["check"]):
        figures = timed([mastrail_command(), *command], settings, folder / f"{command[0]}.log")
        if command[0] == "import":
            figures |= {"received_bytes": size, "stored_bytes": _stored_bytes(location, folder / "data")}
        run.add(name, "command", f"mastrail {command[0]}", figures)


def _stored_bytes(location: str, data: Path) -> int:
    if location == "sqlite":
        return sum(file.stat().st_size for file in data.glob("log.sqlite*"))
    with psycopg.connect(location) as connection:
        found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(found[0]) if found else 0


def answers(store: Store, size: int, requests: int, empty: str, run: Run) -> Iterator[str]:
    """Measure every read and then every write; yield what is being measured."""
    served = store.served
    with open_store(served.store, data_dir=served.data_dir, now=utc_now) as opened:
        for one in measured(served, opened, size, requests):
            run.add(store.name, "get", f"{one.case}, page {one.page:,}", one.figures())
            yield one.case
    for getting in GETTINGS:
        asked = targets(getting, School().lines(size // 2, size // 2 + VARIANTS))
        run.add(store.name, "get", f"TRAX {getting.name}", store.answer(asked, requests, empty))
        yield getting.name
    for workload in (*TRAX, *WORKLOADS):
        run.add(store.name, "post", workload.name, store.measure(workload, empty))
        yield workload.name


def main() -> int:
    """Measure each store after the other."""
    asked = _parser().parse_args()
    console = Console(width=140)
    run = Run(told(f"make bench-scale SIZE={asked.size}", asked, _parser()))
    report.surroundings(console, f"{asked.size:,} statements of a made-up school")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mastrail-scale-", dir=asked.folder)))
        status = stack.enter_context(console.status("writing the school"))
        written(School().lines(0, asked.size), folder / "school.ndjson")
        empty = stack.enter_context(empty_endpoint(folder))
        for kind in asked.stores:
            with _store(kind, folder, run) as store:
                for what in answers(store, asked.size, asked.requests, empty, run):
                    status.update(f"{store.name}: {what}")
    console.print(report.commands(run.of("command")))
    console.print(report.answering(run.of("get")))
    console.print(report.posting(run.of("post")))
    for path in run.write(asked.output, f"scale-{asked.size}"):
        console.print(f"written: {path}", highlight=False)
    return 0


@contextlib.contextmanager
def _store(kind: str, folder: Path, run: Run) -> Iterator[Store]:
    """Serve a store of that kind into which the school was brought."""
    school, corpus = folder / "school.ndjson", statements_file()
    if kind == "sqlite":
        brought_in("SQLite", "sqlite", folder / "sqlite", school, run)
        with sqlite_store(folder, corpus, Records) as store:
            yield store
        return
    with running_cluster() as cluster, cluster.fresh_database() as source:
        brought_in("PostgreSQL", source, folder / "postgresql", school, run)
        with postgres_store(folder, cluster, source, corpus, Records) as store:
            yield store


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench-scale", description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="statements")
    parser.add_argument("--requests", type=int, default=200, help="requests for each read")
    parser.add_argument("--stores", nargs="+", choices=STORES, default=STORES)
    parser.add_argument("--folder", type=Path, help="where the stores are made and removed; a temporary folder if none")
    parser.add_argument("--output", type=Path, default=Path("docs/performance"), help="folder for JSON and SVG")
    return parser


if __name__ == "__main__":
    sys.exit(main())
