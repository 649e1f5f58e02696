"""``check`` finds what is not true, and ``rebuild`` gives the same bytes again."""

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from acceptance.cli.commanding import EXAMPLES, Commands, ndjson
from lrs.log import queries
from lrs.log.graph import MOST_TERMS

ONE_TERM = "INSERT INTO {into} SELECT {term}, position FROM recent_terms WHERE position = 12 LIMIT 1"


def filled(commands: Commands) -> Commands:
    commands.publish_sample()
    assert commands("import", EXAMPLES / "statements.ndjson").code == 0
    return commands


def change(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as database:
        assert database.execute(statement).rowcount == 1
        database.commit()


def move_recent_terms(file: Path) -> None:
    """Do what the log does when there are many of them."""
    with closing(sqlite3.connect(file)) as database:
        for query in ("merge_recent_terms", "forget_recent_terms"):
            assert database.execute(queries.load("sqlite")[query]).rowcount > 0
        database.commit()


def test_an_empty_store_is_well(mastrail_on_each: Commands) -> None:
    report = mastrail_on_each("check", "--json")
    assert report.code == 0
    assert report.json()["findings"] == []


def test_a_rebuild_prints_the_hash_that_check_prints(mastrail_on_each: Commands) -> None:
    filled(mastrail_on_each)
    replayed = mastrail_on_each("check", "--json").json()["projection"]
    assert not replayed["live"]
    rebuilt = mastrail_on_each("rebuild", "--json").json()
    checked = mastrail_on_each("check", "--json")
    assert checked.code == 0
    assert checked.json()["projection"]["live"]
    assert rebuilt["sha256"] == replayed["sha256"] == checked.json()["projection"]["sha256"]
    assert (rebuilt["states"], rebuilt["position"]) == (8, 30)
    assert mastrail_on_each("rebuild", "--json").json() == rebuilt


def test_check_says_what_it_saw(mastrail: Commands) -> None:
    report = filled(mastrail)("check")
    assert report.code == 0
    assert "30 entries" in report.out
    assert "8 states" in report.out
    assert report.lines[-1] == "all is well"


def test_several_processes_report_what_one_does(mastrail_on_each: Commands) -> None:
    filled(mastrail_on_each)
    mastrail_on_each("rebuild")
    alone = mastrail_on_each("check", "--json", "--workers", "1")
    shared = mastrail_on_each.apart("check", "--json", "--workers", "2")
    assert alone.code == shared.code == 0
    assert shared.json() == alone.json()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE stored_events SET state = substr(state, 1, 30) WHERE rowid = 20",
        "UPDATE stored_events SET originator_id = randomblob(16) WHERE rowid > 8",
        "DELETE FROM stored_events WHERE rowid IN (9, 10, 11, 20)",
        "DELETE FROM statements WHERE position IN (12, 25)",
        "DELETE FROM recent_terms WHERE position % 2 = 0",
    ],
)
def test_several_processes_find_what_one_does_in_the_same_order(mastrail: Commands, damage: str) -> None:
    filled(mastrail)
    with closing(sqlite3.connect(mastrail.folder / "data" / "log.sqlite")) as database:
        assert database.execute(damage).rowcount > 0
        database.commit()
    alone = mastrail("check", "--workers", "1")
    shared = mastrail.apart("check", "--workers", "3")
    assert alone.code == shared.code == 1
    assert shared.out == alone.out


def comments(count: int) -> list[dict[str, object]]:
    """Return a chain of comments, each on the one before, by learners and with verbs that no other has."""
    ids = [str(UUID(int=place, version=4)) for place in range(count)]
    return [
        {
            "id": one,
            "actor": {"mbox": f"mailto:learner-{place}@example.com"},
            "verb": {"id": f"https://example.com/verbs/{place}"},
            "object": {"objectType": "StatementRef", "id": ids[place - 1]}
            if place
            else {"id": "https://example.com/a"},
        }
        for place, one in enumerate(ids)
    ]


def test_a_chain_of_references_beyond_the_bound_is_well_whichever_end_comes_first(mastrail_on_each: Commands) -> None:
    chain = comments(MOST_TERMS // 3 + 40)
    halves = chain[: len(chain) // 2 : -1] + chain[: len(chain) // 2 + 1]
    (mastrail_on_each.folder / "chain.ndjson").write_bytes(ndjson(halves))
    done = mastrail_on_each("import", "chain.ndjson", "--batch", "60", "--workers", "1")
    assert done.out == f"{len(chain)} stored, 0 already there\n"
    assert mastrail_on_each("check").lines[-1] == "all is well"


def test_a_changed_statement_is_found_at_its_position(mastrail: Commands) -> None:
    filled(mastrail)
    file = mastrail.folder / "data" / "log.sqlite"
    change(file, "UPDATE stored_events SET originator_id = randomblob(16) WHERE rowid = 20")
    report = mastrail("check", "--json")
    assert report.code == 1
    assert {(found["part"], found["position"]) for found in report.json()["findings"]} >= {("log", 20)}


def test_a_lost_index_row_is_found(mastrail: Commands) -> None:
    filled(mastrail)
    change(mastrail.folder / "data" / "log.sqlite", "DELETE FROM statements WHERE position = 12")
    report = mastrail("check", "--json")
    assert report.code == 1
    assert {"part": "index", "position": 12, "problem": "the statement has no row"} in report.json()["findings"]


@pytest.mark.parametrize("table", ["recent_terms", "terms"])
def test_a_lost_term_is_found_wherever_it_was(mastrail: Commands, table: str) -> None:
    filled(mastrail)
    file = mastrail.folder / "data" / "log.sqlite"
    if table == "terms":
        move_recent_terms(file)
    assert mastrail("check").code == 0
    first = f"SELECT term, position FROM {table} ORDER BY position, term LIMIT 1"
    change(file, f"DELETE FROM {table} WHERE (term, position) = ({first})")
    report = mastrail("check")
    assert report.code == 1
    assert "a term finds fewer" in report.out


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (ONE_TERM.format(into="terms", term="term + 1"), "a term finds more"),
        (ONE_TERM.format(into="recent_terms", term="term + 1"), "a term finds more"),
        (ONE_TERM.format(into="terms", term="term"), "a term finds more"),
        ("INSERT INTO refs VALUES (zeroblob(16), 12, zeroblob(16))", "there are references that no statement makes"),
        ("INSERT INTO voidings VALUES (zeroblob(16), 12)", "there are references that no statement makes"),
        ("UPDATE statements SET flags = flags | 1 WHERE position = 12", "the row differs from the statement"),
        ("UPDATE statements SET terms = x'' WHERE position = 12", "the row differs from the statement"),
    ],
)
def test_an_index_that_says_other_things_than_the_log_is_found(mastrail: Commands, damage: str, problem: str) -> None:
    filled(mastrail)
    change(mastrail.folder / "data" / "log.sqlite", damage)
    report = mastrail("check")
    assert report.code == 1
    assert problem in report.out


def test_a_changed_state_is_found(mastrail: Commands) -> None:
    filled(mastrail)
    mastrail("rebuild")
    (file,) = (mastrail.folder / "data").glob("projection-*.sqlite")
    change(file, "UPDATE competency_states SET body = X'7B7D' WHERE rowid = 1")
    report = mastrail("check")
    assert report.code == 1
    assert "finding:    projection" in report.out
    assert mastrail("rebuild").code == 0
    assert mastrail("check").code == 0
