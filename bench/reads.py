"""``python -m bench.reads``: every filter of GET statements on a filled store, by one client, on two pages.

The store (see ``bench.fill``) is served without a projector by ``mastrail lrs``. The first page is measured, and of
long results page 1,000, or the last where there are fewer, of a hundred statements each, reached by ``more`` links.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from rich.console import Console
from rich.table import Table

from bench.cpu import cpu_seconds, server_processes
from bench.filters import Parameters, Times, cases
from bench.load import Load, Measured
from bench.measure import LoadGenerator
from bench.results import Run
from bench.stores import Records
from lrs.api.cursor import cursor_key, sign
from lrs.log.store import Store, open_store
from lrs.read.statements import Cursor, StatementReader
from lrs.xapi.query import StatementQuery, parse_query
from lrs.xapi.version import Version
from support.served import Served

FAR_PAGE = 1_000
PAGE_STATEMENTS = 100
_WARM_UP = 20
_STRIDE = 2_000


@dataclass(frozen=True)
class Answered:
    """What a case took: ``page`` counts from 1; ``statements`` and bytes are those of a page.

    ``cpu_ms`` is the processor time of what serves for one request, ``database_cpu_ms`` that of the database server,
    None where there is none.
    """

    case: str
    page: int
    statements: float
    received_bytes: float
    requests: int
    cpu_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    database_cpu_ms: float | None

    def figures(self) -> dict[str, float]:
        """Return everything but the names."""
        named = asdict(self).items()
        return {name: value for name, value in named if name not in ("case", "page") and value is not None}


@dataclass(frozen=True)
class Asked:
    """A page of a case, counted from 1, and the paths to get that stand for it."""

    case: str
    page: int
    targets: tuple[str, ...]


def asked(served: Served, store: Store, statements: int, only: str = "") -> Iterator[Asked]:
    """Yield the pages to get; ``store`` is the one that is served."""
    for case in cases(statements, _times(served)):
        if only not in case.name:
            continue
        yield Asked(case.name, 1, case.targets())
        if case.is_long:
            page, target = _far(store, case.queries[0])
            if page > 1:
                yield Asked(case.name, page, (target,))


def measured(served: Served, store: Store, statements: int, requests: int, only: str = "") -> Iterator[Answered]:
    """Yield what each page took; ``store`` is the one that is served."""
    client = Client(served, requests)
    try:
        for one in asked(served, store, statements, only):
            yield _answered(client, one)
    finally:
        client.close()


class Client:
    """The one client: it gets each target in turn, so many requests."""

    def __init__(self, served: Served, requests: int) -> None:
        self.served = served
        self.requests = requests
        self._generator = LoadGenerator()

    def get(self, targets: tuple[str, ...], requests: int) -> Measured:
        """Get ``targets`` and return what it took."""
        served = self.served
        return self._generator.run(Load(served.url, served.key, served.secret, 1, requests, targets=targets))

    def close(self) -> None:
        """End the generator."""
        self._generator.close()


def _answered(client: Client, one: Asked) -> Answered:
    served, requests, targets = client.served, client.requests, one.targets
    statements = statements_of(served, targets)
    client.get(targets, _WARM_UP)
    serving, database = served.serving_pids(), server_processes(served.store)
    before, database_before = cpu_seconds(serving), cpu_seconds(database)
    took = client.get(targets, requests)
    cpu_used, database_used = cpu_seconds(serving) - before, cpu_seconds(database) - database_before
    return Answered(
        one.case,
        one.page,
        statements,
        took.received_bytes / requests,
        requests,
        round(1000 * cpu_used / requests, 2),
        round(took.p50_ms, 2),
        round(took.p95_ms, 2),
        round(took.p99_ms, 2),
        round(1000 * database_used / requests, 2) if database else None,
    )


def statements_of(served: Served, targets: tuple[str, ...]) -> float:
    """Return how many statements the targets bring, in the mean."""
    return sum(_statements(served, target) for target in targets) / len(targets)


def _statements(served: Served, target: str) -> int:
    reply = served.client.get(target).raise_for_status()
    if reply.headers["content-type"].startswith("multipart"):
        return reply.content.count(b'"verb":{')
    return len(reply.json().get("statements", ["the one"]))


def _far(store: Store, parameters: Parameters) -> tuple[int, str]:
    """Return the number and the path of a far page, as the ``more`` links of the pages before it would lead there.

    It is the last full one where there are fewer: at another size of the store it holds as many statements.
    """
    query = parse_query(list(parameters.items()), Version("1.0.3"), max_limit=PAGE_STATEMENTS)
    reader = StatementReader(store)
    cursor, passed = _passed(reader, query, FAR_PAGE - 1)
    if cursor is not None and len(reader.page(query, cursor, PAGE_STATEMENTS).entries) < PAGE_STATEMENTS:
        cursor, passed = _passed(reader, query, passed // PAGE_STATEMENTS - 1)
    if cursor is None:
        return 1, f"/xAPI/statements?{urlencode(parameters)}"
    place = {"query": dict(parameters), "last": cursor.last, "upper": cursor.upper}
    return passed // PAGE_STATEMENTS + 1, f"/xAPI/statements?more={sign(cursor_key(store), place)}"


def _passed(reader: StatementReader, query: StatementQuery, pages: int) -> tuple[Cursor | None, int]:
    """Return the cursor behind so many pages, or behind as many as there are, and how many statements they hold."""
    cursor, passed = None, 0
    while passed < pages * PAGE_STATEMENTS:
        page = reader.page(query, cursor, min(_STRIDE, pages * PAGE_STATEMENTS - passed))
        if page.next_cursor is None:
            break
        cursor, passed = page.next_cursor, passed + len(page.entries)
    return cursor, passed


def _times(served: Served) -> Times:
    """Return when parts of the store had been stored: by the oldest and newest statement, since it grew evenly."""
    oldest, newest = (_stored(served, ascending) for ascending in ("true", "false"))
    step = (newest - oldest) / 4
    return Times(oldest + step, oldest + 2 * step, oldest + 3 * step)


def _stored(served: Served, ascending: str) -> datetime:
    reply = served.client.get(f"/xAPI/statements?limit=1&ascending={ascending}").raise_for_status()
    return datetime.fromisoformat(reply.json()["statements"][0]["stored"])


def table(answers: list[Answered], title: str) -> Table:
    """Return the answers as a table."""
    shown = Table("case", title=title, title_justify="left")
    for heading in ("page", "statements", "KB", "CPU ms", "of the database", "ms p50", "ms p95", "ms p99"):
        shown.add_column(heading, justify="right")
    for one in answers:
        values = (one.cpu_ms, one.database_cpu_ms, one.p50_ms, one.p95_ms, one.p99_ms)
        marks = ("" if value is None else f"{value:.1f}" for value in values)
        shown.add_row(one.case, f"{one.page:,}", f"{one.statements:.0f}", f"{one.received_bytes / 1024:.0f}", *marks)
    return shown


def main() -> int:
    """Measure one store that is there."""
    parser = argparse.ArgumentParser(prog="python -m bench.reads", description=__doc__)
    parser.add_argument("--store", default="sqlite", help="`sqlite` or a postgresql:// URL")
    parser.add_argument("--folder", type=Path, required=True, help="its `data` folder is the data folder of the store")
    parser.add_argument("--statements", type=int, required=True, help="how many of the school are in it")
    parser.add_argument("--requests", type=int, default=200, help="for each case")
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("--output", type=Path, help="folder for the answers as JSON and as a plot")
    given = parser.parse_args()
    console, answers = Console(width=120), []
    served = Records(given.folder, given.store, {"log_level": "warning"})
    try:
        served.open()
        with open_store(given.store, data_dir=served.data_dir, now=lambda: datetime.now(UTC)) as store:
            for one in measured(served, store, given.statements, given.requests, given.only):
                console.print(f"{one.case}, page {one.page}: {one.p50_ms} ms", style="dim", highlight=False)
                answers.append(one)
    finally:
        served.close()
    console.print(table(answers, f"{given.statements:,} statements, one client"))
    if given.output:
        run = Run(f"python -m bench.reads --statements {given.statements} --requests {given.requests}")
        for one in answers:
            run.add(
                "SQLite" if given.store == "sqlite" else "PostgreSQL",
                "get",
                f"{one.case}, page {one.page:,}",
                one.figures(),
            )
        run.write(given.output, f"reads-{given.statements}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
