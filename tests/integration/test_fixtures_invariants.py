"""The invariants hold of a sound store and name what was changed behind its back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import invariants
from lrs.log import queries
from lrs.log.entry import STATEMENT_STORED, NewEntry, StatementIndex
from lrs.log.store import open_store
from lrs.xapi import stored_text

STATEMENT, VOIDED, VOIDING = (UUID(int=number, version=4) for number in (1, 2, 3))


def statement(entry_id: UUID, verb: str, object_: dict[str, Any]) -> NewEntry:
    actor = {"mbox": "mailto:amina@example.com"}
    sent = {
        "id": str(entry_id),
        "actor": actor,
        "verb": {"id": verb},
        "object": object_,
        "timestamp": "2026-01-02T03:04:05Z",
        "authority": actor,
        "version": "1.0.0",
    }
    target = UUID(object_["id"]) if "objectType" in object_ else None
    voids = target if verb == invariants.VOIDED_VERB else None
    index = StatementIndex((("verb", verb),), refers_to=target, voids=voids)
    return NewEntry(entry_id, STATEMENT_STORED, stored_text.pack(json.dumps(sent).encode(), b"}"), index)


@pytest.fixture
def sound(store_location: str, tmp_path: Path) -> str:
    with open_store(store_location, data_dir=tmp_path, now=lambda: datetime(2026, 1, 3, tzinfo=UTC)) as store:
        played = "https://w3id.org/xapi/video/verbs/played"
        store.append(
            [statement(entry_id, played, {"id": "https://example.com/video"}) for entry_id in (STATEMENT, VOIDED)]
        )
        store.append([statement(VOIDING, invariants.VOIDED_VERB, {"objectType": "StatementRef", "id": str(VOIDED)})])
    return store_location


@pytest.fixture
def change(sound: str, tmp_path: Path) -> Callable[[str], list[str]]:
    """Return a changer: it runs SQL on the tables of the log and returns the faults that follow."""

    def run(statement: str) -> list[str]:
        with invariants.connected(sound, tmp_path) as (connection, schema):
            position = "notification_id" if schema else "rowid"
            connection.execute(statement.format(s=schema, position=position))
            connection.commit()
        return invariants.faults(sound, tmp_path)

    return run


def test_a_sound_store_has_no_faults(sound: str, tmp_path: Path) -> None:
    assert invariants.faults(sound, tmp_path) == []


def test_a_statement_without_its_index_row_is_found(change: Callable[[str], list[str]]) -> None:
    assert any(
        "index rows and statements differ" in fault for fault in change("DELETE FROM {s}statements WHERE position = 2")
    )


def test_a_statement_that_is_no_longer_voided_is_found(change: Callable[[str], list[str]]) -> None:
    assert change("UPDATE {s}statements SET flags = 0 WHERE position = 3") == [
        "the statement at 3 has the flags 0, not 1"
    ]


def test_a_lost_term_is_found(change: Callable[[str], list[str]], store_name: str) -> None:
    table = "recent_terms" if store_name == "sqlite" else "{s}terms"
    assert change(f"DELETE FROM {table} WHERE position = 2") == [
        "the terms of the statements and the table of terms differ"
    ]


def test_a_term_that_moved_is_no_fault_but_one_in_two_tables_is(
    change: Callable[[str], list[str]], store_name: str
) -> None:
    if store_name == "sqlite":
        assert change(queries.load("sqlite")["merge_recent_terms"]) == ["of the terms, 4 rows are in two tables"]
        assert change(queries.load("sqlite")["forget_recent_terms"]) == []


def test_a_lost_reference_is_found(change: Callable[[str], list[str]]) -> None:
    assert change("DELETE FROM {s}refs") == ["the table of references differs from the statements by 1 rows"]


def test_a_hole_in_the_positions_is_found(change: Callable[[str], list[str]]) -> None:
    assert "the positions of the log are not dense from 1" in change(
        "DELETE FROM {s}stored_events WHERE {position} = 2"
    )
