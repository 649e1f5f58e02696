"""PostgreSQL, which takes most appends at once, against SQLite, which takes each step by step."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import UUID

import psycopg
import pytest
from msgspec.structs import replace

from lrs.log.entry import STATEMENT_STORED, NewEntry, Receipt, StatementIndex
from lrs.log.faults import EntryConflict, StoreReadOnly
from lrs.log.store import Store, open_store

APPENDS = 250
VERBS = ("done", "seen", "heard")
SCHEMA = "mastrail_default"
PAGE = {"after": 0, "before": 2**62, "limit": 10_000, "hidden": 0}


@pytest.fixture
def stores(postgres_database_url: str, tmp_path: Path) -> Iterator[Sequence[Store]]:
    """Lend both stores, whose terms have the same hashes."""
    with ExitStack() as opened:
        yield [
            opened.enter_context(open_store(location, data_dir=tmp_path, now=lambda: datetime.now(UTC), entropy=bytes))
            for location in ("sqlite", postgres_database_url)
        ]


def statement(chance: Random, number: int) -> NewEntry:
    """Return a statement of few ids, so that some come twice; some refer to another, or void it, before or after it."""
    index = StatementIndex((("verb", chance.choice(VERBS)),), own_terms=(("authority", chance.choice("ab")),))
    other = UUID(int=chance.randrange(1, APPENDS * 3))
    if chance.random() < 0.06:
        index = replace(index, refers_to=other, voids=other if chance.random() < 0.5 else None)
    index = replace(index, defines=chance.random() < 0.8)
    own = UUID(int=chance.randrange(1, APPENDS * 3))
    return NewEntry(own, STATEMENT_STORED, b"%d" % number, index)


def outcomes(results: Sequence[Receipt | EntryConflict]) -> list[object]:
    return [result.positions if isinstance(result, Receipt) else result.entry_ids for result in results]


def content(store: Store) -> object:
    entries = [(e.position, e.entry_id, e.topic, e.payload) for e in store.read(1, 10_000)]
    nodes = store.select("select_nodes", {"ids": [entry_id for _, entry_id, *_ in entries]})
    rows = sorted((row["position"], row["flags"], bytes(row["terms"])) for row in nodes)
    asked = [("verb", verb) for verb in VERBS] + [("authority", who) for who in "ab"]
    found = [
        [row["position"] for row in store.select("select_term_oldest", {**PAGE, "first": store.term(*term)})]
        for term in asked
    ]
    return entries, rows, found


@pytest.mark.parametrize("seed", range(4))
def test_what_is_taken_at_once_ends_as_what_is_taken_step_by_step(stores: Sequence[Store], seed: int) -> None:
    chance = Random(seed)
    number = 0
    for _ in range(APPENDS):
        groups = []
        for _ in range(chance.randrange(1, 4)):
            groups.append([statement(chance, number + place) for place in range(chance.randrange(1, 4))])
            number += len(groups[-1])
        one, other = (outcomes(store.append_groups(groups)) for store in stores)
        assert one == other
    assert content(stores[0]) == content(stores[1])


def test_times_never_go_back_and_those_of_a_receipt_are_those_of_its_entries(stores: Sequence[Store]) -> None:
    index = StatementIndex((("verb", "done"),))
    receipts = [stores[1].append([NewEntry(UUID(int=n), STATEMENT_STORED, b"{}", index)]) for n in range(1, 30)]
    entries = stores[1].read(1, 100)
    assert [entry.recorded for entry in entries] == [receipt.recorded for receipt in receipts]
    assert [receipt.recorded for receipt in receipts] == sorted(receipt.recorded for receipt in receipts)
    assert abs((receipts[-1].recorded - datetime.now(UTC)).total_seconds()) < 3600


def test_recorded_is_not_before_a_last_entry_of_the_future(stores: Sequence[Store], postgres_database_url: str) -> None:
    index = StatementIndex((("verb", "done"),))
    ahead = int(datetime(2400, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
    with psycopg.connect(postgres_database_url) as connection:
        connection.execute(
            f"UPDATE {SCHEMA}.stored_events SET state = overlay(state PLACING int8send(%s) FROM 2 FOR 8)", [ahead]
        )
    receipt = stores[1].append([NewEntry(UUID(int=1), STATEMENT_STORED, b"{}", index)])
    assert receipt.recorded == datetime(2400, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("state", [b"", b"\x01", b"\x09" * 20])
def test_behind_an_entry_that_is_none_nothing_is_appended(
    stores: Sequence[Store], postgres_database_url: str, state: bytes
) -> None:
    with psycopg.connect(postgres_database_url) as connection:
        connection.execute(f"UPDATE {SCHEMA}.stored_events SET state = %s", [state])
    index = StatementIndex((("verb", "done"),))
    with pytest.raises(StoreReadOnly):
        stores[1].append([NewEntry(UUID(int=1), STATEMENT_STORED, b"{}", index)])
    assert stores[1].select("select_nodes", {"ids": [UUID(int=1)]}) == []
