"""Connections to PostgreSQL are lent while they work, made where they do not, and refused at once where none can be had."""

import socket
from collections.abc import Iterator

import psycopg
import pytest

from lrs.log.connections import Connections, conninfo
from lrs.log.faults import StoreUnavailable
from support.postgres import end_connections
from support.processes import free_port

MOST = 2


@pytest.fixture
def connections(postgres_database_url: str) -> Iterator[Connections]:
    made = Connections(conninfo(postgres_database_url, ""), most=MOST, wait_seconds=0.05)
    yield made
    made.close()


def server_process(connections: Connections) -> int:
    """Return which process of the server answers a user of the connections."""
    with connections.connection() as connection:
        return connection.info.backend_pid


def test_a_connection_that_was_given_back_is_lent_again(connections: Connections) -> None:
    assert server_process(connections) == server_process(connections)


def test_one_that_the_server_ended_meanwhile_is_not_lent(connections: Connections, postgres_database_url: str) -> None:
    before = server_process(connections)
    end_connections(postgres_database_url)
    with connections.connection() as connection:
        assert connection.execute("SELECT 1 AS one").fetchone() == {"one": 1}
        assert connection.info.backend_pid != before


def test_no_more_than_the_most_are_lent(connections: Connections) -> None:
    with (
        connections.connection(),
        connections.connection(),
        pytest.raises(StoreUnavailable, match="in use"),
        connections.connection(),
    ):
        pass
    assert server_process(connections) > 0


def test_one_in_a_broken_transaction_is_not_lent_again(connections: Connections) -> None:
    with connections.connection() as connection:
        before = connection.info.backend_pid
        connection.execute("BEGIN")
    assert server_process(connections) != before


def test_one_whose_statement_broke_a_rule_is_lent_again(connections: Connections) -> None:
    before = server_process(connections)
    with pytest.raises(psycopg.DataError), connections.connection() as connection:
        connection.execute("SELECT 1 / 0")
    assert server_process(connections) == before


def test_a_server_that_is_away_is_named_without_the_password() -> None:
    url = f"postgresql://mastrail:secret-word@127.0.0.1:{free_port()}/mastrail"
    with (
        pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1") as refused,
        Connections(conninfo(url, ""), most=MOST, wait_seconds=1).connection(),
    ):
        pass
    assert "secret-word" not in str(refused.value)


def test_a_server_that_does_not_answer_is_not_waited_for_by_everybody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://mastrail@127.0.0.1:{silent.getsockname()[1]}/mastrail?connect_timeout=2"
        made = Connections(conninfo(url, ""), most=MOST, wait_seconds=1)
        with pytest.raises(StoreUnavailable, match="cannot be reached"), made.connection():
            pass
        with pytest.raises(StoreUnavailable, match="a moment ago"), made.connection():
            pass


def test_what_is_closed_lends_nothing(connections: Connections) -> None:
    server_process(connections)
    connections.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        server_process(connections)
