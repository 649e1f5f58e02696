"""``python -m integration.fuzz --minutes 10``: the long run, shared out between the stores, with its own PostgreSQL cluster."""

import sys

from integration.fuzz.rest import fuzz
from support.long_runs import STORES, arguments, on_each, report, served_for_a_long_run


def run(store_name: str, seconds: float) -> bool:
    """Return whether every reply and the store at rest are as they must be; print what was counted and every fault."""
    with served_for_a_long_run(store_name, "fuzz") as served:
        counts, faults = fuzz(served, seconds=seconds)
    return report(f"{store_name}, {seconds:.0f} s: {counts}", faults)


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long, over all stores")
    wanted = parser.parse_args()
    seconds = wanted.minutes * 60 / len(wanted.store or STORES)
    return on_each(wanted.store, lambda name: run(name, seconds))


if __name__ == "__main__":
    sys.exit(main())
