"""Kafka topics: CloudEvents 1.0, keyed, those of one person in order, each once but for what compaction takes over."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError
from kafka.partitioner.default import murmur2

from projector.publish.broker import (
    FEED_HEADER,
    REQUEST_SECONDS,
    SEQ_HEADER,
    Last,
    client_settings,
    ensure_topic,
    require_reachable,
    topic_ends,
)
from projector.publish.record import Record, structured
from projector.publish.target import IdAt, TargetUnavailable
from projector.publish.topics import MASTERY_TOPIC
from projector.store.projection import FeedEvent

logger = logging.getLogger(__name__)

_DELIVERY_SECONDS = 2 * REQUEST_SECONDS
_SEND_SECONDS = _DELIVERY_SECONDS + 5.0


class _Event(msgspec.Struct):
    id: str
    partitionkey: str


_event = msgspec.json.Decoder(_Event).decode


class KafkaTopic:
    """A topic of the brokers at ``bootstrap``, which takes records; made with ``partitions`` when it is not there.

    The producer is idempotent and waits for all in-sync replicas. The partition follows from what stays together as in
    Java's default partitioner from the key. What a partition has already is left out, but not from a ``compacted``
    topic: there a number says nothing, since the last record of a key is the one that counts.
    """

    def __init__(self, bootstrap: str, *, topic: str, partitions: int = 6, compacted: bool = False) -> None:
        self.name = f"kafka:{topic}"
        self._bootstrap = bootstrap
        self._topic = topic
        self._partitions = partitions
        self._compacted = compacted
        self._producer: KafkaProducer | None = None
        self._feed = ""
        self._has_up_to: dict[int, int] = {}
        self.was_empty = True
        """Whether there was nothing in the topic when it was opened."""

    def open(self, feed: str, id_at: IdAt) -> None:
        """Connect and read where each partition ends; one that ends with something else has nothing of ours."""
        require_reachable(self._bootstrap)
        try:
            ensure_topic(self._bootstrap, self._topic, self._partitions, compacted=self._compacted)
            ends = topic_ends(self._bootstrap, self._topic, feed)
            self.was_empty = ends.is_empty
            self._has_up_to = {number: self._up_to(last, id_at) for number, last in ends.last.items()}
            self._producer = KafkaProducer(
                **client_settings(self._bootstrap),
                acks="all",
                enable_idempotence=True,
                linger_ms=5,
                delivery_timeout_ms=_DELIVERY_SECONDS * 1000,
            )
        except (KafkaError, OSError) as error:
            raise _unavailable(error) from error
        self._feed = feed

    def send(self, events: Sequence[Record]) -> int:
        """Send those records that their partition does not have yet, and wait until all are acknowledged."""
        producer = self._producer
        if producer is None:
            raise TargetUnavailable("the topic is not open")
        try:
            pending = [self._send(producer, record) for record in events if not self._has(record)]
            producer.flush(timeout=_SEND_SECONDS)
            for sent in pending:
                sent.get(timeout=_SEND_SECONDS)
        except (KafkaError, OSError) as error:
            raise _unavailable(error) from error
        return len(pending)

    def close(self) -> None:
        """Give the connection up once nothing is on its way any more: acknowledged, or past its delivery time.

        A producer that still retried beside its successor could send what the successor has sent already.
        """
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError):
                producer.close(timeout=_SEND_SECONDS)

    def _send(self, producer: KafkaProducer, record: Record) -> Any:
        numbered = [(FEED_HEADER, self._feed.encode()), (SEQ_HEADER, str(record.seq).encode())]
        return producer.send(
            self._topic,
            value=record.value,
            key=record.key,
            headers=[*record.headers, *numbered],
            partition=self._partition(record),
        )

    def _up_to(self, last: Last, id_at: IdAt) -> int:
        if self._compacted or not last.seq:
            return 0
        if _event(last.value).id == id_at(last.seq):
            return last.seq
        facts = {"topic": self._topic, "seq": last.seq}
        logger.warning("a topic has what the log does not: all that was not acknowledged is sent to it", extra=facts)
        return 0

    def _has(self, record: Record) -> bool:
        return record.seq <= self._has_up_to[self._partition(record)]

    def _partition(self, record: Record) -> int:
        return int(murmur2(record.together) & 0x7FFFFFFF) % len(self._has_up_to)


class KafkaTarget:
    """A topic that gets of the feed what it ``takes``, by type: each event whole, keyed by its ``partitionkey``."""

    def __init__(
        self,
        bootstrap: str,
        *,
        topic: str = MASTERY_TOPIC,
        partitions: int = 6,
        takes: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._topic = KafkaTopic(bootstrap, topic=topic, partitions=partitions)
        self._takes = takes
        self.name = self._topic.name

    def open(self, feed: str, id_at: IdAt) -> None:
        """Connect and read where each partition ends."""
        self._topic.open(feed, id_at)

    def send(self, events: Sequence[FeedEvent]) -> int:
        """Send those events that their partition does not have yet, and wait until all are acknowledged."""
        taken = (event for event in events if self._takes(event.type))
        return self._topic.send([structured(event.seq, _event(event.body).partitionkey, event.body) for event in taken])

    def close(self) -> None:
        """Give the connection up; see ``KafkaTopic.close``."""
        self._topic.close()


def _unavailable(error: Exception) -> TargetUnavailable:
    return TargetUnavailable(f"Kafka did not answer as expected: {type(error).__name__}")
