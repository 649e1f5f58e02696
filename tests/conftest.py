"""Shared fixtures: real servers, real statements. Whatever a test needs and cannot have is an error, never a skip."""

from collections.abc import Callable, Iterator

import pytest

from support import kafka, postgres


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[postgres.Cluster]:
    """A private PostgreSQL cluster with fsync on, for the whole run."""
    with postgres.running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres_url(postgres_cluster: postgres.Cluster) -> str:
    """The URL of the cluster's maintenance database."""
    return postgres_cluster.url()


@pytest.fixture
def postgres_database_url(postgres_cluster: postgres.Cluster) -> Iterator[str]:
    """The URL of a database that is new and empty, and the test's own."""
    with postgres_cluster.fresh_database() as url:
        yield url


@pytest.fixture(scope="session")
def kafka_bootstrap() -> Iterator[str]:
    """The bootstrap address of a Kafka broker, shared by the whole run: use a topic of your own."""
    with kafka.running_broker() as bootstrap:
        yield bootstrap


@pytest.fixture
def own_kafka_bootstrap() -> Iterator[str]:
    """The bootstrap address of a broker that is new and empty, and the test's own."""
    with kafka.new_broker() as bootstrap:
        yield bootstrap


@pytest.fixture
def kafka_topic(kafka_bootstrap: str) -> Callable[..., str]:
    """Return a maker of topics: ``kafka_topic(partitions=3)`` creates one on the shared broker and returns its name."""

    def make(partitions: int = 1) -> str:
        return kafka.make_topic(kafka_bootstrap, partitions)

    return make
