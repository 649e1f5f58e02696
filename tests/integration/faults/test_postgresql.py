"""PostgreSQL ends connections, restarts, or is away while statements come in: nothing is lost, nothing is refused wrongly."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from integration.crash.after import check_after
from integration.faults.under_load import CLIENTS, SEED, under_load
from support.folded import wait_until_folded
from support.postgres import OwnServer, end_connections, own_server
from support.served import Served
from support.waiting import eventually

STATEMENT = {
    "actor": {"mbox": "mailto:maya@signals.example"},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/scored"},
    "object": {"id": "https://signals.example/activities/text"},
}


@pytest.fixture
def database_server() -> Iterator[OwnServer]:
    with own_server() as server:
        yield server


@pytest.fixture
def served_alone(database_server: OwnServer, servers: list[Served], tmp_path: Path) -> Served:
    """A store on a database server of its own, which the test may stop."""
    servers.append(Served(tmp_path, database_server.cluster.url(), {}))
    servers[0].open()
    return servers[0]


@pytest.mark.parametrize("store_name", ["postgresql"], indirect=True)
def test_connections_that_end_at_any_moment_cost_no_statement_and_no_false_conflict(served: Served) -> None:
    chance = random.Random(SEED)
    with under_load(served, failures=20):
        for _ in range(20):
            time.sleep(chance.uniform(0.0, 0.2))
            end_connections(served.store)


def test_a_restart_of_the_database_costs_no_statement_and_no_restart_of_ours(
    served_alone: Served, database_server: OwnServer
) -> None:
    chance = random.Random(SEED)
    with under_load(served_alone, failures=4) as ingest:
        for _ in range(4):
            time.sleep(chance.uniform(0.1, 0.6))
            database_server.stop_at_once()
            time.sleep(chance.uniform(0.0, 0.6))
            database_server.start()
        before = ingest.acknowledged
        eventually(lambda: ingest.acknowledged > before + CLIENTS, "batches are acknowledged after the last restart")


def test_without_the_database_requests_are_told_to_come_back_and_with_it_all_goes_on(
    served_alone: Served, database_server: OwnServer
) -> None:
    client = served_alone.client
    assert client.post("/xAPI/statements", json=STATEMENT).status_code == httpx.codes.OK
    database_server.stop_at_once()
    asked = [
        client.post("/xAPI/statements", json=STATEMENT),
        client.get("/xAPI/statements"),
        client.get("/api/v1/mastery-events"),
        client.get("/health/ready"),
    ]
    assert [answer.status_code for answer in asked] == [httpx.codes.SERVICE_UNAVAILABLE] * 4
    assert [answer.headers["Retry-After"] for answer in asked[:3]] == ["1"] * 3
    database_server.start()
    assert client.get("/health/ready").status_code == httpx.codes.OK
    assert client.post("/xAPI/statements", json=STATEMENT).status_code == httpx.codes.OK
    assert len(client.get("/xAPI/statements").json()["statements"]) == 2
    assert check_after(served_alone) == []


@pytest.mark.parametrize("store_name", ["postgresql"], indirect=True)
def test_a_request_after_the_end_of_every_idle_connection_is_answered(served: Served) -> None:
    state = {
        "activityId": "https://signals.example/activities/text",
        "agent": '{"mbox":"mailto:maya@signals.example"}',
        "stateId": "place",
    }
    wait_until_folded(served)
    for number in range(3):
        end_connections(served.store)
        assert served.client.get("/xAPI/statements").status_code == httpx.codes.OK
        end_connections(served.store)
        assert served.client.post("/xAPI/statements", json=STATEMENT).status_code == httpx.codes.OK
        end_connections(served.store)
        put = served.client.put("/xAPI/activities/state", params=state, content=f"{number}".encode())
        assert put.status_code == httpx.codes.NO_CONTENT
        end_connections(served.store)
        assert served.client.get("/api/v1/projection").status_code == httpx.codes.OK
