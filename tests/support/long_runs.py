"""What the long runs from the command line share: their arguments, a new store of either kind, served, and the report."""

import argparse
import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from support.postgres import running_cluster
from support.served import Served

STORES = ("sqlite", "postgresql")


@contextlib.contextmanager
def _empty_store(name: str) -> Iterator[str]:
    if name == "sqlite":
        yield "sqlite"
        return
    with running_cluster() as cluster, cluster.fresh_database() as url:
        yield url


@contextlib.contextmanager
def served_for_a_long_run(store_name: str, purpose: str) -> Iterator[Served]:
    """Serve an empty store; its folder, named after the purpose, goes when the run ends."""
    with tempfile.TemporaryDirectory(prefix=f"mastrail-{purpose}-") as folder, _empty_store(store_name) as store:
        served = Served(Path(folder), store, {})
        try:
            served.open()
            yield served
        finally:
            served.close()


def arguments(description: str | None) -> argparse.ArgumentParser:
    """Return a parser that knows ``--store``."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--store", choices=STORES, action="append", help="only this store; repeat it for several")
    return parser


def on_each(stores: Sequence[str] | None, run: Callable[[str], bool]) -> int:
    """Run on each of ``stores``, on all kinds where none is named, and return the exit code."""
    results = [run(name) for name in stores or STORES]
    return 0 if all(results) else 1


def report(summary: str, faults: Sequence[str]) -> bool:
    """Print what was counted and every fault; return whether there was none."""
    print(summary, flush=True)
    for fault in faults:
        print(f"  FAULT: {fault}", flush=True)
    return not faults
