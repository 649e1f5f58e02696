"""The topics of states and of statements on a real broker: complete, in order, whatever is killed in between."""

import logging
import os
import random
import secrets
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from kafka.admin import ConfigResource, KafkaAdminClient
from kafka.consumer.fetcher import ConsumerRecord
from kafka.partitioner.default import murmur2

from integration.projector.course import BY, COMPLETED, course_log, learner, statement, store_statements
from integration.projector.test_state_changes import states
from lrs.log.entry import STATEMENT_STORED, NewEntry
from lrs.log.store import Store
from projector.follow import Follower
from projector.publish.kafka import KafkaTopic
from projector.publish.relay import Courier
from projector.publish.statement_stream import StatementSource
from projector.publish.states import StateSource
from projector.registry.people import merge_persons
from projector.store.projection import STATEMENTS_SENT, Projection
from projector.store.state_changes import STATES_SENT
from projector.store.versions import Versions, open_versions
from support.processes import Process
from support.records import held, read_records

KILLS = 6
ENOUGH_LEFT = 1000
PARTITIONS = 3
PATIENCE_SECONDS = 200.0
"""Longer than the relay waits for records that a broker does not acknowledge, and for its next attempt."""
pytestmark = pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)


@pytest.fixture
def projection(versions: Versions) -> Iterator[Projection]:
    """An empty projection that is live and notes what changes."""
    opened = versions.open(1)
    versions.point_to(1)
    opened.note_state_changes()
    yield opened
    opened.close()


def new_topic() -> str:
    """Return the name of a topic that is not there yet: whoever publishes makes it."""
    return f"mastrail.test.{secrets.token_hex(8)}"


def send_states(projection: Projection, log: Store, bootstrap: str, topic: str) -> int:
    """Publish the states that wait; return how many records that took."""
    place = KafkaTopic(bootstrap, topic=topic, partitions=PARTITIONS, compacted=True)
    return drain(Courier(StateSource(projection, log, was_empty=lambda: place.was_empty), place))


def send_statements(projection: Projection, log: Store, bootstrap: str, topic: str) -> int:
    """Publish the statements that wait; return how many entries lie behind now."""
    return drain(Courier(StatementSource(projection, log), KafkaTopic(bootstrap, topic=topic, partitions=PARTITIONS)))


def drain(courier: Courier[Any]) -> int:
    total = 0
    while sent := courier.step():
        total += sent
    courier.close()
    return total


def by_key(records: list[ConsumerRecord]) -> dict[str, list[ConsumerRecord]]:
    found: dict[str, list[ConsumerRecord]] = defaultdict(list)
    for record in records:
        found[record.key.decode()].append(record)
    return found


def setting(bootstrap: str, topic: str, name: str) -> str:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        found = admin.describe_configs([ConfigResource("topic", topic)], config_filter="all")
        return str(found["topic"][topic][name]["value"])
    finally:
        admin.close()


def test_a_reader_of_the_topic_holds_the_states_and_drops_who_was_merged_away(
    log: Store, projection: Projection, kafka_bootstrap: str
) -> None:
    topic = new_topic()
    course_log(log, count=200)
    follower = Follower(log, projection)
    follower.catch_up()
    send_states(projection, log, kafka_bootstrap, topic)
    before = held(read_records(kafka_bootstrap, topic, least=1))
    assert before == states(projection)
    merge_persons(log, learner(2), learner(1), BY, new_id=uuid4)
    follower.catch_up()
    assert send_states(projection, log, kafka_bootstrap, topic) == 2
    records = read_records(kafka_bootstrap, topic, least=len(before) + 2)
    after = held(records)
    assert after == states(projection)
    assert len(after) == len(before) - 1
    (gone,) = (record for record in records if record.value is None)
    assert gone.key.decode() in before
    assert dict(gone.headers)["ce_type"] == b"mastrail.mastery.state.v1"


def test_each_topic_is_made_with_the_policy_that_it_needs(
    log: Store, projection: Projection, kafka_bootstrap: str
) -> None:
    kept, passing = new_topic(), new_topic()
    course_log(log, count=10)
    Follower(log, projection).catch_up()
    send_states(projection, log, kafka_bootstrap, kept)
    send_statements(projection, log, kafka_bootstrap, passing)
    assert setting(kafka_bootstrap, kept, "cleanup.policy") == "compact"
    assert setting(kafka_bootstrap, passing, "cleanup.policy") == "delete"


def test_a_topic_that_would_forget_states_is_used_and_warned_of(
    log: Store, projection: Projection, kafka_bootstrap: str, caplog: pytest.LogCaptureFixture
) -> None:
    topic = new_topic()
    course_log(log, count=10)
    Follower(log, projection).catch_up()
    send_statements(projection, log, kafka_bootstrap, topic)
    assert caplog.records == []
    with caplog.at_level(logging.WARNING):
        send_states(projection, log, kafka_bootstrap, topic)
    (warned,) = caplog.records
    assert warned.getMessage() == "a topic has another cleanup policy than it needs"
    assert (warned.__dict__["cleanup_policy"], warned.__dict__["wanted"]) == ("delete", "compact")


