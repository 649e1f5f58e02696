"""The relay against a real broker: each event once, in order per person, whatever is killed or away."""

import random
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from integration.projector.course import course_log
from lrs.log.store import Store
from projector.follow import Follower
from projector.publish.kafka import KafkaTarget
from projector.publish.relay import Relay
from projector.publish.target import TargetUnavailable
from projector.store.projection import Projection
from projector.store.versions import open_versions
from support.processes import Process, free_port

PEOPLE = 40
ENOUGH_LEFT = 3000
PATIENCE_SECONDS = 200.0
"""Longer than a relay waits for records that a broker does not acknowledge, and for its next attempt."""


@pytest.fixture
def projection(tmp_path: Path) -> Iterator[Projection]:
    """An empty projection; the relay needs nothing but its feed."""
    opened = open_versions("sqlite", data_dir=tmp_path).open(1)
    yield opened
    opened.close()


def add_events(projection: Projection, first: int, count: int, name: str = "event") -> None:
    """Append transitions of many people to the feed."""
    with projection.page(first + count) as page:
        for number in range(first, first + count):
            person = f"person-{number * 17 % PEOPLE}"
            event = {
                "specversion": "1.0",
                "id": f"{name}-{number}",
                "type": "mastrail.mastery.attained.v1",
                "partitionkey": f"default:{person}",
                "data": {"personId": person},
            }
            page.add_event(event, position=number, body=orjson.dumps(event))


