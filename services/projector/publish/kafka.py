"""The feed in a Kafka topic: CloudEvents 1.0 in structured mode, keyed by person, each record once."""

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
    client_settings,
    ensure_topic,
    last_seqs,
    require_reachable,
)
from projector.publish.target import TargetUnavailable
from projector.publish.topics import MASTERY_TOPIC
from projector.store.projection import FeedEvent

CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"
_DELIVERY_SECONDS = 2 * REQUEST_SECONDS
_SEND_SECONDS = _DELIVERY_SECONDS + 5.0


class _Keyed(msgspec.Struct):
    partitionkey: str


_key_of = msgspec.json.Decoder(_Keyed).decode


class KafkaTarget:
    """A topic of the brokers at ``bootstrap``; made with ``partitions`` when it is not there.

    The producer is idempotent and waits for all in-sync replicas. The partition follows from the key as in Java's
    default partitioner, so that a person's events stay in order. Of the feed it gets what it ``takes``, by type.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        topic: str = MASTERY_TOPIC,
        partitions: int = 6,
        takes: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.name = f"kafka:{topic}"
        self._bootstrap = bootstrap
        self._topic = topic
        self._partitions = partitions
        self._takes = takes
        self._producer: KafkaProducer | None = None
        self._feed = ""
        self._last: dict[int, int] = {}

    def open(self, feed: str) -> None:
        """Connect and read where each partition ends."""
        require_reachable(self._bootstrap)
        try:
            ensure_topic(self._bootstrap, self._topic, self._partitions)
            self._last = last_seqs(self._bootstrap, self._topic, feed)
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

    def send(self, events: Sequence[FeedEvent]) -> int:
        """Send those events that their partition does not have yet, and wait until all are acknowledged."""
        producer = self._producer
        if producer is None:
            raise TargetUnavailable("the topic is not open")
        try:
            pending = [
                self._send(producer, event) for event in events if self._takes(event.type) and not self._has(event)
            ]
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

    def _send(self, producer: KafkaProducer, event: FeedEvent) -> Any:
        key = _key_of(event.body).partitionkey.encode()
        headers = [
            ("content-type", CONTENT_TYPE.encode()),
            (FEED_HEADER, self._feed.encode()),
            (SEQ_HEADER, str(event.seq).encode()),
        ]
        return producer.send(self._topic, value=event.body, key=key, headers=headers, partition=self._partition(key))

    def _has(self, event: FeedEvent) -> bool:
        key = _key_of(event.body).partitionkey.encode()
        return event.seq <= self._last[self._partition(key)]

    def _partition(self, key: bytes) -> int:
        return int(murmur2(key) & 0x7FFFFFFF) % len(self._last)


def _unavailable(error: Exception) -> TargetUnavailable:
    return TargetUnavailable(f"Kafka did not answer as expected: {type(error).__name__}")
