"""Fill a store with the school, by the store's own append: what reads are measured on.

``python -m bench.fill --store sqlite --data-dir FOLDER --statements 1000000``. A store that has some statements of the
school already gets the ones that are missing. Nothing is checked, since the school says nothing wrong, and so a million
statements are there in two minutes; ``mastrail import`` is what checks them.
"""

import argparse
import itertools
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import orjson

from bench.corpus import School, attachment
from lrs.log.entry import STATEMENT_STORED, NewEntry, SideRow, StatementIndex
from lrs.log.store import Store, open_store
from lrs.xapi.check import Checked
from lrs.xapi.complete import complete
from lrs.xapi.terms import index
from lrs.xapi.version import Version

PER_COMMIT = 500
AUTHORITY = {"objectType": "Agent", "account": {"homePage": "https://school.example", "name": "registrar"}}


def entries(school: School, first: int, last: int) -> Iterator[NewEntry]:
    """Yield the entries of statements ``first`` to ``last`` (not included)."""
    now = datetime.now(UTC)
    for number, line in enumerate(school.lines(first, last), start=first):
        body = orjson.loads(line)
        entry_id = UUID(body["id"])
        checked = Checked(line, body, entry_id)
        completed = complete(
            checked, statement_id=entry_id, authority=AUTHORITY, timestamp=now, version=Version("1.0.3")
        )
        found = index(completed.body)
        indexed = StatementIndex(found.terms, found.refers_to, found.voids, found.own_terms, is_derivable=True)
        content = (_content(number),) if "attachments" in body else ()
        yield NewEntry(entry_id, STATEMENT_STORED, completed.payload, indexed, content)


def _content(number: int) -> SideRow:
    content = attachment(number)
    named = {"sha2": sha256(content).hexdigest(), "content_type": "text/plain", "content": content}
    return SideRow("insert_attachment", named)


def fill(store: Store, statements: int, seed: int = 1) -> int:
    """Append what is missing of the first ``statements`` of the school; return how many that were."""
    school = School(seed)
    first = _first_missing(store, school, statements)
    missing = entries(school, first, statements)
    while batch := list(itertools.islice(missing, PER_COMMIT)):
        store.append(batch)
    return statements - first


def _first_missing(store: Store, school: School, statements: int) -> int:
    """Return how many of the first statements are there: they were appended in their order."""
    low, high = 0, statements
    while low < high:
        middle = (low + high) // 2
        known = store.get(UUID(school.statement_id(middle).decode()))
        low, high = (low, middle) if known is None else (middle + 1, high)
    return low


def main() -> None:
    """Fill one store."""
    parser = argparse.ArgumentParser(prog="python -m bench.fill", description="Fill a store with made-up statements.")
    parser.add_argument("--store", default="sqlite", help="`sqlite` or a postgresql:// URL")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--statements", type=int, default=100_000)
    asked = parser.parse_args()
    asked.data_dir.mkdir(parents=True, exist_ok=True)
    began, cpu_began = time.monotonic(), time.process_time()
    with open_store(asked.store, data_dir=asked.data_dir, now=lambda: datetime.now(UTC)) as store:
        added = fill(store, asked.statements)
    took, cpu = time.monotonic() - began, time.process_time() - cpu_began
    print(f"{added} statements added in {took:.1f} s, {cpu:.1f} s of processor time")


if __name__ == "__main__":
    main()
