"""A store trains its dictionary from its first statements, keeps it in its log, and reads everything with it ever after."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from uuid import UUID, uuid4

import invariants
from lrs.log import dictionaries, facts, frame
from lrs.log.compression import FIRST_OF_STORE
from lrs.log.entry import STATEMENT_STORED, NewEntry
from lrs.log.store import Store
from lrs.log.trainer import MILESTONES
from lrs.xapi import stored_text

FIRST = FIRST_OF_STORE
NUMBERS = count()


def statements(how_many: int) -> list[NewEntry]:
    return [statement(next(NUMBERS)) for _ in range(how_many)]


def statement(number: int) -> NewEntry:
    entry_id = uuid4()
    text = {
        "id": str(entry_id),
        "actor": {
            "account": {"homePage": "https://people.example.org/of/this/organisation", "name": f"p{number % 99}"}
        },
        "verb": {"id": "https://verbs.example.org/has-been-instructed-in", "display": {"en": "has been instructed in"}},
        "object": {"id": f"https://example.org/instructions/of/every/kind/{number % 7}"},
        "timestamp": "2026-01-02T03:04:05Z",
    }
    tail = b',"authority":{"mbox":"mailto:lms@example.org"},"version":"1.0.3"}'
    return NewEntry(entry_id, STATEMENT_STORED, stored_text.pack(json.dumps(text).encode(), tail))


def trained(reopen: Callable[[], Store]) -> Iterator[NewEntry]:
    """Yield what was appended to a store until it had its own dictionary."""
    with reopen() as store:
        for _ in range(MILESTONES[0] // 250 + 1):
            batch = statements(250)
            store.append(batch)
            yield from batch


def number_of(blob: bytes) -> int:
    assert frame.version(blob) == frame.COMPRESSED
    return int.from_bytes(frame.sealed(blob)[:2], "big")


def test_a_store_trains_once_and_compresses_with_what_it_learned(reopen: Callable[[], Store]) -> None:
    before = list(trained(reopen))
    with reopen() as store:
        dictionary = store.get(dictionaries.entry_id(FIRST))
        assert dictionary is not None
        assert (dictionary.topic, frame.version(dictionary.blob)) == (facts.DICTIONARY_TRAINED, frame.PLAIN)
        assert json.loads(dictionary.payload)["trained_on"] == MILESTONES[0]
        (new,) = statements(1)
        store.append([new])
        found = store.get(new.entry_id)
        assert found is not None
        old = store.get(before[0].entry_id)
        assert old is not None
        assert (number_of(old.blob), number_of(found.blob)) == (dictionaries.GENERIC, FIRST)
        assert len(found.blob) < len(old.blob) * 0.7
        assert found.payload == new.payload
        head = store.head()[0]
        store.append(statements(250))
        assert store.head()[0] == head + 250


def test_every_entry_reads_as_it_came_whichever_dictionary_it_needs(reopen: Callable[[], Store]) -> None:
    appended = list(trained(reopen))
    with reopen() as store:
        appended += statements(100)
        store.append(appended[-100:])
        for start in range(0, len(appended), 300):
            part = appended[start : start + 300]
            known = store.get_many([entry.entry_id for entry in part])
            assert [known[entry.entry_id].payload for entry in part] == [entry.payload for entry in part]


def test_a_store_that_closes_in_a_burst_has_the_second_dictionary_too(reopen: Callable[[], Store]) -> None:
    with reopen() as store:
        for _ in range(MILESTONES[1] // 500):
            store.append(statements(500))
    with reopen() as store:
        second = store.get(dictionaries.entry_id(FIRST + 1))
        assert second is not None
        assert json.loads(second.payload)["trained_on"] == MILESTONES[1]


def test_a_process_that_was_open_before_reads_what_another_compressed(reopen: Callable[[], Store]) -> None:
    reader = reopen()
    list(trained(reopen))
    (new,) = statements(1)
    with reopen() as writer:
        writer.append([new])
    found = reader.get(new.entry_id)
    assert found is not None
    assert number_of(found.blob) == FIRST
    assert found.payload == new.payload


def test_processes_that_come_to_the_milestone_together_share_one_dictionary(reopen: Callable[[], Store]) -> None:
    first, second = reopen(), reopen()
    first.append(statements(MILESTONES[0] - 10))
    batches = [statements(10) for _ in range(4)]
    for store, batch in zip((first, second, first, second), batches, strict=True):
        store.append(batch)
    first.close()
    second.close()
    with reopen() as store:
        entries = store.read(0, MILESTONES[0] + 100)
        assert [entry.topic for entry in entries].count(facts.DICTIONARY_TRAINED) == 1
        (new,) = statements(1)
        store.append([new])
        found = store.get(new.entry_id)
        assert found is not None
        assert number_of(found.blob) == FIRST


def test_a_client_that_takes_the_id_of_a_dictionary_does_no_harm(reopen: Callable[[], Store]) -> None:
    taken = NewEntry(dictionaries.entry_id(FIRST), STATEMENT_STORED, statement(1).payload)
    with reopen() as store:
        store.append([taken])
    appended = list(trained(reopen))
    with reopen() as store:
        assert {entry.topic for entry in store.read(1, MILESTONES[0] + 100)} == {STATEMENT_STORED}
        found = store.get(appended[-1].entry_id)
        assert found is not None
        assert number_of(found.blob) == dictionaries.GENERIC


def test_where_training_gives_nothing_that_is_settled_too(reopen: Callable[[], Store]) -> None:
    with reopen() as store:
        store.append([NewEntry(uuid4(), STATEMENT_STORED, b"{}") for _ in range(MILESTONES[0])])
    with reopen() as store:
        dictionary = store.get(dictionaries.entry_id(FIRST))
        assert dictionary is not None
        assert json.loads(dictionary.payload) == {"number": FIRST, "trained_on": MILESTONES[0], "dictionary": ""}
        (new,) = statements(1)
        store.append([new])
        found = store.get(new.entry_id)
        assert found is not None
        assert number_of(found.blob) == dictionaries.GENERIC


def test_a_trained_store_holds(reopen: Callable[[], Store]) -> None:
    list(trained(reopen))
    entries = invariants.log_faults(list(invariants.all_entries(reopen())))
    assert list(entries) == []


def test_the_id_of_a_dictionary_never_changes() -> None:
    assert dictionaries.entry_id(256) == UUID("2600c0c6-de39-544c-8d0d-aba6270b3fcb")
