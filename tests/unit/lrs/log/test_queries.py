"""The named SQL: the same queries for both databases."""

import re

from lrs.log import queries

NOT_SHARED = {
    "append_plain",
    "create_events_entry",
    "create_events_position",
    "create_events_state",
    "limit_lock",
    "limit_statement",
    "lock_creation",
    "select_settled",
}
ONLY_SQLITE = {"create_recent_terms", "forget_recent_terms", "insert_recent_term", "merge_recent_terms"}


def test_a_query_runs_from_its_name_to_the_next_without_comments() -> None:
    text = "-- About the file.\n\n-- name: one\n-- Why.\nSELECT 1,\n  2;\n\n-- name: two\nSELECT 3;\n"
    assert queries.parse(text) == {"one": "SELECT 1,\n  2", "two": "SELECT 3"}


def test_both_databases_have_the_same_queries() -> None:
    sqlite, postgresql = (
        {name for name in queries.load(engine) if not name.startswith("migrate_")}
        for engine in ("sqlite", "postgresql")
    )
    assert postgresql - NOT_SHARED == sqlite - ONLY_SQLITE
    assert postgresql >= NOT_SHARED
    assert sqlite >= ONLY_SQLITE


def test_a_query_takes_the_same_parameters_in_both() -> None:
    sqlite, postgresql = queries.load("sqlite"), queries.load("postgresql")
    own_clock = {"select_head_and_clock", "lock_documents"}
    for name in set(sqlite) & set(postgresql) - own_clock:
        taken = set(re.findall(r"(?<!:):(\w+)", sqlite[name]))
        assert set(re.findall(r"%\((\w+)\)", postgresql[name])) == taken, name


def test_the_tables_are_created_before_their_indexes() -> None:
    assert queries.creation("sqlite")[0] == queries.creation("postgresql")[0] == "create_events"


def test_an_insert_of_one_row_becomes_one_of_many() -> None:
    insert = queries.insert("insert_term")
    assert insert is not None
    assert insert.names == ("term", "position")
    assert insert.of(3) == "INSERT INTO terms (term, position) VALUES (?, ?),(?, ?),(?, ?)"


def test_what_does_more_than_insert_a_row_is_left_alone() -> None:
    assert queries.insert("update_statement") is None
    assert queries.insert("keep_previous_secret") is None
    assert queries.insert("insert_attachment") is None
