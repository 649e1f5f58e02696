"""``python -m bench.reads``: every filter of GET statements on a filled store, by one client, on two pages.

The store (see ``bench.fill``) is served without a projector by ``mastrail lrs``. The first page is measured, and of
long results page 1,000, or the last where there are fewer, of a hundred statements each, reached by ``more`` links.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.filters import Case, Times, cases
from bench.load import Load, Measured
from bench.measure import run_load
from support.processes import Process, ends_with_us
from support.served import Served, mastrail_command

FAR_PAGE = 1_000
PAGE_STATEMENTS = 100
_WARM_UP = 20
_MORE = re.compile(rb'"more":"([^"]+)"\}')


class Records(Served):
    """A store that is served by ``mastrail lrs``, so that no projector takes part."""

    def launch(self) -> None:
        """Start the server without waiting for it."""
        self.process = Process([*ends_with_us(), mastrail_command(), "lrs"], self.log, self._environment)


@dataclass(frozen=True)
class Answered:
    """What a case took in milliseconds: ``page`` counts from 1; ``statements`` and bytes are those of a page."""

    case: str
    page: int
    statements: float
    page_bytes: float
    requests: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


def measured(served: Served, statements: int, requests: int, only: str = "") -> Iterator[Answered]:
    """Yield what each case took."""
    for case in cases(statements, _times(served)):
        if only not in case.name:
            continue
        targets = case.targets()
        yield _answered(served, case, 1, targets, requests)
        if case.is_long:
            page, target = _far(served, targets[0])
            yield _answered(served, case, page, (target,), requests)


def _answered(served: Served, case: Case, page: int, targets: tuple[str, ...], requests: int) -> Answered:
    counts = [_statements(served, target) for target in targets]
    _get(served, targets, _WARM_UP)
    took = _get(served, targets, requests)
    return Answered(
        case.name,
        page,
        sum(counts) / len(counts),
        took.received_bytes / requests,
        requests,
        round(took.p50_ms, 2),
        round(took.p95_ms, 2),
        round(took.p99_ms, 2),
    )


def _get(served: Served, targets: tuple[str, ...], requests: int) -> Measured:
    return run_load(Load(served.url, served.key, served.secret, 1, requests, targets=targets))


def _statements(served: Served, target: str) -> int:
    reply = served.client.get(target).raise_for_status()
    if reply.headers["content-type"].startswith("multipart"):
        return reply.content.count(b'"verb":{')
    return len(reply.json().get("statements", ["the one"]))


def _far(served: Served, target: str) -> tuple[int, str]:
    """Return the number and the path of a far page, going from page to page."""
    page, reached = 1, target
    while page < FAR_PAGE:
        more = _MORE.search(served.client.get(reached).raise_for_status().content)
        if more is None:
            break
        page, reached = page + 1, more[1].decode()
    return page, reached


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
    for heading in ("page", "statements", "KB", "ms p50", "ms p95", "ms p99"):
        shown.add_column(heading, justify="right")
    for one in answers:
        marks = (f"{value:.1f}" for value in (one.p50_ms, one.p95_ms, one.p99_ms))
        shown.add_row(one.case, f"{one.page:,}", f"{one.statements:.0f}", f"{one.page_bytes / 1024:.0f}", *marks)
    return shown


def main() -> int:
    """Measure one store that is there."""
    parser = argparse.ArgumentParser(prog="python -m bench.reads", description=__doc__)
    parser.add_argument("--store", default="sqlite", help="`sqlite` or a postgresql:// URL")
    parser.add_argument("--folder", type=Path, required=True, help="its `data` folder is the data folder of the store")
    parser.add_argument("--statements", type=int, required=True, help="how many of the school are in it")
    parser.add_argument("--requests", type=int, default=200, help="for each case")
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("--output", type=Path, help="file for the answers as JSON")
    asked = parser.parse_args()
    served = Records(asked.folder, asked.store, {"log_level": "warning"})
    try:
        served.open()
        answers = list(measured(served, asked.statements, asked.requests, asked.only))
    finally:
        served.close()
    Console(width=120).print(table(answers, f"{asked.statements:,} statements, one client"))
    if asked.output:
        asked.output.write_text(json.dumps([asdict(one) for one in answers], indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
