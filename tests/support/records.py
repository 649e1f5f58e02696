"""What is in Kafka topics, read to the end as any consumer reads it."""

import time
from collections.abc import Sequence

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

_QUIET_POLLS = 2
_MOST_SECONDS = 120.0


def read_records(bootstrap: str, *topics: str, least: int = 0) -> list[ConsumerRecord]:
    """Return every record of the topics, each partition in its order; waits for ``least``, then until no more come."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False)
    try:
        consumer.assign(
            [
                TopicPartition(topic, number)
                for topic in topics
                for number in sorted(consumer.partitions_for_topic(topic) or ())
            ]
        )
        consumer.seek_to_beginning()
        return _until_quiet(consumer, least)
    finally:
        consumer.close()


def _until_quiet(consumer: KafkaConsumer, least: int) -> list[ConsumerRecord]:
    found: list[ConsumerRecord] = []
    quiet, deadline = 0, time.monotonic() + _MOST_SECONDS
    while (quiet < _QUIET_POLLS or len(found) < least) and time.monotonic() < deadline:
        polled = [record for records in consumer.poll(timeout_ms=1_000).values() for record in records]
        quiet = 0 if polled else quiet + 1
        found += polled
    return found


def held(records: Sequence[ConsumerRecord]) -> dict[str, bytes]:
    """Return the table that a compacted topic is: the last value of each key, nothing of what ended without one."""
    table: dict[str, bytes] = {}
    for record in records:
        if record.value is None:
            table.pop(record.key.decode(), None)
        else:
            table[record.key.decode()] = record.value
    return table