def consumed(bootstrap: str, topic: str) -> dict[int, list[ConsumerRecord]]:
    """Return every record of every partition, in order."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False)
    partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(partitions)
    found: dict[int, list[ConsumerRecord]] = defaultdict(list)
    while any(consumer.position(at) < ends[at] for at in partitions):
        for at, records in consumer.poll(timeout_ms=500).items():
            found[at.partition].extend(records)
    consumer.close()
    return found


def sequences(bootstrap: str, topic: str) -> dict[str, list[int]]:
    """Return for each person the numbers of their events, in the order of delivery."""
    found: dict[str, list[int]] = defaultdict(list)
    for records in consumed(bootstrap, topic).values():
        for record in records:
            event = orjson.loads(record.value)
            found[event["data"]["personId"]].append(int(event["id"].removeprefix("event-")))
    return found


def expected(count: int) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for number in range(1, count + 1):
        found[f"person-{number * 17 % PEOPLE}"].append(number)
    return found


def drain(relay: Relay) -> int:
    total = 0
    while sent := relay.step():
        total += sent
    relay.close()
    return total


def test_every_event_arrives_once_in_order_as_a_structured_cloudevent(
    projection: Projection, kafka_bootstrap: str, kafka_topic: Callable[..., str]
) -> None:
    topic = kafka_topic(partitions=3)
    add_events(projection, 1, 500)
    relay = Relay(projection, KafkaTarget(kafka_bootstrap, topic=topic))
    assert drain(relay) == 500
    assert sequences(kafka_bootstrap, topic) == expected(500)
    records = [record for found in consumed(kafka_bootstrap, topic).values() for record in found]
    headers = dict(records[0].headers)
    assert headers["content-type"] == b"application/cloudevents+json; charset=UTF-8"
    assert all(record.key.startswith(b"default:person-") for record in records)
    with projection.snapshot() as snapshot:
        assert snapshot.cursors() == {f"kafka:{topic}": 500}


def test_a_relay_whose_cursor_is_behind_asks_the_broker_what_it_has(
    projection: Projection, kafka_bootstrap: str, kafka_topic: Callable[..., str], tmp_path: Path
) -> None:
    topic = kafka_topic(partitions=2)
    add_events(projection, 1, 120)
    drain(Relay(projection, KafkaTarget(kafka_bootstrap, topic=topic)))
    other = tmp_path / "other"
    other.mkdir()
    replayed = open_versions("sqlite", data_dir=other).open(1)
    add_events(replayed, 1, 200)
    drain(Relay(replayed, KafkaTarget(kafka_bootstrap, topic=topic)))
    replayed.close()
    assert sequences(kafka_bootstrap, topic) == expected(200)


def test_a_log_that_was_restored_and_went_on_in_another_way_is_published_too(
    projection: Projection, kafka_bootstrap: str, kafka_topic: Callable[..., str], tmp_path: Path
) -> None:
    topic = kafka_topic(partitions=2)
    add_events(projection, 1, 120)
    drain(Relay(projection, KafkaTarget(kafka_bootstrap, topic=topic)))
    other = tmp_path / "other"
    other.mkdir()
    restored = open_versions("sqlite", data_dir=other).open(1)
    add_events(restored, 1, 80)
    add_events(restored, 81, 20, name="another")
    drain(Relay(restored, KafkaTarget(kafka_bootstrap, topic=topic)))
    restored.close()
    ids = {orjson.loads(record.value)["id"] for found in consumed(kafka_bootstrap, topic).values() for record in found}
    assert ids == {f"event-{number}" for number in range(1, 121)} | {f"another-{number}" for number in range(81, 101)}


def test_killed_and_started_again_ten_times_it_delivers_each_event_once_in_order(
    projection: Projection, kafka_bootstrap: str, kafka_topic: Callable[..., str], tmp_path: Path
) -> None:
    topic = kafka_topic(partitions=3)
    total = 6000
    add_events(projection, 1, total)
    program = [sys.executable, str(Path(__file__).with_name("relaying_process.py"))]
    reached = [0]
    for attempt in range(10):
        if total - reached[-1] < ENOUGH_LEFT:  # a test that stood still killed too late to leave the next relay a task
            add_events(projection, total + 1, ENOUGH_LEFT)
            total += ENOUGH_LEFT
        child = Process([*program, str(tmp_path), kafka_bootstrap, topic], tmp_path / f"relay-{attempt}.log")
        try:
            wait_for_cursor(projection, topic, beyond=reached[-1])
            time.sleep(random.uniform(0, 0.15))
        finally:
            child.kill()
        reached.append(cursor(projection, topic))
    assert reached == sorted(set(reached)), "every round got further"
    assert reached[-1] < total, "the last kill came too late to say anything"
    drain(Relay(projection, KafkaTarget(kafka_bootstrap, topic=topic)))
    assert sequences(kafka_bootstrap, topic) == expected(total)


@pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)
def test_every_transition_of_a_course_is_consumed_in_order_per_person(
    log: Store, projection: Projection, kafka_bootstrap: str, kafka_topic: Callable[..., str]
) -> None:
    topic = kafka_topic(partitions=3)
    course_log(log, count=200)
    Follower(log, projection).catch_up()
    drain(Relay(projection, KafkaTarget(kafka_bootstrap, topic=topic)))
    with projection.snapshot() as snapshot:
        fed = [event.body for event in snapshot.events(0, 10_000)]
    records = [record.value for found in consumed(kafka_bootstrap, topic).values() for record in found]
    assert sorted(records) == sorted(fed)
    numbers = defaultdict(list)
    for value in records:
        event = orjson.loads(value)
        numbers[event["source"]].append(int(event["sequence"]))
    assert len(numbers) > 10
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


def cursor(projection: Projection, topic: str) -> int:
    with projection.snapshot() as snapshot:
        return snapshot.cursors().get(f"kafka:{topic}", 0)


def wait_for_cursor(projection: Projection, topic: str, beyond: int, seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while cursor(projection, topic) <= beyond:
        assert time.monotonic() < deadline, "the relay does not get on"
        time.sleep(0.01)


def test_a_broker_that_is_away_holds_up_nothing_but_publishing(projection: Projection) -> None:
    add_events(projection, 1, 10)
    relay = Relay(projection, KafkaTarget(f"127.0.0.1:{free_port()}"))
    stop = threading.Event()
    thread = threading.Thread(target=relay.run, args=(stop,), kwargs={"poll_seconds": 0.05})
    thread.start()
    add_events(projection, 11, 10)
    with projection.snapshot() as snapshot:
        assert (snapshot.last_seq(), snapshot.cursors()) == (20, {})
    stop.set()
    thread.join(60)
    assert not thread.is_alive()


def test_the_reason_for_not_publishing_is_said(projection: Projection) -> None:
    with pytest.raises(TargetUnavailable, match="no broker takes connections"):
        Relay(projection, KafkaTarget(f"127.0.0.1:{free_port()}")).step()
