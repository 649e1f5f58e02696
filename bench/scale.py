"""``make bench-scale SIZE=1000000``: import, check, every filter and the thirteen cases of TRAX LRS at that size.

The school is written to a file, imported by ``mastrail import`` and looked through by ``mastrail check``; then
``mastrail lrs`` serves it. The reads by filter have files of their own. With ``--keep`` the stores stay in a folder and
the next run finds them there: it imports nothing then, and posts nothing, so that they stay as they are.
"""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
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
from support.postgres import kept_cluster
from support.served import environment_with, mastrail_command

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
VARIANTS = 20


@dataclass(frozen=True)
class Home:
    """The folder of one size: the school as a file, and for each kind of store a folder and a mark once it is full."""

    folder: Path
    size: int

    @property
    def school(self) -> Path:
        """Return the file of the school, written when it is not there."""
        file = self.folder / "school.ndjson"
        if not file.exists():
            unfinished = file.with_suffix(".part")
            written(School().lines(0, self.size), unfinished)
            unfinished.rename(file)
        return file

    def command(self, kind: str, location: str, *words: str) -> dict[str, float]:
        """Run a command on a store and return what it took."""
        settings = environment_with({"data_dir": str(self.folder / kind / "data"), "store": location})
        return timed([mastrail_command(), *words], settings, self.folder / kind / f"{words[0]}.log")

    def fill(self, kind: str, location: str, run: Run) -> None:
        """Import the school unless it is there, and check the store."""
        (self.folder / kind).mkdir(exist_ok=True)
        full = self.folder / kind / "full"
        if not full.exists():
            figures = self.command(kind, location, "import", str(self.school))
            sizes = {"received_bytes": self.school.stat().st_size, "stored_bytes": self._stored_bytes(kind, location)}
            run.add(NAMES[kind], "command", "mastrail import", figures | sizes)
            full.touch()
        run.add(NAMES[kind], "command", "mastrail check", self.command(kind, location, "check"))

    def _stored_bytes(self, kind: str, location: str) -> int:
        if kind == "sqlite":
            return sum(file.stat().st_size for file in (self.folder / kind / "data").glob("log.sqlite*"))
        with psycopg.connect(location) as connection:
            found = connection.execute(
                "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
                " WHERE relkind = 'r' AND relnamespace = 'mastrail_default'::regnamespace"
            ).fetchone()
        return int(found[0]) if found else 0


def filters(store: Store, size: int, requests: int, run: Run) -> Iterator[str]:
    """Measure every filter; yield what is being measured."""
    served = store.served
    with open_store(served.store, data_dir=served.data_dir, now=utc_now) as opened:
        for one in measured(served, opened, size, requests):
            run.add(store.name, "get", f"{one.case}, page {one.page:,}", one.figures())
            yield one.case


def gets(store: Store, size: int, requests: int, empty: str, run: Run) -> Iterator[str]:
    """Measure the reads of TRAX LRS; yield what is being measured."""
    for getting in GETTINGS:
        asked = targets(getting, School().lines(size // 2, size // 2 + VARIANTS))
        run.add(store.name, "get", f"TRAX {getting.name}", store.answer(asked, requests, empty))
        yield getting.name


def posts(store: Store, empty: str, run: Run) -> Iterator[str]:
    """Measure every write; yield what is being measured."""
    for workload in (*TRAX, *WORKLOADS):
        run.add(store.name, "post", workload.name, store.measure(workload, empty))
        yield workload.name


def main() -> int:
    """Measure each store after the other."""
    asked = _parser().parse_args()
    console = Console(width=150)
    command = told(f"make bench-scale SIZE={asked.size}", asked, _parser())
    run, reads = Run(command), Run(command)
    report.surroundings(console, f"{asked.size:,} statements of a made-up school")
    with contextlib.ExitStack() as stack:
        home = Home(stack.enter_context(_home(asked)), asked.size)
        status = stack.enter_context(console.status("importing and checking"))
        empty = stack.enter_context(empty_endpoint(home.folder))
        for kind in asked.stores:
            with _store(kind, home, run) as store:
                gotten = chain(
                    filters(store, asked.size, asked.requests, reads),
                    gets(store, asked.size, asked.requests, empty, run),
                )
                for what in gotten if asked.keep else chain(gotten, posts(store, empty, run)):
                    status.update(f"{store.name}: {what}")
    console.print(report.commands(run.of("command")))
    console.print(report.answering([*reads.of("get"), *run.of("get")]))
    console.print(report.posting(run.of("post")))
    for path in (*run.write(asked.output, f"scale-{asked.size}"), *reads.write(asked.output, f"reads-{asked.size}")):
        console.print(f"written: {path}", highlight=False)
    return 0


@contextlib.contextmanager
def _home(asked: argparse.Namespace) -> Iterator[Path]:
    """Lend the folder that is kept, or one that is removed in the end."""
    if asked.keep is not None:
        asked.keep.mkdir(parents=True, exist_ok=True)
        yield asked.keep.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="mastrail-scale-", dir=asked.folder) as folder:
        Path(folder).chmod(0o711)  # the account of the database server has to come through
        yield Path(folder)


@contextlib.contextmanager
def _store(kind: str, home: Home, run: Run) -> Iterator[Store]:
    """Serve a store of that kind into which the school was brought."""
    (home.folder / "raw.sqlite").unlink(missing_ok=True)
    if kind == "sqlite":
        home.fill(kind, "sqlite", run)
        with sqlite_store(home.folder, statements_file(), Records) as store:
            yield store
        return
    with kept_cluster(home.folder / "cluster") as cluster:
        source = cluster.kept_database("school")
        home.fill(kind, source, run)
        with postgres_store(home.folder, cluster, source, statements_file(), Records) as store:
            yield store


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench-scale", description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="statements")
    parser.add_argument("--requests", type=int, default=60, help="requests for each read")
    parser.add_argument("--stores", nargs="+", choices=tuple(NAMES), default=tuple(NAMES))
    parser.add_argument("--folder", type=Path, help="where the stores are made and removed; a temporary folder if none")
    parser.add_argument("--keep", type=Path, help="where the stores are left, and found by the next run of that size")
    parser.add_argument("--output", type=Path, default=Path("docs/performance"), help="folder for JSON and SVG")
    return parser


if __name__ == "__main__":
    sys.exit(main())
