"""What waits for the topic of states: every change once, also where nobody noted it, on both stores."""

from contextlib import closing
from hashlib import sha256
from uuid import UUID, uuid4

import jsonschema_rs
import orjson

from integration.projector.course import (
    BY,
    COMPETENCY,
    COMPLETED,
    course_log,
    learner,
    statement,
    store_statements,
    voiding,
)
from integration.projector.publishing import published
from lrs.contracts import load_schemas
from lrs.log.entry import NewEntry
from lrs.log.store import Store
from projector.follow import Follower
from projector.publish.record import Record
from projector.publish.states import StateSource
from projector.rebuild.replay import rebuild
from projector.registry.people import merge_persons, split_person
from projector.store.projection import Projection, StateRow
from projector.store.state_changes import STATES_NOTED
from projector.store.tenant import read_tenant
from projector.store.versions import Versions

ERASED = "mastrail.learner.erased.v1"
VALIDATOR = jsonschema_rs.validator_for(load_schemas("events")["mastery-state"], validate_formats=True)


def source(projection: Projection, log: Store, *, was_empty: bool = False) -> StateSource:
    return StateSource(projection, log, was_empty=lambda: was_empty)


def states(projection: Projection) -> dict[str, bytes]:
    """Return the state documents by the keys under which they are published."""
    with projection.snapshot() as snapshot:
        return {
            f"default:{row['person_id']}:{sha256(row['competency'].encode()).hexdigest()}": bytes(row["body"])
            for row in snapshot.states()
        }


def table(records: list[Record], before: dict[str, bytes] | None = None) -> dict[str, bytes]:
    """Return what a reader holds who keeps the last record of each key and drops what is gone."""
    held: dict[str, bytes] = dict(before or {})
    for record in records:
        if record.value is None:
            held.pop(record.key.decode(), None)
        else:
            held[record.key.decode()] = record.value
    return held


def attributes(record: Record) -> dict[str, str]:
    return {name.removeprefix("ce_"): text.decode() for name, text in record.headers if name.startswith("ce_")}


def erase(log: Store, who: int) -> None:
    log.append([NewEntry(uuid4(), ERASED, orjson.dumps({"person": learner(who)}))])


def test_nothing_is_noted_for_nobody(log: Store, projection: Projection) -> None:
    course_log(log, count=60)
    Follower(log, projection).catch_up()
    with projection.snapshot() as snapshot:
        assert snapshot.count_states() > 5
        assert (snapshot.waiting_states(0), snapshot.fact(STATES_NOTED)) == (0, None)


def test_every_state_is_published_once_as_it_is(log: Store, projection: Projection) -> None:
    projection.note_state_changes()
    course_log(log, count=200)
    Follower(log, projection, page_entries=20).catch_up()
    records = published(source(projection, log))
    assert table(records) == states(projection)
    assert len(records) == len(states(projection)), "a state that changed often is told once"
    assert published(source(projection, log)) == []


def test_a_record_is_a_binary_cloudevent_about_one_state(log: Store, projection: Projection) -> None:
    projection.note_state_changes()
    course_log(log, count=60)
    Follower(log, projection).catch_up()
    for record in published(source(projection, log)):
        assert record.value is not None
        document = orjson.loads(record.value)
        VALIDATOR.validate(document)
        told, person = attributes(record), document["meta"]["personId"]
        (entry,) = log.read(document["meta"]["position"] - 1, 1)
        assert dict(record.headers)["content-type"] == b"application/json"
        assert (told["specversion"], told["type"]) == ("1.0", "mastrail.mastery.state.v1")
        assert told["source"] == f"urn:mastrail:default:person:{person}"
        assert told["subject"] == COMPETENCY
        assert told["partitionkey"] == f"default:{person}:{sha256(COMPETENCY.encode()).hexdigest()}"
        assert told["partitionkey"].encode() == record.key
        assert told["sequence"] == f"{document['meta']['position']:020d}"
        assert told["recordedtime"][:19] == entry.recorded.isoformat()[:19]
        assert told["time"] == document["body"]["attainedAt"] or document["body"]["attainedAt"] is None
        assert told["dataschema"] == load_schemas("events")["mastery-state"]["$id"]
        assert UUID(told["id"]).version == 5
        assert record.together == f"default:{person}".encode()


