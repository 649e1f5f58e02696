"""``python -m integration.fuzz --minutes 10``: the long run, shared out between the stores, with its own PostgreSQL cluster."""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from integration.fuzz.rest import fuzz
from support.postgres import running_cluster
from support.served import Served

STORES = ("sqlite", "postgresql")


@contextlib.contextmanager
def empty_store(name: str) -> Iterator[str]:
    if name == "sqlite":
        yield "sqlite"
        return
    with running_cluster() as cluster, cluster.fresh_database() as url:
        yield url


def run(store_name: str, seconds: float) -> bool:
    """Return whether every reply and the store at rest are as they must be; print what was counted and every fault."""
    with tempfile.TemporaryDirectory(prefix="mastrail-fuzz-") as folder, empty_store(store_name) as store:
        served = Served(Path(folder), store, {})
        try:
            served.open()
            counts, faults = fuzz(served, seconds=seconds)
        finally:
            served.close()
    print(f"{store_name}, {seconds:.0f} s: {counts}", flush=True)
    for fault in faults:
        print(f"  FAULT: {fault}", flush=True)
    return not faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long, over all stores")
    parser.add_argument("--store", choices=STORES, action="append", help="only this store; repeat it for several")
    wanted = parser.parse_args()
    stores = wanted.store or STORES
    results = [run(name, wanted.minutes * 60 / len(stores)) for name in stores]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
