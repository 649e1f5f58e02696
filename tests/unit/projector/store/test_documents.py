"""The documents behave as a dictionary does, whatever is kept, evicted, written and loaded again."""

from collections.abc import Sequence
from itertools import islice

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from projector.mastery.documents import DictDocuments, Kind, Long
from projector.store.chunks import CHUNK
from projector.store.database import Row
from projector.store.documents import StoredDocuments


class Note(msgspec.Struct, frozen=True):
    text: str


class Line(msgspec.Struct, frozen=True):
    text: str


class Book(msgspec.Struct, frozen=True):
    title: str
    lines: tuple[Line, ...] = ()


NOTES = Kind("note", Note)
BOOKS = Kind(
    "book",
    Book,
    (Long("lines", Line, lambda book: book.lines, lambda book, lines: msgspec.structs.replace(book, lines=lines)),),
)


class Memory:
    """A session over a dictionary, with the queries that documents use."""

    def __init__(self) -> None:
        self.bodies: dict[tuple[str, bytes], bytes] = {}
        self.asked = 0

    def rows(self, query: str, **parameters: object) -> list[Row]:
        self.asked += 1
        if query == "any_document":
            return [{"found": 1}] if self.bodies else []
        if query == "document":
            body = self.bodies.get((str(parameters["kind"]), bytes(parameters["key"])))
            return [] if body is None else [{"body": body}]
        if query == "documents_above":
            kind, above, limit = (parameters[name] for name in ("kind", "above", "limit"))
            found = sorted((key, body) for (of, key), body in self.bodies.items() if of == kind and key > above)
            return [{"key": key, "body": body} for key, body in found[:limit]]
        first, last = parameters["first"], parameters["last"]
        return [
            {"key": key, "body": body}
            for (kind, key), body in sorted(self.bodies.items())
            if kind == parameters["kind"] and key >= first and (last is None or key < last)
        ]

    def run_many(self, query: str, rows: Sequence[Row]) -> None:
        for row in rows:
            if query == "put_document":
                self.bodies[row["kind"], row["key"]] = row["body"]
            else:
                self.bodies.pop((row["kind"], row["key"]), None)

    def track(self, position: int) -> None:
        raise AssertionError(f"documents do not track {position}")


KEYS = st.sampled_from(["", "a", "a|", "a|1", "a|2", "b", "é", "\U0001f600", "\uffee", "\ud800"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), KEYS, st.text(alphabet="xyz", max_size=2)),
        st.tuples(st.just("delete"), KEYS, st.just("")),
        st.tuples(st.just("get"), KEYS, st.just("")),
        st.tuples(st.just("scan"), KEYS, st.just("")),
        st.tuples(st.sampled_from(["flush", "reopen"]), st.just(""), st.just("")),
    ),
    max_size=40,
)


@given(STEPS, st.sampled_from([0, 2, 1000]))
def test_any_sequence_of_steps_gives_what_a_dictionary_gives(steps: list[tuple[str, str, str]], most_kept: int) -> None:
    memory, model = Memory(), DictDocuments()
    documents = StoredDocuments(memory, most_kept=most_kept)
    for step, key, text in steps:
        if step == "put":
            documents.put(NOTES, key, Note(text))
            model.put(NOTES, key, Note(text))
        elif step == "delete":
            documents.delete(NOTES, key)
            model.delete(NOTES, key)
        elif step in ("flush", "reopen"):
            documents.flush()
            documents = StoredDocuments(memory, most_kept=most_kept) if step == "reopen" else documents
        elif step == "get":
            assert documents.get(NOTES, key) == model.get(NOTES, key)
        assert list(documents.scan(NOTES, key)) == list(model.scan(NOTES, key))


def book(lines: int, changed: int | None = None) -> Book:
    return Book("t", tuple(Line("new" if place == changed else str(place)) for place in range(lines)))


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "a\x00", "b"]), st.integers(-1, 400), st.integers(0, 400), st.booleans()),
        max_size=12,
    ),
    st.sampled_from([0, 3, 1000]),
)
def test_long_tuples_come_back_whole_whatever_they_were_before(
    steps: list[tuple[str, int, int, bool]], most_kept: int
) -> None:
    memory, model = Memory(), DictDocuments()
    documents = StoredDocuments(memory, most_kept=most_kept)
    for key, lines, changed, reopen in steps:
        if lines < 0:
            documents.delete(BOOKS, key)
            model.delete(BOOKS, key)
        else:
            documents.put(BOOKS, key, book(lines, changed))
            model.put(BOOKS, key, book(lines, changed))
        documents.flush()
        documents = StoredDocuments(memory, most_kept=most_kept) if reopen else documents
        assert documents.get(BOOKS, key) == model.get(BOOKS, key)
        assert list(documents.scan(BOOKS, "a")) == list(model.scan(BOOKS, "a"))
    for key in ("a", "a\x00", "b"):
        documents.delete(BOOKS, key)
    documents.flush()
    assert memory.bodies == {}


def test_of_a_long_tuple_only_the_chunk_that_changed_is_written() -> None:
    memory = Memory()
    documents = StoredDocuments(memory)
    documents.put(BOOKS, "a", book(10 * CHUNK))
    documents.flush()
    before = dict(memory.bodies)
    documents.put(BOOKS, "a", book(10 * CHUNK + 1, changed=CHUNK))
    documents.flush()
    changed = {key for key, body in memory.bodies.items() if before.get(key) != body}
    assert changed == {("book/lines", b"a\x0000000001"), ("book/lines", b"a\x0000000010")}


def test_what_is_in_use_stays_when_room_is_made() -> None:
    memory = Memory()
    documents = StoredDocuments(memory, most_kept=10)
    for number in range(8):
        documents.put(NOTES, f"{number:02d}", Note("x"))
    documents.flush()
    documents.get(NOTES, "03")
    for number in range(8, 11):
        documents.put(NOTES, f"{number:02d}", Note("x"))
    documents.flush()
    before = memory.asked
    assert documents.get(NOTES, "03") == Note("x")
    assert memory.asked == before
    assert documents.get(NOTES, "04") == Note("x")
    assert memory.asked == before + 1


def test_nothing_is_asked_while_everything_is_known() -> None:
    memory = Memory()
    documents = StoredDocuments(memory)
    documents.put(NOTES, "a", Note("x"))
    documents.flush()
    before = memory.asked
    assert documents.get(NOTES, "a") == Note("x")
    assert documents.get(NOTES, "b") is None
    assert [key for key, _ in documents.scan(NOTES)] == ["a"]
    assert memory.asked == before


def test_a_miss_is_asked_for_once() -> None:
    memory = Memory()
    memory.bodies["note", b"z"] = b'{"text":"there"}'
    documents = StoredDocuments(memory)
    assert documents.get(NOTES, "a") is None
    before = memory.asked
    assert documents.get(NOTES, "a") is None
    assert memory.asked == before


def test_a_scan_of_what_is_not_all_known_reads_no_more_than_is_asked_for() -> None:
    memory = Memory()
    for number in range(2_000):
        memory.bodies["note", f"{number:04d}".encode()] = b'{"text":"there"}'
    documents = StoredDocuments(memory)
    documents.put(NOTES, "0001x", Note("new"))
    documents.delete(NOTES, "0002")
    before = memory.asked
    found = [key for key, _ in islice(documents.scan(NOTES), 4)]
    assert found == ["0000", "0001", "0001x", "0003"]
    assert memory.asked <= before + 2
    assert len(list(documents.scan(NOTES))) == 2_000
