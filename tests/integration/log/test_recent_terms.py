"""The terms of small appends lie apart on SQLite until there are many; what is found is the same wherever they lie."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations, product
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import pytest

from lrs.log import queries
from lrs.log.entry import STATEMENT_STORED, NewEntry, StatementIndex
from lrs.log.sqlite_recent import MERGE_EVERY_POSITIONS, SMALL_APPEND_ENTRIES
from lrs.log.store import Store, open_store
from lrs.read.statements import StatementReader
from lrs.xapi.query import StatementQuery

COUNT = "SELECT count(*) FROM {}"
VALUES = {"verb": "vwx", "agent": "abc", "activity": "pqrs"}
SIZES = (1, 2, 5, 25, 60, SMALL_APPEND_ENTRIES - 1, SMALL_APPEND_ENTRIES, 200)
STATEMENTS = 1_300
LOOKED_AT_EVERY = 240
PAGE = {"after": 0, "before": 2**62}


@pytest.fixture
def reopen(tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Return an opener: each call opens the one store of the test once more."""
    with ExitStack() as opened:

        def make() -> Store:
            return opened.enter_context(open_store("sqlite", data_dir=tmp_path / "data", now=lambda: datetime.now(UTC)))

        yield make


@pytest.fixture
def store(reopen: Callable[[], Store]) -> Store:
    return reopen()


