"""Appends by another process, with both ends in one: what is asked again, and what each learns of the other."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from uuid import UUID, uuid4

import pytest

from lrs.ingest.apart import Apart, OtherEnded, answer
from lrs.log.entry import STATEMENT_STORED, NewEntry, Receipt, StatementIndex
from lrs.log.faults import EntryConflict, OutcomeUnknown, StoreReadOnly
from lrs.log.store import Store


class Other:
    """The end that appends. It ends at the next call where ``ends`` says so, before or after it did what was asked."""

    def __init__(self, store: Store, ends: str = "") -> None:
        self.store = store
        self.ends = ends
        self.is_closed = False

    def ask(self, message: bytes, meanwhile: Callable[[], None]) -> bytes:
        if self.ends == "before":
            raise OtherEnded
        meanwhile()
        answered = answer(message, self.store)
        if self.ends == "after":
            raise OtherEnded
        return answered

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def here(reopen: Callable[[], Store]) -> Store:
    """The store as the process that answers requests has it."""
    return reopen()


@pytest.fixture
def other(here: Store, reopen: Callable[[], Store]) -> Other:
    """The process that appends; the store is there already."""
    assert here.head()[0] == 1
    return Other(reopen())


@pytest.fixture
def apart(here: Store, other: Other) -> Iterator[Apart]:
    """Appends by ``other``, and by one like it when that has ended."""
    with closing(Apart(here, other, lambda: Other(other.store))) as made:
        yield made


def new_entry(entry_id: UUID | None = None) -> NewEntry:
    """Return the entry of a statement."""
    return NewEntry(entry_id or uuid4(), STATEMENT_STORED, b"}{}", StatementIndex((("verb", "seen"),)))


def append(apart: Apart, groups: Sequence[Sequence[NewEntry]]) -> list[Receipt | EntryConflict]:
    """Append as the writer does."""
    return apart.append_ready([apart.make_ready(group) for group in groups], lambda: None)


def test_what_the_other_appends_is_read_here(apart: Apart, here: Store) -> None:
    first, second = [new_entry(), new_entry()], [new_entry()]
    receipts = append(apart, [first, second])
    assert [receipt.positions for receipt in receipts if isinstance(receipt, Receipt)] == [(2, 3), (4,)]
    found = here.get_many([entry.entry_id for entry in [*first, *second]])
    assert {entry.position for entry in found.values()} == {2, 3, 4}


def test_a_conflict_comes_back_and_harms_no_other_group(apart: Apart) -> None:
    known = new_entry()
    append(apart, [[known]])
    conflict, receipt = append(apart, [[new_entry(known.entry_id)], [new_entry()]])
    assert isinstance(conflict, EntryConflict)
    assert conflict.entry_ids == (known.entry_id,)
    assert isinstance(receipt, Receipt)


def test_one_that_ended_before_it_appended_is_replaced_and_asked_again(apart: Apart, other: Other) -> None:
    other.ends = "before"
    (receipt,) = append(apart, [[new_entry()]])
    assert isinstance(receipt, Receipt)
    assert other.is_closed


def test_what_one_stored_before_it_ended_comes_back_as_a_conflict(apart: Apart, other: Other, here: Store) -> None:
    other.ends = "after"
    entry = new_entry()
    (conflict,) = append(apart, [[entry]])
    assert isinstance(conflict, EntryConflict)
    assert conflict.entry_ids == (entry.entry_id,)
    assert here.head()[0] == 2


@pytest.mark.parametrize("ends", ["", "before", "after"])
def test_what_is_to_be_done_meanwhile_is_done_before_another_is_started(here: Store, other: Other, ends: str) -> None:
    done: list[str] = []

    def launch() -> Other:
        done.append("another")
        return Other(other.store)

    other.ends = ends
    with closing(Apart(here, other, launch)) as apart:
        apart.append_ready([apart.make_ready([new_entry()])], lambda: done.append("meanwhile"))
    assert done[0] == "meanwhile"
    assert ("another" in done) is bool(ends)


def test_when_its_successor_ends_too_the_outcome_is_unknown_and_the_next_append_starts_another(
    here: Store, other: Other
) -> None:
    launched = [Other(other.store, "before"), Other(other.store)]
    other.ends = "before"
    apart = Apart(here, other, lambda: launched.pop(0))
    with pytest.raises(OutcomeUnknown):
        append(apart, [[new_entry()]])
    (receipt,) = append(apart, [[new_entry()]])
    assert isinstance(receipt, Receipt)


def test_damage_that_is_noticed_here_is_written_on_by_nobody(apart: Apart, here: Store, other: Other) -> None:
    here.note_damage("a page is torn")
    with pytest.raises(StoreReadOnly, match="a page is torn"):
        append(apart, [[new_entry()]])
    assert other.store.head()[0] == 1


def test_damage_that_the_other_notices_is_known_here(apart: Apart, here: Store, other: Other) -> None:
    other.store.note_damage("a page is torn")
    with pytest.raises(StoreReadOnly, match="a page is torn"):
        append(apart, [[new_entry()]])
    assert here.damage == "a page is torn"


def test_an_entry_that_cannot_be_appended_fails_alone_and_the_other_lives_on(apart: Apart) -> None:
    broken = NewEntry(uuid4(), "no topic of ours", b"{}")
    with pytest.raises(RuntimeError, match="the append failed"):
        append(apart, [[broken]])
    (receipt,) = append(apart, [[new_entry()]])
    assert isinstance(receipt, Receipt)