def test_whoever_is_merged_away_or_erased_is_told_to_be_gone_and_then_forgotten(
    log: Store, projection: Projection
) -> None:
    projection.note_state_changes()
    course_log(log, count=100, learners=10)
    follower = Follower(log, projection)
    follower.catch_up()
    held = table(published(source(projection, log)))
    merge_persons(log, learner(2), learner(1), BY, new_id=uuid4)
    erase(log, 3)
    follower.catch_up()
    records = published(source(projection, log))
    gone = [record for record in records if record.value is None]
    assert len(gone) == 2
    assert table(records, held) == states(projection)
    for record in gone:
        told = attributes(record)
        assert "content-type" not in dict(record.headers)
        assert told["partitionkey"].encode() == record.key
        assert int(told["sequence"]) == log.head()[0]
        assert told["time"] == told["recordedtime"]
    with projection.snapshot() as snapshot:
        assert len(snapshot.state_changes(0, 1000)) == len(states(projection))


def test_a_state_that_comes_back_is_told_again_with_a_higher_sequence(log: Store, projection: Projection) -> None:
    projection.note_state_changes()
    course_log(log, count=100, learners=10)
    follower = Follower(log, projection)
    told: list[Record] = []
    for change in (None, merge_persons, split_person):
        if change is not None:
            change(log, learner(2), learner(1), BY, new_id=uuid4)
        follower.catch_up()
        told += published(source(projection, log))
    again = {record.key: [one for one in told if one.key == record.key] for record in told if record.value is None}
    assert len(again) == 1
    for records in again.values():
        assert [record.value is None for record in records] == [False, True, False]
        assert sorted(attributes(record)["sequence"] for record in records) == [
            attributes(record)["sequence"] for record in records
        ]
    assert table(told) == states(projection)


def test_what_changed_while_nobody_noted_it_is_published_in_the_end(
    log: Store, versions: Versions, projection: Projection
) -> None:
    projection.note_state_changes()
    course_log(log, count=100, learners=10)
    Follower(log, projection).catch_up()
    held = table(published(source(projection, log)))
    with closing(versions.open(1)) as unnoted:
        merge_persons(log, learner(2), learner(1), BY, new_id=uuid4)
        store_statements(log, [statement(1000, 4, COMPLETED), voiding(1001, 0)])
        Follower(log, unnoted).catch_up()
        assert published(source(unnoted, log)) == []
        unnoted.note_state_changes()
        assert table(published(source(unnoted, log)), held) == states(unnoted)


def test_a_target_that_holds_nothing_gets_everything_again(log: Store, projection: Projection) -> None:
    projection.note_state_changes()
    course_log(log, count=60)
    Follower(log, projection).catch_up()
    first = published(source(projection, log))
    again = published(source(projection, log, was_empty=True))
    assert again == first
    assert published(source(projection, log)) == []


def test_a_replay_tells_the_same_and_what_it_does_not_have_is_gone(
    log: Store, versions: Versions, projection: Projection
) -> None:
    projection.note_state_changes()
    course_log(log, count=100, learners=10)
    Follower(log, projection).catch_up()
    position = log.head()[0]
    store_statements(log, [statement(1000, 4, COMPLETED)])
    with projection.page(position + 1) as page:  # a state that only another engine would find
        page.put_state(StateRow("nobody", COMPETENCY, "mastered", None, None, None, None, None, position, b"{}"))
    held = table(published(source(projection, log)))
    version = rebuild(log, versions, page_entries=30)
    assert version is not None
    with closing(versions.open(version)) as replayed:
        replayed.note_state_changes()
        records = published(source(replayed, log))
        assert table(records, held) == states(replayed)
        assert [record.key.split(b":")[1] for record in records if record.value is None] == [b"nobody"]


def test_the_id_of_a_record_is_that_of_the_state_whoever_sends_it(
    log: Store, versions: Versions, projection: Projection
) -> None:
    projection.note_state_changes()
    course_log(log, count=100, learners=10)
    Follower(log, projection, page_entries=9).catch_up()
    first = published(source(projection, log))
    version = rebuild(log, versions, page_entries=30)
    assert version is not None
    with closing(versions.open(version)) as replayed:
        replayed.note_state_changes()
        again = published(source(replayed, log))
    assert read_tenant(log)[0] == "default"
    assert {record.key: attributes(record) for record in again} == {record.key: attributes(record) for record in first}