def test_a_topic_that_was_deleted_is_filled_again(log: Store, projection: Projection, kafka_bootstrap: str) -> None:
    first, second = new_topic(), new_topic()
    course_log(log, count=60)
    Follower(log, projection).catch_up()
    send_states(projection, log, kafka_bootstrap, first)
    send_states(projection, log, kafka_bootstrap, second)
    assert held(read_records(kafka_bootstrap, second, least=1)) == states(projection)


def test_all_of_a_person_lies_where_the_events_of_that_person_lie(
    log: Store, projection: Projection, kafka_bootstrap: str
) -> None:
    topic, stream = new_topic(), new_topic()
    course_log(log, count=100)
    Follower(log, projection).catch_up()
    send_states(projection, log, kafka_bootstrap, topic)
    send_statements(projection, log, kafka_bootstrap, stream)
    for record in read_records(kafka_bootstrap, topic, least=1):
        person = record.key.rpartition(b":")[0]
        assert record.partition == (murmur2(person) & 0x7FFFFFFF) % PARTITIONS
    for record in read_records(kafka_bootstrap, stream, least=100):
        assert record.partition == (murmur2(record.key) & 0x7FFFFFFF) % PARTITIONS


def test_a_stream_whose_cursor_is_behind_asks_the_broker_what_it_has(
    log: Store, projection: Projection, kafka_bootstrap: str
) -> None:
    topic = new_topic()
    course_log(log, count=100)
    Follower(log, projection).catch_up()
    send_statements(projection, log, kafka_bootstrap, topic)
    projection.statements_published(0, dict.fromkeys(by_key(read_records(kafka_bootstrap, topic, least=100)), 0))
    store_statements(log, [statement(1000, 1, COMPLETED)])
    Follower(log, projection).catch_up()
    send_statements(projection, log, kafka_bootstrap, topic)
    for records in by_key(read_records(kafka_bootstrap, topic, least=101)).values():
        numbers = [int(orjson.loads(record.value)["sequence"]) for record in records]
        assert numbers == list(range(1, len(numbers) + 1))


def reached(folder: Path) -> tuple[int, int]:
    """Return how far states and statements are published, as the live projection says."""
    with closing(open_versions("sqlite", data_dir=folder)) as versions:
        if versions.live() is None:
            return 0, 0
        with closing(versions.open(1, read_only=True)) as projection, projection.snapshot() as snapshot:
            return int(snapshot.fact(STATES_SENT) or 0), int(snapshot.fact(STATEMENTS_SENT) or 0)


def is_beyond(folder: Path, before: tuple[int, int]) -> bool:
    return all(now > then for now, then in zip(reached(folder), before, strict=True))


def stored(log: Store) -> list[NewEntry]:
    found, after = [], 0
    while entries := log.read(after, 1000):
        found += [entry for entry in entries if entry.topic == STATEMENT_STORED]
        after = entries[-1].position
    return found


@pytest.mark.slow
def test_killed_again_and_again_both_topics_are_complete_and_in_order(
    log: Store, versions: Versions, kafka_bootstrap: str, tmp_path: Path
) -> None:
    topic, stream = new_topic(), new_topic()
    course_log(log, count=4000, learners=60)
    program = [sys.executable, str(Path(__file__).with_name("publishing_process.py"))]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    before = (0, 0)
    for kill in range(KILLS):
        if (
            kill and log.head()[0] - before[1] < ENOUGH_LEFT
        ):  # a test that stood still killed too late to leave the next a task
            first = 10_000 * (1 + kill)
            store_statements(log, [statement(number, number % 60, COMPLETED) for number in range(first, first + 4000)])
        child = Process(
            [*program, str(tmp_path), kafka_bootstrap, topic, stream], tmp_path / f"projector-{kill}.log", environment
        )
        try:
            child.wait_until(partial(is_beyond, tmp_path, before), PATIENCE_SECONDS, "what is published")
            time.sleep(random.uniform(0, 0.2))
        finally:
            child.kill()
        before = reached(tmp_path)
        merge_persons(log, learner(10 * kill), learner(10 * kill + 5), BY, new_id=uuid4)  # each of them has a state
    assert before[1] < log.head()[0] - KILLS, "the last kill came too late to say anything"
    with closing(versions.open(1)) as projection:
        projection.note_state_changes()
        Follower(log, projection).catch_up()
        send_states(projection, log, kafka_bootstrap, topic)
        send_statements(projection, log, kafka_bootstrap, stream)
        wanted = states(projection)
    records = read_records(kafka_bootstrap, topic, least=len(wanted))
    assert held(records) == wanted
    assert len({record.key for record in records}) > len(wanted), "nobody was told to be gone"
    for told in by_key(records).values():
        numbers = [dict(record.headers)["ce_sequence"] for record in told]
        assert numbers == sorted(numbers)
    statements = read_records(kafka_bootstrap, stream, least=len(stored(log)))
    ids = [orjson.loads(record.value)["id"] for record in statements]
    assert sorted(ids) == sorted(str(entry.entry_id) for entry in stored(log))
    for told in by_key(statements).values():
        events = [orjson.loads(record.value) for record in told]
        assert [int(event["sequence"]) for event in events] == list(range(1, len(events) + 1))
        positions = [event["data"]["position"] for event in events]
        assert positions == sorted(positions)