@pytest.fixture
def database(store: Store, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Lend a connection of its own to the log of ``store``."""
    del store
    with closing(sqlite3.connect(tmp_path / "data" / "log.sqlite", isolation_level=None)) as connection:
        yield connection


@pytest.fixture
def rows(database: sqlite3.Connection) -> Callable[[], tuple[int, int]]:
    """Return a counter of the rows of the recent terms and of the others."""

    def count() -> tuple[int, int]:
        recent, others = (database.execute(COUNT.format(table)).fetchone()[0] for table in ("recent_terms", "terms"))
        return recent, others

    return count


def statements(count: int) -> list[NewEntry]:
    """Return statements of two terms each."""
    index = StatementIndex((("verb", "v"), ("agent", "a")))
    return [NewEntry(uuid4(), STATEMENT_STORED, b"{}", index) for _ in range(count)]


def pages(store: Store, filters: Mapping[str, str], limit: int, *, ascending: bool) -> list[int]:
    """Return the positions of what is found, a page after the other."""
    query = StatementQuery(limit=0, ascending=ascending, **filters)
    reader, cursor = StatementReader(store), None
    positions: list[int] = []
    while True:
        page = reader.page(query, cursor, limit)
        positions += [entry.position for entry in page.entries]
        cursor = page.next_cursor
        if cursor is None:
            return positions


def move(database: sqlite3.Connection) -> None:
    """Do what the log does when it has come far enough."""
    for query in ("merge_recent_terms", "forget_recent_terms"):
        database.execute(queries.load("sqlite")[query])


def test_the_terms_of_a_small_append_lie_apart(store: Store, rows: Callable[[], tuple[int, int]]) -> None:
    store.append(statements(SMALL_APPEND_ENTRIES - 1))
    assert rows() == (2 * (SMALL_APPEND_ENTRIES - 1), 0)


def test_the_terms_of_a_large_append_do_not(store: Store, rows: Callable[[], tuple[int, int]]) -> None:
    store.append(statements(SMALL_APPEND_ENTRIES))
    assert rows() == (0, 2 * SMALL_APPEND_ENTRIES)


def test_small_groups_that_are_committed_together_are_a_large_append(
    store: Store, rows: Callable[[], tuple[int, int]]
) -> None:
    store.append_groups([statements(SMALL_APPEND_ENTRIES // 2) for _ in range(2)])
    assert rows() == (0, 2 * SMALL_APPEND_ENTRIES)


def test_they_move_when_the_log_passes_a_round_number(store: Store, rows: Callable[[], tuple[int, int]]) -> None:
    """The first entry of the log is none that has terms."""
    for last in range(20, MERGE_EVERY_POSITIONS - 19, 20):
        store.append(statements(20))
        assert rows() == (2 * last, 0)
    store.append(statements(18))
    assert store.head()[0] == MERGE_EVERY_POSITIONS - 1
    assert rows() == (2 * (MERGE_EVERY_POSITIONS - 2), 0)
    store.append(statements(1))
    assert rows() == (0, 2 * (MERGE_EVERY_POSITIONS - 1))
    store.append(statements(3))
    assert rows() == (6, 2 * (MERGE_EVERY_POSITIONS - 1))


def test_a_large_append_takes_them_along_when_it_passes_one(store: Store, rows: Callable[[], tuple[int, int]]) -> None:
    store.append(statements(100))
    store.append(statements(MERGE_EVERY_POSITIONS - 102))
    assert rows() == (200, 2 * (MERGE_EVERY_POSITIONS - 102))
    store.append(statements(SMALL_APPEND_ENTRIES))
    assert rows() == (0, 2 * (MERGE_EVERY_POSITIONS - 2 + SMALL_APPEND_ENTRIES))


def test_of_two_processes_either_moves_what_both_wrote(
    store: Store, reopen: Callable[[], Store], rows: Callable[[], tuple[int, int]]
) -> None:
    other = reopen()
    for writer in (store, other) * 2:
        writer.append(statements(120))
    assert rows() == (960, 0)
    store.append(statements(SMALL_APPEND_ENTRIES - 1))
    assert rows() == (0, 960 + 2 * (SMALL_APPEND_ENTRIES - 1))
    other.append(statements(1))
    assert rows()[0] == 2


def test_what_was_refused_moves_nothing(store: Store, rows: Callable[[], tuple[int, int]]) -> None:
    known = statements(100)
    store.append(known)
    (result,) = store.append_groups([[*known, *statements(400)]])
    assert isinstance(result, Exception)
    assert rows() == (200, 0)


def test_terms_that_are_handed_on_to_an_old_statement_are_found_at_its_place(
    store: Store, rows: Callable[[], tuple[int, int]]
) -> None:
    """The statement that an old one refers to comes last: what it hands on is recent, the place is not."""
    target = uuid4()
    referring = NewEntry(uuid4(), STATEMENT_STORED, b"{}", StatementIndex((("agent", "a"),), refers_to=target))
    store.append([*statements(200), referring, *statements(MERGE_EVERY_POSITIONS - 202)])
    assert rows()[0] == 0
    store.append([NewEntry(target, STATEMENT_STORED, b"{}", StatementIndex((("verb", "late"),)))])
    assert rows()[0] == 2
    for ascending in (False, True):
        both = [202, MERGE_EVERY_POSITIONS + 1] if ascending else [MERGE_EVERY_POSITIONS + 1, 202]
        assert pages(store, {"verb": "late"}, 1, ascending=ascending) == both
        assert pages(store, {"verb": "late", "agent": "a"}, 1, ascending=ascending) == [202]
        assert pages(store, {"verb": "v", "agent": "a"}, 500, ascending=ascending)[:: 1 if ascending else -1] == [
            *range(2, 202),
            *range(203, MERGE_EVERY_POSITIONS + 1),
        ]


@dataclass(frozen=True)
class Drawn:
    """A statement of an example; ``refers_to`` is the number of another one."""

    terms: Mapping[str, str]
    refers_to: int | None


def draw(chance: Random) -> list[Drawn]:
    """Return statements, of which some refer to one before them or to one anywhere that refers to none."""
    refer = {number for number in range(STATEMENTS) if chance.random() < 0.04}
    drawn = []
    for number in range(STATEMENTS):
        terms = {kind: chance.choice(values) for kind, values in VALUES.items() if chance.random() < 0.8}
        targets = [chance.randrange(STATEMENTS), chance.randrange(number + 1)]
        targets = [target for target in targets if target != number and (target < number or target not in refer)]
        drawn.append(Drawn(terms, targets[0] if number in refer and targets else None))
    return drawn


def has_all(drawn: Sequence[Drawn], number: int, filters: Mapping[str, str]) -> bool:
    """Tell whether a statement, or those that it refers to and that are there, have every one of the terms."""
    held, place = set(), number
    while True:
        held |= drawn[place].terms.items()
        target = drawn[place].refers_to
        if target is None or target >= len(drawn):
            return held >= filters.items()
        place = target


def assert_all_is_found(store: Store, drawn: Sequence[Drawn], positions: Sequence[int], chance: Random) -> None:
    """Look for every combination of terms in both directions, in pages of some size; each has its position."""
    for kinds in (kinds for count in (1, 2, 3) for kinds in combinations(VALUES, count)):
        for values in product(*(VALUES[kind] for kind in kinds)):
            filters = dict(zip(kinds, values, strict=True))
            wanted = [position for number, position in enumerate(positions) if has_all(drawn, number, filters)]
            limit = chance.choice((7, 50, 1_000))
            assert pages(store, filters, limit, ascending=True) == wanted
            assert pages(store, filters, limit, ascending=False) == wanted[::-1]
            if len(kinds) == 1:
                assert_depths(store, kinds[0], values[0], wanted)


def assert_depths(store: Store, kind: str, value: str, wanted: Sequence[int]) -> None:
    """Look so many statements of a term back, up to one more than there are."""
    asked = {**PAGE, "term": store.term(kind, value)}
    for depth in {0, 1, 17, len(wanted) // 2, len(wanted) - 1, len(wanted)} - {-1}:
        rows = store.select("select_term_depth", {**asked, "depth": depth})
        assert [row["position"] for row in rows] == list(wanted[::-1][depth : depth + 1])


def sums(store: Store, first: int, limit: int) -> list[tuple[int, int, int]]:
    """Return what terms find, read a few terms at a time."""
    rows = store.select("sum_terms", {"first": first, "upper": 2**62, "limit": limit})
    assert len(rows) <= limit
    found = [(row["term"], row["statements"], row["positions"]) for row in rows]
    return found + (sums(store, found[-1][0] + 1, limit) if len(rows) == limit else [])


@pytest.mark.parametrize("seed", range(4))
def test_statements_are_found_by_their_terms_wherever_these_lie(
    store: Store, database: sqlite3.Connection, rows: Callable[[], tuple[int, int]], seed: int
) -> None:
    chance = Random(seed)
    drawn = draw(chance)
    ids = [UUID(int=number + 1) for number in range(STATEMENTS)]
    positions: list[int] = []
    looked_at, both = 0, 0
    while (there := len(positions)) < STATEMENTS:
        size = min(chance.choice(SIZES), STATEMENTS - there)
        new = [_entry(drawn[number], ids, number) for number in range(there, there + size)]
        positions += store.append(new).positions
        recent, others = rows()
        assert recent < MERGE_EVERY_POSITIONS * 12
        if len(positions) - looked_at >= LOOKED_AT_EVERY:
            looked_at = len(positions)
            both += recent > 0 and others > 0
            assert_all_is_found(store, drawn[:looked_at], positions, chance)
    assert both
    before = sums(store, -(2**63), 3)
    assert [term for term, *_ in before] == sorted({term for term, *_ in before})
    move(database)
    assert rows()[0] == 0
    assert sums(store, -(2**63), 100) == before
    assert_all_is_found(store, drawn, positions, chance)


def _entry(one: Drawn, ids: Sequence[UUID], number: int) -> NewEntry:
    target = None if one.refers_to is None else ids[one.refers_to]
    index = StatementIndex(tuple(one.terms.items()), refers_to=target)
    return NewEntry(ids[number], STATEMENT_STORED, b"{}", index)
