"""The stream of statements: each once, numbered for its person, on both stores; keys that say nothing."""

from collections import defaultdict
from contextlib import closing
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import jsonschema_rs
import orjson

from integration.projector.course import (
    BY,
    COMPLETED,
    course_log,
    course_statements,
    entry,
    learner,
    statement,
    store_statements,
)
from integration.projector.publishing import published
from lrs.contracts import load_schemas
from lrs.log.entry import STATEMENT_STORED, NewEntry
from lrs.log.store import Store
from lrs.xapi import stored_text
from projector.follow import Follower
from projector.mastery import views
from projector.publish.record import STRUCTURED, Record
from projector.publish.statement_stream import MOST_BYTES, StatementSource
from projector.rebuild.replay import rebuild
from projector.registry.people import merge_persons
from projector.store.projection import STATEMENTS_SENT, Projection
from projector.store.versions import Versions

ERASED = "mastrail.learner.erased.v1"
VALIDATOR = jsonschema_rs.validator_for(load_schemas("events")["statement-event"], validate_formats=True)
UNSELECTED = "https://example.org/verbs/paused"


def events(records: list[Record]) -> list[dict[str, Any]]:
    assert all(record.headers == (("content-type", STRUCTURED.encode()),) for record in records)
    return [orjson.loads(record.value or b"") for record in records]


def person_of(projection: Projection, who: int) -> str:
    with projection.snapshot() as snapshot:
        found = views.person(snapshot.documents, learner(who))
    assert found is not None
    return found


def fold(log: Store, projection: Projection) -> None:
    Follower(log, projection).catch_up()


def test_every_statement_comes_in_the_order_of_the_log_as_it_is_stored(log: Store, projection: Projection) -> None:
    course_log(log, count=200)
    fold(log, projection)
    stored = [one for one in log.read(0, 1000) if one.topic == STATEMENT_STORED]
    records = published(StatementSource(projection, log))
    assert [record.seq for record in records] == [one.position for one in stored]
    for record, told, one in zip(records, events(records), stored, strict=True):
        VALIDATOR.validate(told)
        assert record.value is not None
        assert b'"statement":' + stored_text.exact(one.payload, one.recorded) in record.value
        assert (told["id"], told["subject"]) == (str(one.entry_id), str(one.entry_id))
        assert told["data"]["position"] == one.position
        assert told["recordedtime"][:19] == one.recorded.isoformat()[:19]
        assert told["time"][:19] == told["data"]["statement"]["timestamp"][:19]


def test_the_key_is_the_person_of_the_mastery_events_and_the_sequence_has_no_gaps(
    log: Store, projection: Projection
) -> None:
    course_log(log, count=200)
    fold(log, projection)
    numbers = defaultdict(list)
    records = published(StatementSource(projection, log))
    for record, told in zip(records, events(records), strict=True):
        who = int(told["data"]["statement"]["actor"]["account"]["name"].removeprefix("learner-"))
        assert record.key.decode() == told["partitionkey"] == told["data"]["personId"] == person_of(projection, who)
        assert told["source"] == f"urn:mastrail:default:person:{told['data']['personId']}"
        assert record.together == record.key
        numbers[record.key].append(told["sequence"])
    assert len(numbers) > 10
    assert all(found == [f"{number:020d}" for number in range(1, len(found) + 1)] for found in numbers.values())


def test_what_was_not_acknowledged_is_told_again_with_the_same_numbers(log: Store, projection: Projection) -> None:
    course_log(log, count=60)
    fold(log, projection)
    source = StatementSource(projection, log)
    first = source.waiting(source.cursor(), 30)
    again = StatementSource(projection, log).waiting(0, 30)
    assert again == first
    assert source.waiting(0, 30) == first
    source.acknowledged(first)
    assert published(StatementSource(projection, log))[0].seq > first.up_to


def test_somebody_whom_no_policy_has_seen_has_the_key_that_will_be_theirs(log: Store, projection: Projection) -> None:
    course_log(log, count=10, learners=3)
    store_statements(log, [statement(500, 77, UNSELECTED)])
    fold(log, projection)
    unseen = published(StatementSource(projection, log))[-1]
    store_statements(log, [statement(501, 77, COMPLETED)])
    fold(log, projection)
    seen = published(StatementSource(projection, log))[-1]
    assert unseen.key == seen.key == person_of(projection, 77).encode()
    assert [told["sequence"] for told in events([unseen, seen])] == [f"{1:020d}", f"{2:020d}"]


def test_nothing_is_told_before_it_is_folded(log: Store, projection: Projection) -> None:
    course_log(log, count=40)
    Follower(log, projection, page_entries=20).fold_page()
    with projection.snapshot() as snapshot:
        folded = snapshot.position()
    assert published(StatementSource(projection, log))[-1].seq <= folded < log.head()[0]


def test_after_a_merge_the_statements_are_the_survivors(log: Store, projection: Projection) -> None:
    course_log(log, count=30, learners=4)
    fold(log, projection)
    source = StatementSource(projection, log)
    published(source)
    store_statements(log, [statement(500, 1, COMPLETED)])
    merge_persons(log, learner(2), learner(1), BY, new_id=uuid4)
    store_statements(log, [statement(501, 1, COMPLETED), statement(502, 2, COMPLETED)])
    fold(log, projection)
    assert {record.key.decode() for record in published(source)} == {person_of(projection, 2)}


