"""``python -m integration.crash --kills 200``: the long run, on each store, with its own PostgreSQL cluster."""

import argparse
import secrets
import sys
import time

from integration.crash.after import check_after
from integration.crash.kills import kill_while_ingesting, publish_documents
from support.long_runs import STORES, report, served_for_a_long_run


def run(store_name: str, kills: int, seed: int) -> bool:
    """Return whether the store came through; print what was counted and every fault."""
    began = time.monotonic()
    with served_for_a_long_run(store_name, "crash") as served:
        publish_documents(served)
        result = kill_while_ingesting(served, kills=kills, seed=seed)
        faults = [*result.faults, *check_after(served)]
    return report(f"{store_name}, seed {seed}: {result}; {time.monotonic() - began:.0f} s", faults)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="kill -9 of the server, on each store")
    parser.add_argument("--store", choices=STORES, action="append", help="only this store; repeat it for several")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(10**6), help="repeat a run with the seed it printed"
    )
    wanted = parser.parse_args()
    results = [run(name, wanted.kills, wanted.seed) for name in wanted.store or STORES]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
