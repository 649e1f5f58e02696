"""How documents of the engine are found: by an index between two bounds, whatever else there is."""

from typing import Any

import pytest

from projector.store.postgresql import PostgresqlSession
from projector.store.projection import Projection
from projector.store.sqlite import SqliteSession

KIND = {"kind": "state"}
ASKED: dict[str, dict[str, Any]] = {
    "document": {**KIND, "key": b"b"},
    "documents_between": {**KIND, "first": b"b", "last": b"b\xff"},
    "documents_above": {**KIND, "above": b"b", "limit": 10},
    "last_document": {**KIND, "key": b"b"},
}


def plan(session: SqliteSession | PostgresqlSession, query: str, parameters: dict[str, Any]) -> str:
    if isinstance(session, SqliteSession):
        session._queries = {query: "EXPLAIN QUERY PLAN " + session._queries[query]}
        return "\n".join(row["detail"] for row in session.rows(query, **parameters))
    planned = dict(session._queries)
    session._queries = {**planned, query: "EXPLAIN " + planned[query]}
    session._cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off")
    return "\n".join(row["QUERY PLAN"] for row in session.rows(query, **parameters))


@pytest.mark.parametrize("query", ASKED)
def test_documents_are_searched_for_by_an_index_within_their_bounds(projection: Projection, query: str) -> None:
    with projection._database.read() as session:
        assert isinstance(session, SqliteSession | PostgresqlSession)
        found = plan(session, query, ASKED[query])
    assert "SEARCH documents USING" in found or "Index Cond" in found
    assert "TEMP B-TREE" not in found
    assert "Filter" not in found
    if query == "documents_between":
        assert "key>? AND key<?" in found or ("(key >= " in found and "(key < " in found)
