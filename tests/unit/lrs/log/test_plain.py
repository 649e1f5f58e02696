"""Which appends need no look at the log, and what they are made of."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from lrs.log import frame, plain, terms
from lrs.log.append import Append, Pending
from lrs.log.entry import STATEMENT_STORED, HashedEntry, HashedIndex, Receipt, SideRow

INDEX = HashedIndex((7, -5), None, None, (9,), defines=True, is_derivable=True)


def pending(index: HashedIndex | None = INDEX, *side_rows: SideRow) -> Pending:
    entry = HashedEntry(uuid4(), STATEMENT_STORED, b"{}", index, side_rows)
    return Pending(entry, frame.undated(b"{}", frame.PLAIN))


def append(*groups: list[Pending]) -> Append:
    return Append(groups, lambda _row: frozenset())


def test_the_rows_of_a_plain_append_are_those_of_an_empty_log() -> None:
    first, second, third = (
        pending(),
        pending(replace(INDEX, defines=False)),
        pending(replace(INDEX, is_derivable=False)),
    )
    columns = plain.columns(append([first, second], [third]), 1)
    assert columns is not None
    assert {name: [*column] for name, column in columns.items()} == {
        "event": [1, 2, 3],
        "entry_id": [one.entry.entry_id for one in (first, second, third)],
        "topic": [STATEMENT_STORED] * 3,
        "state": [frame.pack(0, b"{}")] * 3,
        "statement": [1, 2, 3],
        "flags": [0, 4, 0],
        "terms": [terms.DERIVED, terms.DERIVED, terms.pack(frozenset(INDEX.terms))],
        "term": [-5, -5, -5, 7, 7, 7, 9, 9, 9],
        "found": [1, 2, 3] * 3,
    }


SIDE_ROW = SideRow("insert_attachment", {"sha2": "ab"})
REFERRING = replace(INDEX, refers_to=UUID(int=1))


@pytest.mark.parametrize(
    "other",
    [pending(None), pending(INDEX, SIDE_ROW), pending(REFERRING), pending(replace(REFERRING, voids=UUID(int=1)))],
    ids=["no statement", "side row", "reference", "voiding"],
)
def test_an_append_of_other_rows_is_not_plain(other: Pending) -> None:
    request = append([other])
    assert plain.columns(request, 1) is None
    assert request.attempts == []


@pytest.mark.parametrize("others", [[pending(INDEX, SIDE_ROW)], [pending(REFERRING)]], ids=["side row", "reference"])
def test_one_entry_of_another_kind_makes_the_whole_append_another(others: list[Pending]) -> None:
    request = append([pending()], others)
    assert plain.columns(request, 1) is None
    assert request.attempts == []


def test_the_receipts_are_moved_to_where_the_log_ends() -> None:
    request = append([pending(), pending()], [pending()])
    assert plain.columns(request, 1) is not None
    plain.settle(request, 40, 1_000_000)
    at = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert request.results == [Receipt((41, 42), at), Receipt((43,), at)]


def test_an_append_of_an_id_that_comes_twice_is_not_plain() -> None:
    twice = pending()
    for groups in ([[twice, twice]], [[twice], [pending(), twice]]):
        request = append(*groups)
        assert plain.columns(request, 1) is None
        assert request.attempts == []
