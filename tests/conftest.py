"""Shared fixtures: real servers, real statements. Whatever a test needs and cannot have is an error, never a skip."""

import contextlib
import os
from collections.abc import Callable, Generator, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from support import kafka, postgres
from support.corpus import statements_file
from support.served import Served

# Of each property a few examples with every run, always the same ones; thousands of others with ``make properties``.
_PATIENT = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("few", max_examples=40, deadline=None, derandomize=True, suppress_health_check=_PATIENT)
settings.register_profile("thousands", max_examples=3_000, deadline=None, suppress_health_check=_PATIENT)


def pytest_report_header() -> str:
    """Say which statements this run uses."""
    return f"statements: {statements_file().name}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what a server printed beside the failure of its test; in CI, let no skipped test pass for a good one."""
    report = yield
    if report.failed:
        report.sections += [(f"mastrail serve {server.url}", server.running().tail()) for server in servers_of(item)]
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where everything must run: {report.longrepr}"
    return report


def servers_of(item: pytest.Item) -> list[Served]:
    """Return the servers that the test was given and that ran."""
    given = getattr(item, "funcargs", {})
    found = [*given.get("servers", ()), *(value for value in given.values() if isinstance(value, Served))]
    return [server for server in dict.fromkeys(found) if server.process is not None]


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


@pytest.fixture(scope="session")
def mooc_statements() -> Path:
    """A file of real statements (gzip, one JSON object a line), in which the ids are unique."""
    return statements_file()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_name(request: pytest.FixtureRequest) -> str:
    """The kind of store. ``@pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)`` takes one only."""
    return str(request.param)


@pytest.fixture
def store_location(store_name: str, request: pytest.FixtureRequest) -> str:
    """Where an empty store of that kind can be: ``sqlite`` or the URL of a database."""
    return "sqlite" if store_name == "sqlite" else str(request.getfixturevalue("postgres_database_url"))


@pytest.fixture
def servers() -> Iterator[list[Served]]:
    """The servers that the test started; each is ended after it, and has to end well."""
    started: list[Served] = []
    yield started
    for server in started:
        server.close()


@pytest.fixture
def serve(servers: list[Served], store_location: str, tmp_path: Path) -> Callable[..., Served]:
    """Return a starter of servers: ``serve(kafka_bootstrap=..)`` serves a new store with these settings."""

    def start(**settings: str) -> Served:
        folder = tmp_path / f"server-{len(servers) + 1}"
        folder.mkdir()
        servers.append(Served(folder, store_location, settings))
        servers[-1].open()
        return servers[-1]

    return start


@pytest.fixture(scope="session")
def shared_stores(
    postgres_cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Served]]:
    """Return a finder of the run's one served store of a kind; each is started when it is first asked for."""
    with contextlib.ExitStack() as held:

        @cache
        def find(name: str) -> Served:
            location = "sqlite" if name == "sqlite" else held.enter_context(postgres_cluster.fresh_database())
            server = Served(tmp_path_factory.mktemp(f"shared-{name}"), location, {"cors_origins": "*"})
            held.callback(server.close)
            server.open()
            return server

        yield find


@pytest.fixture
def shared_served(shared_stores: Callable[[str], Served], store_name: str) -> Served:
    """A served store that other tests write to as well: for tests that ask only for what is theirs. Starts once."""
    return shared_stores(store_name)


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    """A served, empty store, once on SQLite and once on PostgreSQL."""
    return serve()
