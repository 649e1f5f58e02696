"""``python -m bench.intake``: the memory of what serves while statements come in over HTTP, stretch by stretch.

``mastrail serve`` begins with an empty store; the school is posted in batches of fifty over eight connections.
"""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.bodies import SCHOOL, SCHOOL_STATEMENTS
from bench.cpu import cpu_seconds, resident_megabytes
from bench.load import Load
from bench.measure import run_load
from bench.results import Run, told
from bench.stores import served_store
from support.postgres import running_cluster
from support.served import Served

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
BATCH, CONNECTIONS = 50, 8


def taken_in(served: Served, statements: int) -> Iterator[tuple[int, dict[str, float]]]:
    """Post stretch after stretch; yield how many statements there are then, and the figures of the stretch."""
    for number in range(-(-statements // SCHOOL_STATEMENTS)):
        serving, projector = served.serving_pids(), served.projector_pid() or 0
        requests = min(SCHOOL_STATEMENTS, statements - number * SCHOOL_STATEMENTS) // BATCH
        before = cpu_seconds(serving)
        load = Load(
            f"{served.url}/xAPI/statements", served.key, served.secret, CONNECTIONS, requests, SCHOOL, BATCH, number
        )
        measured = run_load(load)
        yield (
            number * SCHOOL_STATEMENTS + measured.statements,
            {
                "served": measured.statements / measured.seconds,
                "cpu_us": 1_000_000 * (cpu_seconds(serving) - before) / measured.statements,
                "p99_ms": measured.p99_ms,
                "server_mb": sum(map(resident_megabytes, serving)),
                "projector_mb": resident_megabytes(projector),
            },
        )


def main() -> int:
    """Measure each store after the other."""
    asked = _parser().parse_args()
    console, run = Console(width=120), Run(told("python -m bench.intake", asked, _parser()))
    for kind in asked.stores:
        with _served(kind, asked.folder) as served:
            for statements, figures in taken_in(served, asked.statements):
                run.add(NAMES[kind], "intake", f"{statements:,} statements", figures)
                console.print(f"{NAMES[kind]}: {statements:,}: {figures['server_mb']:.0f} MB", highlight=False)
    console.print(_table(run))
    if asked.output:
        run.write(asked.output, f"intake-{asked.statements}")
    return 0


def _table(run: Run) -> Table:
    names = {"server_mb": "server MB", "projector_mb": "projector MB", "cpu_us": "CPU us", "served": "statements/s"}
    table = Table("store", "in the store", title="Memory while statements come in", title_justify="left")
    for heading in names.values():
        table.add_column(heading, justify="right")
    for one in run.of("intake"):
        table.add_row(one.store, one.case, *(f"{one.figures[name]:,.0f}" for name in names))
    return table


@contextlib.contextmanager
def _served(kind: str, folder: Path | None) -> Iterator[Served]:
    with tempfile.TemporaryDirectory(prefix="mastrail-intake-", dir=folder) as made, contextlib.ExitStack() as stack:
        location = "sqlite"
        if kind == "postgresql":
            location = stack.enter_context(stack.enter_context(running_cluster()).fresh_database())
        yield stack.enter_context(served_store(Path(made), location))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.intake", description=__doc__)
    parser.add_argument("--statements", type=int, default=1_000_000)
    parser.add_argument("--stores", nargs="+", choices=tuple(NAMES), default=tuple(NAMES))
    parser.add_argument("--folder", type=Path, help="where the stores are made and removed; a temporary folder if none")
    parser.add_argument("--output", type=Path, help="folder for the figures as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
