"""Where the records of a feed end in each partition of a Kafka topic, read from the broker itself.

A record carries its feed and its ``seq``. After a crash the cursor may be behind what was sent; the last record of
each partition is not, so that nothing is sent twice.
"""

import logging
import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from projector.publish.target import TargetUnavailable

logger = logging.getLogger(__name__)

FEED_HEADER = "mastrail-feed"
SEQ_HEADER = "mastrail-seq"
_CLEANUP = "cleanup.policy"
_LOOK_BACK_RECORDS = 200
_SETTLE_SECONDS = 0.3
_MOST_SETTLE_SECONDS = 5.0
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


class Last(NamedTuple):
    """The last record of a feed in a partition: its ``seq`` (0 when there is none) and its value."""

    seq: int = 0
    value: bytes = b""


@dataclass(frozen=True, slots=True)
class Ends:
    """What a topic has of a feed: the last record in each partition; and whether it has anything at all."""

    last: Mapping[int, Last]
    is_empty: bool


def ensure_topic(bootstrap: str, topic: str, partitions: int, *, compacted: bool = False) -> None:
    """Create the topic with ``partitions`` unless it is there; say so in the log when one that is there forgets.

    A compacted topic keeps the last record of each key for good, another one every record for some time.
    """
    policy = "compact" if compacted else "delete"
    admin = KafkaAdminClient(**client_settings(bootstrap))
    try:
        if topic in admin.list_topics():
            _check_policy(admin, topic, policy)
            return
        wanted = NewTopic(
            name=topic,
            num_partitions=partitions,
            replication_factor=-1,
            topic_configs={_CLEANUP: policy},
        )
        admin.create_topics([wanted])
    except TopicAlreadyExistsError:
        return
    finally:
        admin.close()


def _check_policy(admin: Any, topic: str, policy: str) -> None:
    """Warn when what is published will not stay in ``topic`` as it has to; who may not ask is not told."""
    try:
        found = admin.describe_configs([ConfigResource("topic", topic)], config_filter="all")["topic"][topic]
        there = found.get(_CLEANUP, {}).get("value") or policy
    except (KafkaError, KeyError):
        return
    if there != policy:
        facts = {"topic": topic, "cleanup_policy": there, "wanted": policy}
        logger.warning("a topic has another cleanup policy than it needs", extra=facts)


def topic_ends(bootstrap: str, topic: str, feed: str) -> Ends:
    """Return what ``topic`` has of ``feed``.

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
        last = {at.partition: _last(consumer, at, begins[at], ends[at], feed) for at in partitions}
        return Ends(last, is_empty=all(ends[at] <= begins[at] for at in partitions))
    finally:
        consumer.close(autocommit=False)


def _standing_ends(consumer: Any, partitions: list[TopicPartition]) -> Mapping[TopicPartition, int]:
    """Return the ends once they stand still, or as they are when others write without a pause."""
    ends: Mapping[TopicPartition, int] = consumer.end_offsets(partitions)
    deadline = monotonic() + _MOST_SETTLE_SECONDS
    while monotonic() < deadline:
        sleep(_SETTLE_SECONDS)
        again: Mapping[TopicPartition, int] = consumer.end_offsets(partitions)
        if again == ends:
            break
        ends = again
    return ends


def _last(consumer: Any, at: TopicPartition, begin: int, end: int, feed: str) -> Last:
    if end <= begin:
        return Last()
    consumer.pause(*consumer.assignment())
    consumer.resume(at)
    consumer.seek(at, max(begin, end - _LOOK_BACK_RECORDS))
    last = Last()
    deadline = monotonic() + _READ_SECONDS
    while consumer.position(at) < end:
        for record in consumer.poll(timeout_ms=500).get(at, ()):
            last = max(last, Last(_seq(record.headers, feed), record.value or b""))
        if monotonic() > deadline:
            message = f"the broker did not show the end of partition {at.partition} in time"
            raise TargetUnavailable(message)
    return last


def _seq(headers: Iterable[tuple[str, bytes]], feed: str) -> int:
    named = dict(headers)
    return int(named[SEQ_HEADER]) if named.get(FEED_HEADER) == feed.encode() and SEQ_HEADER in named else 0
