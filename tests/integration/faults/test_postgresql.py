"""PostgreSQL ends connections, restarts, or is away while statements come in: nothing is lost, nothing is refused wrongly."""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest

from integration.crash.after import check_after
from integration.faults.under_load import CLIENTS, SEED, require_stored_ascends, statement, under_load
from mastrail.server import EXIT_FORCED
from support.cutting import CuttingProxy
from support.faults import Faults
from support.folded import wait_until_folded, wait_until_signed
from support.postgres import OwnServer, end_connections, own_server
from support.served import XAPI_VERSION, Served
from support.waiting import eventually

PAGE_BYTES = 8192
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


def test_commits_whose_answers_are_lost_cost_no_statement_and_no_false_conflict(
    postgres_database_url: str, servers: list[Served], tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    with closing(CuttingProxy(postgres_database_url)) as proxy:
        servers.append(Served(tmp_path, proxy.url, {}))
        servers[0].open()
        with under_load(servers[0], failures=30):
            for _ in range(30):
                time.sleep(chance.uniform(0.0, 0.2))
                proxy.arm(chance.random() < 0.7)
            eventually(lambda: proxy.cut == 30, "each cut was made")


def test_a_database_that_stands_still_is_not_waited_for_without_end(
    served_alone: Served, database_server: OwnServer
) -> None:
    sent = {**STATEMENT, "id": str(uuid4())}
    with httpx.Client(base_url=served_alone.url, auth=served_alone.client.auth, timeout=120) as client:
        client.headers.update(XAPI_VERSION)
        assert client.post("/xAPI/statements", json=STATEMENT).status_code == httpx.codes.OK
        wait_until_folded(served_alone)
        database_server.stand_still()
        asked = [client.get("/health/ready"), client.get("/xAPI/statements")]
        asked.append(client.post("/xAPI/statements", json=sent))
        assert [answer.status_code for answer in asked] == [httpx.codes.SERVICE_UNAVAILABLE] * 3
        assert [int(answer.headers["Retry-After"]) for answer in asked[1:]] == [1, 1]
        assert client.get("/health/live").status_code == httpx.codes.OK
        database_server.go_on()
        eventually(lambda: client.get("/health/ready").status_code == httpx.codes.OK, "it is ready again")
        assert client.post("/xAPI/statements", json=sent).json() == [sent["id"]]
        assert len(client.get("/xAPI/statements").json()["statements"]) == 2
    assert check_after(served_alone) == []


@pytest.mark.slow
def test_a_server_ends_though_its_database_stands_still(
    database_server: OwnServer, servers: list[Served], tmp_path: Path
) -> None:
    served = Served(tmp_path, database_server.cluster.url(), {"drain_seconds": "1"})
    servers.append(served)
    served.open()
    with ThreadPoolExecutor(1) as waiting:
        wait_until_folded(served)
        database_server.stand_still()
        sent = waiting.submit(
            httpx.post, f"{served.url}/xAPI/statements", json=STATEMENT, auth=served.client.auth, headers=XAPI_VERSION
        )
        with pytest.raises(httpx.ReadTimeout):
            sent.result()
        forced = served.running().stop(seconds=120) == EXIT_FORCED
    assert forced == ("the store did not let go in time" in served.running().printed())
    database_server.go_on()
    served.start()
    assert served.client.post("/xAPI/statements", json=STATEMENT).status_code == httpx.codes.OK
    assert check_after(served) == []


def test_a_destroyed_page_of_the_database_is_told_and_the_store_no_longer_written(
    served_alone: Served, database_server: OwnServer
) -> None:
    sent = [statement() for _ in range(600)]
    for start in range(0, len(sent), 100):
        served_alone.client.post("/xAPI/statements", json=sent[start : start + 100]).raise_for_status()
    wait_until_folded(served_alone)
    wait_until_signed(served_alone)
    assert served_alone.terminate() == 0
    destroy_page(database_server, "mastrail_default.stored_events", 4)
    served_alone.start()
    read = {one["id"]: served_alone.client.get("/xAPI/statements", params={"statementId": one["id"]}) for one in sent}
    codes = Counter(answer.status_code for answer in read.values())
    assert set(codes) == {httpx.codes.OK, httpx.codes.INTERNAL_SERVER_ERROR}
    assert codes[httpx.codes.OK] > codes[httpx.codes.INTERNAL_SERVER_ERROR]
    assert {answer.json()["error"] for answer in read.values() if answer.is_error} == {"StoreDamaged"}
    refused = served_alone.client.post("/xAPI/statements", json=statement())
    assert (refused.status_code, refused.json()["error"]) == (httpx.codes.SERVICE_UNAVAILABLE, "StoreReadOnly")
    assert served_alone.client.get("/health/ready").json() == {"status": "read-only"}
    assert served_alone.running().printed().count("the store is damaged and from now on only read") == 1


def destroy_page(server: OwnServer, table: str, number: int) -> None:
    """Overwrite a page of a table while the server is down."""
    with psycopg.connect(server.cluster.url()) as connection:
        row = connection.execute("SELECT pg_relation_filepath(%s::regclass)", [table]).fetchone()
        connection.execute("CHECKPOINT")
    assert row is not None
    server.stop_in_order()
    with (server.data_dir / row[0]).open("r+b") as file:
        file.seek(number * PAGE_BYTES)
        file.write(b"\xa5" * PAGE_BYTES)
    server.start()


def test_stored_never_goes_back_with_the_clock_of_the_database(servers: list[Served], tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        faults = Faults(Path(folder), tmp_path)
        for path in (Path(folder), *Path(folder).iterdir()):
            path.chmod(0o755)  # the database server runs as somebody else
        with own_server(faults.environment) as server:
            served = Served(tmp_path, server.cluster.url(), {})
            servers.append(served)
            served.open()
            require_stored_ascends(served, faults)
            served.close()
