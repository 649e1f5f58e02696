"""The ground that other tests stand on is what they take it for."""

from collections.abc import Callable

import psycopg
from kafka import KafkaConsumer, KafkaProducer, TopicPartition


def setting(url: str, name: str) -> str:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert found is not None
    return str(found[0])


def test_postgres_is_durable(postgres_url: str) -> None:
    assert {name: setting(postgres_url, name) for name in ("fsync", "full_page_writes", "synchronous_commit")} == {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
    }


def test_postgres_listens_on_loopback_and_wants_a_password(postgres_url: str) -> None:
    assert setting(postgres_url, "listen_addresses") == "127.0.0.1"
    assert setting(postgres_url, "password_encryption") == "scram-sha-256"
    refused = ""
    try:
        psycopg.connect(postgres_url, password="not the password").close()
    except psycopg.OperationalError as error:
        refused = str(error)
    assert "password authentication failed" in refused


def test_a_fresh_database_is_empty(postgres_database_url: str) -> None:
    with psycopg.connect(postgres_database_url) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (0,)


def test_what_is_sent_to_the_broker_is_read_back_in_order(
    kafka_bootstrap: str, kafka_topic: Callable[..., str]
) -> None:
    topic = kafka_topic(partitions=1)
    producer = KafkaProducer(bootstrap_servers=kafka_bootstrap, acks="all", enable_idempotence=True)
    for number in range(50):
        producer.send(topic, key=b"person", value=b"%d" % number)
    producer.flush()
    producer.close()
    consumer = KafkaConsumer(bootstrap_servers=kafka_bootstrap, enable_auto_commit=False, consumer_timeout_ms=60_000)
    consumer.assign([TopicPartition(topic, 0)])
    consumer.seek_to_beginning()
    values: list[bytes] = []
    for record in consumer:
        values.append(record.value)
        if len(values) == 50:
            break
    consumer.close()
    assert values == [b"%d" % number for number in range(50)]
