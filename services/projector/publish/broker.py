"""Where the records of a feed end in each partition of a Kafka topic, read from the broker itself.

A record carries its feed and its ``seq``. After a crash the cursor may be behind what was sent; the last record of
each partition is not, so that nothing is sent twice.
"""

import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from time import monotonic, sleep
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import TopicAlreadyExistsError

from projector.publish.target import TargetUnavailable

FEED_HEADER = "mastrail-feed"
SEQ_HEADER = "mastrail-seq"
_LOOK_BACK_RECORDS = 200
_SETTLE_SECONDS = 0.3
_READ_SECONDS = 20.0
_BOOTSTRAP_SECONDS = 5
_REACH_SECONDS = 2
REQUEST_SECONDS = 10


def client_settings(bootstrap: str) -> dict[str, Any]:
    """Return what every client of the broker is told: not to wait long, since the relay tries again by itself."""
    return {
        "bootstrap_servers": bootstrap,
        "bootstrap_timeout_ms": _BOOTSTRAP_SECONDS * 1000,
        "request_timeout_ms": REQUEST_SECONDS * 1000,
        "reconnect_backoff_max_ms": 1000,
    }


def require_reachable(bootstrap: str) -> None:
    """Raise TargetUnavailable unless one of the brokers ``host:port,host:port`` takes connections."""
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        with suppress(OSError, ValueError), socket.create_connection((host.strip("[]"), int(port)), _REACH_SECONDS):
            return
    raise TargetUnavailable("no broker takes connections")


def ensure_topic(bootstrap: str, topic: str, partitions: int) -> None:
    """Create the topic with ``partitions`` unless it is there."""
    admin = KafkaAdminClient(**client_settings(bootstrap))
    try:
        if topic not in admin.list_topics():
            admin.create_topics([NewTopic(name=topic, num_partitions=partitions, replication_factor=-1)])
    except TopicAlreadyExistsError:
        return
    finally:
        admin.close()


def last_seqs(bootstrap: str, topic: str, feed: str) -> dict[int, int]:
    """Return for each partition of ``topic`` the ``seq`` of the last record of ``feed`` in it, 0 when there is none.

    Waits until the ends stand still for a moment: a producer that was killed may have requests on the way.
    Raises TargetUnavailable when the broker does not answer in time.
    """
    consumer = KafkaConsumer(**client_settings(bootstrap), group_id=None, enable_auto_commit=False)
    try:
        partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
        if not partitions:
            message = f"the topic {topic} has no partitions yet"
            raise TargetUnavailable(message)
        ends = _standing_ends(consumer, partitions)
        consumer.assign(partitions)
        begins = consumer.beginning_offsets(partitions)
        return {at.partition: _last_seq(consumer, at, begins[at], ends[at], feed) for at in partitions}
    finally:
        consumer.close(autocommit=False)


def _standing_ends(consumer: Any, partitions: list[TopicPartition]) -> Mapping[TopicPartition, int]:
    ends: Mapping[TopicPartition, int] = consumer.end_offsets(partitions)
    while True:
        sleep(_SETTLE_SECONDS)
        again: Mapping[TopicPartition, int] = consumer.end_offsets(partitions)
        if again == ends:
            return ends
        ends = again


def _last_seq(consumer: Any, at: TopicPartition, begin: int, end: int, feed: str) -> int:
    if end <= begin:
        return 0
    consumer.pause(*consumer.assignment())
    consumer.resume(at)
    consumer.seek(at, max(begin, end - _LOOK_BACK_RECORDS))
    last = 0
    deadline = monotonic() + _READ_SECONDS
    while consumer.position(at) < end:
        for record in consumer.poll(timeout_ms=500).get(at, ()):
            last = max(last, _seq(record.headers, feed))
        if monotonic() > deadline:
            message = f"the broker did not show the end of partition {at.partition} in time"
            raise TargetUnavailable(message)
    return last


def _seq(headers: Iterable[tuple[str, bytes]], feed: str) -> int:
    named = dict(headers)
    return int(named[SEQ_HEADER]) if named.get(FEED_HEADER) == feed.encode() and SEQ_HEADER in named else 0
