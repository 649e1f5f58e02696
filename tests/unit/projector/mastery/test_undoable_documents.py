"""Documents whose changes can be taken back: what a refused line of a tried file leaves behind is nothing."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from projector.mastery.documents import Kind, UndoableDocuments


class Number(msgspec.Struct, frozen=True):
    """A number."""

    value: int


NUMBER, OTHER = Kind("number", Number), Kind("other", Number)
CHANGES = st.lists(st.tuples(st.sampled_from((NUMBER, OTHER)), st.sampled_from("abc"), st.none() | st.integers(0, 9)))


def change(documents: UndoableDocuments, changes: list[tuple[Kind[Number], str, int | None]]) -> None:
    for kind, key, value in changes:
        if value is None:
            documents.delete(kind, key)
        else:
            documents.put(kind, key, Number(value))


def content(documents: UndoableDocuments) -> list[tuple[str, Number]]:
    return [*documents.scan(NUMBER), *documents.scan(OTHER)]


@given(CHANGES, CHANGES)
def test_undo_gives_back_what_there_was_at_the_beginning(
    before: list[tuple[Kind[Number], str, int | None]], since: list[tuple[Kind[Number], str, int | None]]
) -> None:
    documents = UndoableDocuments()
    change(documents, before)
    documents.begin()
    kept = content(documents)
    change(documents, since)
    assert documents.undo() == bool(since)
    assert content(documents) == kept
    assert not documents.undo()
