"""The documents behave as a dictionary does, whatever is kept, evicted, written and loaded again."""

from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from projector.mastery.documents import DictDocuments, Kind
from projector.store.database import Row
from projector.store.documents import StoredDocuments


class Note(msgspec.Struct, frozen=True):
    text: str


NOTES = Kind("note", Note)


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
