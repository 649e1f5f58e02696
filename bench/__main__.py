"""``make bench``: statements per second through HTTP beside the limits of the same run, and folds per second.

It ends with the thirteen cases of TRAX LRS on a store of 20,000 statements.
"""

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench import report
from bench.corpus import School
from bench.fill import fill
from bench.fold import engine_rate, follower_rate, publish_documents
from bench.measure import TRAX, WORKLOADS, Store, Workload, run_load
from bench.results import Run, told
from bench.stores import empty_endpoint, postgres_store, sqlite_store
from bench.trax import GETTINGS, targets
from lrs.log.store import open_store
from support.corpus import statements_file
from support.postgres import running_cluster

WARM_UP = Workload(1, 8, 500)
FILLED, GET_REQUESTS, VARIANTS = 20_000, 200, 20
NOTES = """\
raw: the rows that the HTTP run wrote, inserted again by plain SQL (PostgreSQL: COPY), same tables, indexes and
durability; a commit for each request, or one shared by as many requests as there are connections. HTTP runs share the
processors with load generator and projector. CPU: microseconds of what serves for each statement, without
database and projector."""
STORES = ("sqlite", "postgresql")
Ingested = dict[tuple[str, str], list[dict[str, float]]]


def open_stores(stack: contextlib.ExitStack, folder: Path, kinds: list[str], corpus: Path) -> list[Store]:
    """Serve a new store of each kind and warm it up."""
    opened: list[Store] = []
    if "sqlite" in kinds:
        opened.append(stack.enter_context(sqlite_store(folder, corpus)))
    if "postgresql" in kinds:
        cluster = stack.enter_context(running_cluster())
        source = stack.enter_context(cluster.fresh_database())
        opened.append(stack.enter_context(postgres_store(folder, cluster, source, corpus)))
    for store in opened:
        publish_documents(store.served)
        run_load(store.load(WARM_UP))
        store.wait_until_folded()
    return opened


def trax(store: Store, empty: str, run: Run, ingested: Ingested) -> None:
    """Run the thirteen cases, those that get on a store that has some statements."""
    for workload in TRAX:
        ingested[store.name, workload.name].append(store.measure(workload, empty))
    with open_store(store.served.store, data_dir=store.served.data_dir, now=lambda: datetime.now(UTC)) as filled:
        fill(filled, FILLED)
    store.wait_until_folded()
    for case in GETTINGS:
        asked = targets(case, School().lines(FILLED // 2, FILLED // 2 + VARIANTS))
        run.add(store.name, "get", f"TRAX {case.name}", store.answer(asked, GET_REQUESTS, empty))


def main() -> int:
    """Run every round and print the tables. The exit code says only whether everything could be measured."""
    wanted = _parser().parse_args()
    workloads = [one for one in WORKLOADS if wanted.only in one.name]
    console = Console(width=180)
    corpus = statements_file()
    report.surroundings(console, corpus.name)
    run = Run(told("make bench", wanted, _parser()))
    ingested: Ingested = defaultdict(list)
    folded: dict[str, list[float]] = defaultdict(list)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mastrail-bench-")))
        empty = stack.enter_context(empty_endpoint(folder))
        opened = open_stores(stack, folder, wanted.stores, corpus)
        status = stack.enter_context(console.status("measuring"))
        began = time.monotonic()
        for number in range(1, wanted.rounds + 1):
            if time.monotonic() - began > wanted.seconds:
                break
            for store in opened:
                for workload in workloads:
                    status.update(f"round {number} of {wanted.rounds}: {store.name}, {workload.name}")
                    ingested[store.name, workload.name].append(store.measure(workload, empty))
                folded[f"follower, {store.name}"].append(follower_rate(store, store.served))
            folded["engine alone, in memory"].append(engine_rate(corpus))
        for store in opened if not wanted.only else ():
            status.update(f"TRAX: {store.name}")
            trax(store, empty, run, ingested)
    for (name, case), rounds in ingested.items():
        run.add(name, "post", case, {one: statistics.median(r[one] for r in rounds) for one in rounds[0]})
    for name, values in folded.items():
        run.add("", "fold", name, {"folded": statistics.median(values)})
    console.print(report.ingestion(ingested))
    console.print(NOTES, style="dim", highlight=False)
    console.print(report.answering(run.of("get")))
    console.print(report.folding(folded))
    if wanted.output:
        for path in run.write(wanted.output, "bench"):
            console.print(f"written: {path}", highlight=False)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="most rounds")
    parser.add_argument("--seconds", type=float, default=60, help="begin no further round after this time")
    parser.add_argument("--stores", nargs="+", choices=STORES, default=STORES)
    parser.add_argument("--only", default="", help="workloads whose name has this in it, such as '5 per POST', no TRAX")
    parser.add_argument("--output", type=Path, help="folder for bench.json and bench.svg")
    return parser


if __name__ == "__main__":
    sys.exit(main())
