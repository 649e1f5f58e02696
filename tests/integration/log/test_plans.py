"""How the databases answer: by walking an index to its limit, never by reading a table or sorting a result."""

import re
from uuid import uuid4

import pytest

from lrs.log import queries
from lrs.log.entry import STATEMENT_STORED, NewEntry, StatementIndex
from lrs.log.postgresql import PostgresqlSession
from lrs.log.sqlite import SqliteSession
from lrs.log.store import Store

RANGE = {"after": 10, "before": 900, "limit": 26}
PAGE = {**RANGE, "hidden": 1}
TERM = {**PAGE, "first": 1}
COMMON = {**TERM, "second": 2, "third": 3, "fourth": None, "fifth": None, "terms": 3, "steps": 2000}
IDS = {"ids": [uuid4() for _ in range(3)]}
PAGED = {
    "select_page_newest": PAGE,
    "select_page_oldest": PAGE,
    "select_term_newest": TERM,
    "select_term_oldest": TERM,
    "select_common_newest": COMMON,
    "select_common_oldest": COMMON,
    "select_term_depth": {"after": 10, "before": 900, "term": 1, "depth": 256},
    "select_position_at": {"recorded": 1},
    "select_entries_after": {"after": 10, "limit": 100},
    "select_head": {},
}
# What SQLite calls a scan of these is a walk along the table in the order of the log, one row of it, or a few of a halving.
IN_ITS_ORDER = {"select_head": {"stored_events"}, "select_position_at": {"search"}}
BY_ID = {
    "select_entries_by_id": IDS,
    "select_stored": IDS,
    "select_nodes": IDS,
    "select_voided": IDS,
    "select_statement": {"entry_id": uuid4(), "voided": 0},
}


@pytest.fixture
def filled(store: Store) -> Store:
    """A store that has statements enough for a planner to choose."""
    for _ in range(4):
        index = StatementIndex((("verb", "v"), ("agent", "a")))
        store.append([NewEntry(uuid4(), STATEMENT_STORED, b"{}", index) for _ in range(500)])
    return store


def plan(store: Store, query: str, parameters: dict[str, object]) -> str:
    with store._database.reading(10) as session:
        if isinstance(session, SqliteSession):
            session._sql = {query: "EXPLAIN QUERY PLAN " + queries.load("sqlite")[query]}
            return "\n".join(row["detail"] for row in session.rows(query, parameters))
        assert isinstance(session, PostgresqlSession)
        session._sql = {query: "EXPLAIN " + queries.load("postgresql")[query]}
        return "\n".join(row["QUERY PLAN"] for row in session.look([(query, parameters)])[0])


@pytest.mark.parametrize("query", PAGED)
def test_a_page_is_read_from_an_index_in_its_order(filled: Store, query: str) -> None:
    found = plan(filled, query, PAGED[query])
    assert "Seq Scan" not in found
    assert "Bitmap" not in found
    assert "TEMP B-TREE" not in found
    assert "Sort" not in found
    assert "Hash Join" not in found
    assert "Merge Join" not in found
    scanned = {line.split()[1] for line in found.splitlines() if line.startswith("SCAN")}
    assert scanned <= {"CONSTANT", "w", *IN_ITS_ORDER.get(query, ())}


OF_STATEMENTS = [f"select_{what}_{order}" for what in ("page", "term", "common") for order in ("newest", "oldest")]


@pytest.mark.parametrize("query", OF_STATEMENTS)
def test_the_entry_of_each_row_is_looked_up_and_the_log_is_not_walked(filled: Store, query: str) -> None:
    found = plan(filled, query, PAGED[query])
    assert re.search(r"SEARCH e USING INTEGER PRIMARY KEY \(rowid=\?\)|Index Cond: \(notification_id = ", found)
    assert not re.search(r"notification_id [<>]|Backward using stored_events|SCAN e\b", found)


OF_TERMS = [query for query in PAGED if query.startswith(("select_term_", "select_common_"))]


@pytest.mark.parametrize("query", OF_TERMS)
def test_terms_are_looked_up_among_the_recent_ones_too(filled: Store, query: str, store_name: str) -> None:
    found = plan(filled, query, PAGED[query])
    if store_name == "postgresql":
        assert "recent_terms" not in found
        return
    looked = re.findall(
        r"SEARCH (\w+) USING PRIMARY KEY \(term=\? AND position([<>])\?(?: AND position([<>])\?)?\)", found
    )
    names = {"select_term_depth": ["terms", "recent_terms"]}.get(query, ["n" if "common" in query else "t", "r"])
    assert looked == [(name, ">", "<") for name in names]


def test_what_terms_find_is_summed_from_the_first_one_that_is_asked_for(filled: Store, store_name: str) -> None:
    if store_name == "sqlite":
        found = plan(filled, "sum_terms", {"first": 0, "upper": 900, "limit": 3})
        for table in ("terms", "recent_terms"):
            assert f"SEARCH {table} USING PRIMARY KEY (term>?)" in found


@pytest.mark.parametrize("query", BY_ID)
def test_an_id_is_looked_up(filled: Store, query: str) -> None:
    found = plan(filled, query, BY_ID[query])
    assert "Seq Scan" not in found
    scanned = {line.split()[1] for line in found.splitlines() if line.startswith("SCAN")}
    assert scanned <= {"CONSTANT", "wanted"}
