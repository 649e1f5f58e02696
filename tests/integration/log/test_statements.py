"""Finding statements on SQLite and on PostgreSQL, held against a model that looks at every statement."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrs.log.entry import STATEMENT_STORED, LogEntry, NewEntry, StatementIndex
from lrs.log.faults import QueryTimeout
from lrs.log.graph import MOST_TERMS, VOIDING
from lrs.log.store import Store
from lrs.read.statements import Cursor, StatementReader
from lrs.xapi.query import StatementQuery

KINDS = ("verb", "agent", "related_agent", "activity", "related_activity", "registration")
EVERYTHING = StatementQuery(limit=100)


def statement(
    *terms: tuple[str, str], refers_to: UUID | None = None, voids: UUID | None = None, entry_id: UUID | None = None
) -> NewEntry:
    index = StatementIndex(tuple(terms), voids or refers_to, voids)
    return NewEntry(entry_id or uuid4(), STATEMENT_STORED, b"{}", index)


def is_voiding(store: Store, entry_id: UUID) -> bool:
    (row,) = store.select("select_nodes", {"ids": [entry_id]})
    return bool(row["flags"] & VOIDING)


@pytest.fixture
def reader(store: Store) -> StatementReader:
    return StatementReader(store)


def pages(reader: StatementReader, query: StatementQuery, limit: int) -> list[UUID]:
    found: list[LogEntry] = []
    cursor: Cursor | None = None
    while True:
        page = reader.page(query, cursor, limit)
        assert len(page.entries) <= limit
        found += page.entries
        cursor = page.next_cursor
        if cursor is None:
            return [entry.entry_id for entry in found]


# --- the model -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Drawn:
    """A statement of an example: its place is its name, references are places too."""

    terms: frozenset[tuple[str, str]]
    refers_to: int | None
    voids: bool


def chain(drawn: Sequence[Drawn], place: int) -> set[int]:
    """Every statement that ``place`` refers to along its chain, itself included."""
    found: set[int] = set()
    here: int | None = place
    while here is not None and here < len(drawn) and here not in found:
        found.add(here)
        here = drawn[here].refers_to
    return found


def is_voided(drawn: Sequence[Drawn], place: int) -> bool:
    return not drawn[place].voids and any(one.voids and one.refers_to == place for one in drawn)


def expected(drawn: Sequence[Drawn], terms: Sequence[tuple[str, str]]) -> list[int]:
    return [
        place
        for place in range(len(drawn))
        if not is_voided(drawn, place)
        and all(any(term in drawn[at].terms for at in chain(drawn, place)) for term in terms)
    ]


terms = st.sampled_from([(kind, value) for kind in KINDS for value in "ab"])
statements = st.builds(
    Drawn,
    terms=st.frozensets(terms, max_size=6),
    refers_to=st.none() | st.integers(0, 11),
    voids=st.booleans(),
).map(lambda drawn: drawn if drawn.refers_to is not None else replace(drawn, voids=False))
queries = st.builds(
    StatementQuery,
    limit=st.just(0),
    agent=st.none() | st.sampled_from("ab"),
    verb=st.none() | st.sampled_from("ab"),
    activity=st.none() | st.sampled_from("ab"),
    registration=st.none() | st.sampled_from("ab"),
    related_agents=st.booleans(),
    related_activities=st.booleans(),
    ascending=st.booleans(),
).filter(lambda query: query.terms)
examples = count()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    drawn=st.lists(statements, min_size=1, max_size=12),
    batch=st.integers(1, 12),
    asked=st.lists(queries, min_size=1, max_size=4),
    limit=st.integers(1, 5),
)
def test_every_combination_of_filters_finds_what_the_model_finds(
    *,
    store: Store,
    reader: StatementReader,
    drawn: list[Drawn],
    batch: int,
    asked: list[StatementQuery],
    limit: int,
) -> None:
    example = f"{next(examples)}:"
    ids = [uuid4() for _ in range(12)]
    entries = []
    for place, one in enumerate(drawn):
        target = None if one.refers_to is None else ids[one.refers_to]
        named = [(kind, example + value) for kind, value in one.terms]
        voids = target if one.voids else None
        entries.append(statement(*named, refers_to=target, voids=voids, entry_id=ids[place]))
    for start in range(0, len(entries), batch):
        store.append(entries[start : start + batch])
    for query in asked:
        filters = {
            k: v and example + v for k in ("agent", "verb", "activity", "registration") if (v := getattr(query, k))
        }
        found = [ids.index(one) for one in pages(reader, replace(query, **filters), limit)]
        wanted = expected(drawn, query.terms)
        assert found == (wanted if query.ascending else wanted[::-1])
    for place in range(len(drawn)):
        voided = is_voided(drawn, place)
        assert (reader.get(ids[place]) is None) == voided
        assert (reader.get_voided(ids[place]) is None) != voided
        assert is_voiding(store, ids[place]) == drawn[place].voids


# --- by name -----------------------------------------------------------------------------------------------------------


def test_statements_come_newest_first_and_ascending_on_request(store: Store, reader: StatementReader) -> None:
    entries = [statement() for _ in range(7)]
    store.append(entries)
    ids = [entry.entry_id for entry in entries]
    assert pages(reader, EVERYTHING, 3) == ids[::-1]
    assert pages(reader, replace(EVERYTHING, ascending=True), 3) == ids


def test_administrative_entries_are_no_statements(store: Store, reader: StatementReader) -> None:
    admin = NewEntry(uuid4(), "mastrail.decision.v1", b"{}")
    store.append([admin])
    assert pages(reader, EVERYTHING, 10) == []
    assert reader.get(admin.entry_id) is None


def test_a_page_that_is_just_full_has_no_next(store: Store, reader: StatementReader) -> None:
    store.append([statement() for _ in range(4)])
    assert reader.page(EVERYTHING, None, 4).next_cursor is None
    assert reader.page(EVERYTHING, None, 3).next_cursor is not None


@pytest.mark.parametrize("ascending", [False, True])
def test_what_is_stored_meanwhile_belongs_to_no_page(store: Store, reader: StatementReader, ascending: bool) -> None:
    entries = [statement(("verb", "v")) for _ in range(5)]
    store.append(entries)
    query = StatementQuery(limit=0, verb="v", ascending=ascending)
    found: list[UUID] = []
    page = reader.page(query, None, 2)
    while True:
        found += [entry.entry_id for entry in page.entries]
        store.append([statement(("verb", "v"))])
        if page.next_cursor is None:
            break
        page = reader.page(query, page.next_cursor, 2)
    ids = [entry.entry_id for entry in entries]
    assert found == (ids if ascending else ids[::-1])


def test_since_is_exclusive_and_until_inclusive(store: Store, reader: StatementReader) -> None:
    entries = [statement(("verb", "v")) for _ in range(5)]
    times: list[datetime] = []
    for entry in entries:
        times.append(store.append([entry]).recorded)
        store.wait(10_000, 0.002)
    ids = [entry.entry_id for entry in entries]
    step = timedelta(microseconds=1)
    for query in (EVERYTHING, StatementQuery(limit=0, verb="v")):
        asked = replace(query, ascending=True)
        assert pages(reader, replace(asked, since=times[1]), 2) == ids[2:]
        assert pages(reader, replace(asked, since=times[1] - step), 2) == ids[1:]
        assert pages(reader, replace(asked, until=times[3]), 2) == ids[:4]
        assert pages(reader, replace(asked, until=times[3] - step), 2) == ids[:3]
        assert pages(reader, replace(asked, since=times[0], until=times[2]), 1) == ids[1:3]
        assert pages(reader, replace(asked, since=times[4]), 1) == []
        assert pages(reader, replace(asked, until=times[0] - timedelta(days=1)), 1) == []
        assert pages(reader, replace(query, since=times[0], until=times[2]), 1) == ids[1:3][::-1]


def test_a_reference_meets_the_filters_of_its_target_but_its_own_times(store: Store, reader: StatementReader) -> None:
    target = statement(("verb", "passed"), ("agent", "ben"))
    target_stored = store.append([target]).recorded
    store.wait(10_000, 0.002)
    confirmed = statement(("verb", "confirmed"), ("agent", "andrew"), refers_to=target.entry_id)
    store.append([confirmed])
    by_verb = StatementQuery(limit=0, verb="passed")
    assert pages(reader, by_verb, 10) == [confirmed.entry_id, target.entry_id]
    assert pages(reader, replace(by_verb, agent="andrew"), 10) == [confirmed.entry_id]
    assert pages(reader, replace(by_verb, since=target_stored), 10) == [confirmed.entry_id]
    assert pages(reader, StatementQuery(limit=0, verb="confirmed"), 10) == [confirmed.entry_id]


def test_a_voided_statement_is_found_only_by_its_voided_id_and_its_voiding_by_its_terms(
    store: Store, reader: StatementReader
) -> None:
    target = statement(("verb", "passed"))
    voiding = statement(("verb", "voided"), voids=target.entry_id)
    store.append([target])
    store.append([voiding])
    assert reader.get(target.entry_id) is None
    voided = reader.get_voided(target.entry_id)
    assert voided is not None
    assert voided.entry_id == target.entry_id
    assert reader.get_voided(voiding.entry_id) is None
    assert pages(reader, StatementQuery(limit=0, verb="passed"), 10) == [voiding.entry_id]
    assert pages(reader, EVERYTHING, 10) == [voiding.entry_id]


def test_a_voiding_statement_cannot_be_voided(store: Store, reader: StatementReader) -> None:
    target = statement(("verb", "passed"))
    voiding = statement(("verb", "voided"), voids=target.entry_id)
    again = statement(("verb", "voided"), voids=voiding.entry_id)
    store.append([again])
    store.append([voiding, target])
    assert reader.get(voiding.entry_id) is not None
    assert reader.get_voided(target.entry_id) is not None
    assert is_voiding(store, voiding.entry_id)
    assert not is_voiding(store, target.entry_id)


def test_a_page_costs_as_much_at_the_end_of_a_popular_term_as_at_its_beginning(
    store: Store, reader: StatementReader
) -> None:
    for _ in range(10):
        store.append([statement(("verb", "v"), ("activity", f"a{n % 2}")) for n in range(500)])
    seen = pages(reader, StatementQuery(limit=0, verb="v", activity="a1"), 100)
    assert len(seen) == len(set(seen)) == 2500


def test_a_search_over_its_time_limit_is_stopped(store: Store) -> None:
    for _ in range(10):
        store.append([statement(("verb", "v")) for _ in range(1000)])
    impatient = StatementReader(store, limit_seconds=0.001)
    with pytest.raises(QueryTimeout):
        impatient.page(StatementQuery(limit=0, verb="v"), None, 100_000)


def test_reads_see_whole_batches_while_others_write(store: Store, reader: StatementReader) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            store.append([statement(("verb", "v")) for _ in range(7)])

    writing = threading.Thread(target=write)
    writing.start()
    try:
        for _ in range(30):
            assert len(reader.page(StatementQuery(limit=0, verb="v"), None, 100_000).entries) % 7 == 0
    finally:
        stop.set()
        writing.join()


def test_reopening_keeps_the_terms(store: Store, reopen: Callable[[], Store]) -> None:
    kept = statement(("verb", "v"))
    store.append([kept])
    store.close()
    assert pages(StatementReader(reopen()), StatementQuery(limit=0, verb="v"), 10) == [kept.entry_id]


def chained(count: int) -> list[NewEntry]:
    """A chain: the first statement is referred to by the second, and so on; each has a verb of its own."""
    ids = [uuid4() for _ in range(count)]
    return [
        statement(("verb", f"v{place}"), ("agent", "ada"), refers_to=ids[place - 1] if place else None, entry_id=one)
        for place, one in enumerate(ids)
    ]


@pytest.mark.parametrize("per_append", [1, 7, 100])
@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_chain_of_a_hundred_is_found_from_its_end_however_it_arrives(
    store: Store, reader: StatementReader, per_append: int, is_reversed: bool
) -> None:
    entries = chained(100)
    arriving = entries[::-1] if is_reversed else entries
    for start in range(0, len(entries), per_append):
        store.append(arriving[start : start + per_append])
    found = pages(reader, StatementQuery(limit=0, verb="v0", ascending=True), 100)
    assert set(found) == {entry.entry_id for entry in entries}
    assert len(pages(reader, StatementQuery(limit=0, verb="v60"), 100)) == 40


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_chain_longer_than_the_bound_costs_no_more_for_each_statement(
    store: Store, reader: StatementReader, is_reversed: bool
) -> None:
    entries = chained(MOST_TERMS + 40)
    arriving = entries[::-1] if is_reversed else entries
    for start in range(0, len(entries), 50):
        store.append(arriving[start : start + 50])
    last, _ = store.head()
    rows = store.select("select_rows", {"after": 0, "upper": last})
    assert max(len(bytes(row["terms"])) // 8 for row in rows) == MOST_TERMS
    assert len(pages(reader, StatementQuery(limit=0, verb="v0"), 500)) == MOST_TERMS - 1