def test_what_may_have_been_sent_is_sent_again_as_the_same_persons(log: Store, projection: Projection) -> None:
    course_log(log, count=30, learners=4)
    fold(log, projection)
    first = StatementSource(projection, log).waiting(0, 20)
    merge_persons(log, learner(2), learner(1), BY, new_id=uuid4)
    fold(log, projection)
    source = StatementSource(projection, log)
    assert source.waiting(source.cursor(), 500) == first
    source.acknowledged(first)
    later = published(StatementSource(projection, log))
    keys = {told["partitionkey"] for told in events(later)}
    assert len({record.key for record in first.sent}) == 4
    assert len(keys) == 3


def test_a_group_is_no_person(log: Store, projection: Projection) -> None:
    course_log(log, count=5)
    group = {"objectType": "Group", "mbox": "mailto:team@example.org"}
    store_statements(log, [{**statement(500, 1, COMPLETED), "actor": group}])
    fold(log, projection)
    record = published(StatementSource(projection, log))[-1]
    (told,) = events([record])
    VALIDATOR.validate(told)
    assert (record.key, told["source"], told["data"]["personId"]) == (b"default", "urn:mastrail:default", None)


def test_what_an_erased_person_did_before_is_withheld_and_numbered(log: Store, projection: Projection) -> None:
    course_log(log, count=30, learners=4)
    log.append([NewEntry(uuid4(), ERASED, orjson.dumps({"person": learner(1)}))])
    store_statements(log, [statement(500, 1, COMPLETED)])
    fold(log, projection)
    erased = [record for record in published(StatementSource(projection, log)) if b"withheld" in (record.value or b"")]
    withheld = [told for told in events(erased) if "withheld" in told["data"]]
    assert len(withheld) > 3
    for told in withheld:
        VALIDATOR.validate(told)
        assert told["data"] == {**told["data"], "withheld": "ERASED", "personId": person_of(projection, 1)}
    assert [told["sequence"] for told in withheld] == [f"{number:020d}" for number in range(1, len(withheld) + 1)]


def test_what_no_record_can_hold_is_told_of_without_its_content(log: Store, projection: Projection) -> None:
    course_log(log, count=5)
    large = {**statement(500, 1, COMPLETED), "context": {"extensions": {"https://example.org/x": "x" * MOST_BYTES}}}
    store_statements(log, [large])
    fold(log, projection)
    record = published(StatementSource(projection, log))[-1]
    (told,) = events([record])
    VALIDATOR.validate(told)
    assert (told["id"], told["data"]["withheld"]) == (large["id"], "TOO_LARGE")
    assert len(record.value or b"") < 1000


def test_large_statements_go_a_few_at_a_time(log: Store, projection: Projection) -> None:
    course_log(log, count=5)
    large = [
        {**statement(500 + number, 1, COMPLETED), "context": {"extensions": {"https://example.org/x": "x" * 800_000}}}
        for number in range(25)
    ]
    store_statements(log, large)
    fold(log, projection)
    source = StatementSource(projection, log)
    first = source.waiting(source.cursor(), 500)
    assert 5 < len(first.sent) < 20
    assert [told["id"] for told in events(published(source, limit=500))][-25:] == [one["id"] for one in large]


def test_a_timestamp_that_is_no_time_gives_way_to_that_of_recording(log: Store, projection: Projection) -> None:
    course_log(log, count=5)
    log.append([entry({**statement(500, 1, UNSELECTED), "timestamp": "2026-13-45T99:00:00Z"})])
    fold(log, projection)
    (told,) = events(published(StatementSource(projection, log))[-1:])
    assert told["time"] == told["recordedtime"]


def test_a_replay_goes_on_where_the_stream_was(log: Store, versions: Versions, projection: Projection) -> None:
    course_log(log, count=100, learners=5)
    fold(log, projection)
    before = events(published(StatementSource(projection, log)))
    version = rebuild(log, versions, page_entries=30)
    assert version is not None
    store_statements(log, list(course_statements(140, 5))[100:])
    with closing(versions.open(version)) as replayed:
        fold(log, replayed)
        after = events(published(StatementSource(replayed, log)))
        with replayed.snapshot() as snapshot:
            assert snapshot.fact(STATEMENTS_SENT) == str(log.head()[0])
    assert [told["data"]["position"] for told in after] == [log.head()[0] - 39 + number for number in range(40)]
    for person in {told["partitionkey"] for told in after}:
        numbers = [int(told["sequence"]) for told in [*before, *after] if told["partitionkey"] == person]
        assert numbers == list(range(1, len(numbers) + 1))


def test_a_key_cannot_be_found_from_an_address(log: Store, projection: Projection) -> None:
    course_log(log, count=20)
    fold(log, projection)
    keys = {record.key.decode() for record in published(StatementSource(projection, log))}
    label = "https://example.org::learner-1"
    assert person_of(projection, 1) in keys
    assert str(uuid5(NAMESPACE_URL, label)) not in keys
    assert all(UUID(key).version == 5 for key in keys)
