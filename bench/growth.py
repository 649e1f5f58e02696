"""``python -m bench.growth --small FOLDER --large FOLDER``: what a page costs in a larger store, in a smaller one 1.

Both folders are those of ``make bench-scale SIZE=... BENCH_ARGS="--keep FOLDER"``, each with stores of its size. Both
are served at the same time and asked in turns, so that what the machine does meanwhile falls on both alike.
"""

import argparse
import contextlib
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.reads import Asked, Client, asked, statements_of
from bench.results import Result, Run
from bench.scale import NAMES
from bench.stores import Records, served_store
from lrs.log.store import open_store
from mastrail.shell import utc_now
from support.postgres import kept_cluster
from support.served import Served


@dataclass(frozen=True)
class Side:
    """A served store of one size and the pages to get of it."""

    client: Client
    pages: list[Asked]

    def times(self, number: int) -> tuple[float, float]:
        """Get page ``number`` as often as the client does and return its median and its 99th percentile, in ms."""
        took = self.client.get(self.pages[number].targets, self.client.requests)
        return took.p50_ms, took.p99_ms


def compared(small: Side, large: Side, number: int, rounds: int) -> dict[str, float]:
    """Return what page ``number`` of the cases took on both sides in turns: the medians over the rounds."""
    sides = {"small": small, "large": large}
    for side in sides.values():
        side.times(number)
    took = [{name: side.times(number) for name, side in sides.items()} for _ in range(rounds)]
    figures: dict[str, float] = {}
    for name, side in sides.items():
        targets = side.pages[number].targets
        figures[f"{name}_statements"] = statements_of(side.client.served, targets)
        figures[f"{name}_p50_ms"] = statistics.median(one[name][0] for one in took)
        figures[f"{name}_p99_ms"] = statistics.median(one[name][1] for one in took)
    return figures | {"growth": figures["large_p50_ms"] / figures["small_p50_ms"]}


@contextlib.contextmanager
def side(folder: Path, kind: str, size: int, given: argparse.Namespace) -> Iterator[Side]:
    """Serve the store of a kind that lies in ``folder``."""
    with _served(folder.absolute(), kind) as served:
        with open_store(served.store, data_dir=served.data_dir, now=utc_now) as store:
            pages = [*asked(served, store, size, given.only)]
        client = Client(served, given.requests)
        with contextlib.closing(client):
            yield Side(client, pages)


@contextlib.contextmanager
def _served(folder: Path, kind: str) -> Iterator[Served]:
    if not (folder / kind / "full").exists():
        raise SystemExit(f"{folder} has no {NAMES[kind]} store: run make bench-scale with --keep first")
    if kind == "sqlite":
        with served_store(folder / kind, "sqlite", Records) as served:
            yield served
        return
    with (
        kept_cluster(folder / "cluster") as cluster,
        served_store(folder / kind, cluster.kept_database("school"), Records) as served,
    ):
        yield served


def table(results: list[Result]) -> Table:
    """Return what was found as a table."""
    shown = Table("store", "what", title="Milliseconds for a page at two sizes, one client", title_justify="left")
    names = ("small_statements", "large_statements", "small_p50_ms", "large_p50_ms", "large_p99_ms", "growth")
    for heading in ("statements", "in the larger", "ms p50", "in the larger", "ms p99 there", "growth"):
        shown.add_column(heading, justify="right")
    for one in results:
        shown.add_row(one.store, one.case, *(f"{one.figures[name]:,.2f}" for name in names))
    return shown


def main() -> int:
    """Compare the stores of each kind."""
    given = _parser().parse_args()
    console = Console(width=150)
    often = f"--requests {given.requests} --rounds {given.rounds}"
    run = Run(f"python -m bench.growth --small FOLDER --large FOLDER {often}")
    small_size, large_size = given.sizes
    for kind in given.stores:
        with (
            side(given.small, kind, small_size, given) as small,
            side(given.large, kind, large_size, given) as large,
            console.status(NAMES[kind]) as status,
        ):
            for number, (one, other) in enumerate(zip(small.pages, large.pages, strict=True)):
                name = one.case if one.page == other.page else f"{one.case}, pages {one.page:,} and {other.page:,}"
                status.update(f"{NAMES[kind]}: {name}")
                run.add(NAMES[kind], "growth", name, compared(small, large, number, given.rounds))
    console.print(table(run.of("growth")))
    if given.output:
        for path in run.write(given.output, f"growth-{small_size}-{large_size}"):
            console.print(f"written: {path}", highlight=False)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--small", type=Path, required=True, help="the folder of the smaller stores")
    parser.add_argument("--large", type=Path, required=True, help="the folder of the larger stores")
    parser.add_argument("--sizes", type=int, nargs=2, default=(100_000, 1_000_000), help="statements in them")
    parser.add_argument("--stores", nargs="+", choices=tuple(NAMES), default=tuple(NAMES))
    parser.add_argument("--requests", type=int, default=20, help="requests for each page in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("--output", type=Path, help="folder for JSON and SVG")
    return parser


if __name__ == "__main__":
    sys.exit(main())
