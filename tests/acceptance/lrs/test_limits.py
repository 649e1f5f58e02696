import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import httpx
import pytest

from lrs.ingest.writer import Writer
from lrs.log.entry import NewEntry
from lrs.log.faults import StoreUnavailable
from lrs.log.store import Store

Make = Callable[..., dict]
JSON = {"Content-Type": "application/json"}


class Behind:
    """A store whose appends go through a function, as if its disk were slow or full."""

    def __init__(self, store: Store, appending: Callable[[], None]) -> None:
        self._store = store
        self._appending = appending

    def make_ready(self, entries: Sequence[NewEntry]) -> Any:
        return self._store.make_ready(entries)

    def append_ready(self, groups: Sequence[Any], meanwhile: Callable[[], None]) -> Any:
        meanwhile()
        self._appending()
        return self._store.append_ready(groups)


def test_a_body_over_the_limit_is_refused_before_it_is_read(serve: Callable):
    lrs = serve(max_body_bytes=2000)
    with lrs.client() as http:
        refused = http.post("statements", content=b"[" + b" " * 3000 + b"]", headers=JSON)
        assert refused.status_code == 413
        assert refused.json()["error"] == "TooLarge"
        assert "x-experience-api-consistent-through" in refused.headers
        assert http.post("statements", content=b"[" + b" " * 1000 + b"]", headers=JSON).status_code == 200


def test_a_body_of_unknown_length_is_refused_at_the_limit(serve: Callable):
    lrs = serve(max_body_bytes=2000)

    def endless() -> Any:
        for _ in range(10):
            yield b" " * 1000

    with lrs.client() as http:
        assert http.post("statements", content=endless(), headers=JSON).status_code == 413
        params = {"activityId": "http://example.com/x", "agent": '{"mbox":"mailto:a@example.com"}', "stateId": "s"}
        assert http.put("activities/state", params=params, content=endless()).status_code == 413
        assert http.get("activities/state", params=params).status_code == 404


def test_a_search_over_its_time_is_stopped_and_says_what_to_do(serve: Callable, statement: Make):
    lrs = serve(query_seconds=0.0001, max_page_statements=10_000)
    with lrs.client() as http:
        for _ in range(6):
            http.post("statements", json=[statement() for _ in range(500)]).raise_for_status()
        stopped = http.get("statements", params={"limit": "3000"})
        assert stopped.status_code == 503
        assert stopped.json()["error"] == "QueryTimeout"
        assert "ask for less" in stopped.json()["message"]


def test_a_batch_with_too_many_statements_is_refused(serve: Callable, statement: Make):
    lrs = serve(max_statements=2)
    with lrs.client() as http:
        assert http.post("statements", json=[statement()] * 3).status_code == 413
        assert http.post("statements", json=[statement()] * 2).status_code == 200


def test_a_store_that_cannot_write_says_come_back_and_stores_nothing(serve: Callable, statement: Make):
    def full() -> None:
        raise StoreUnavailable("no space left on device")

    lrs = serve(writer=lambda store: Writer(Behind(store, full)))
    with lrs.client() as http:
        refused = http.post("statements", json=statement())
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["error"] == "StoreUnavailable"
        assert "space" not in refused.text
        assert http.get("statements").json()["statements"] == []


def test_a_full_queue_says_come_back_and_what_was_taken_is_stored(serve: Callable, statement: Make):
    writing, may_write = threading.Event(), threading.Event()

    def slow() -> None:
        writing.set()
        may_write.wait(60)

    lrs = serve(writer=lambda store: Writer(Behind(store, slow), max_queue=2))

    def post() -> httpx.Response:
        with lrs.client() as http:
            return http.post("statements", json=statement())

    with ThreadPoolExecutor(8) as clients:
        first = clients.submit(post)
        assert writing.wait(60)
        others = [clients.submit(post) for _ in range(7)]
        refused = [answer.result() for _, answer in zip(range(5), as_completed(others), strict=False)]
        may_write.set()
        taken = [first.result(), *(answer.result() for answer in others if answer.result() not in refused)]
    assert {answer.status_code for answer in refused} == {503}
    assert all(answer.json()["error"] == "Overloaded" and "retry-after" in answer.headers for answer in refused)
    assert [answer.status_code for answer in taken] == [200] * 3
    with lrs.client() as http:
        assert len(http.get("statements").json()["statements"]) == 3


def test_an_unforeseen_error_is_said_without_its_cause(serve: Callable, statement: Make):
    def broken() -> None:
        raise RuntimeError("mailto:ada@example.com")

    lrs = serve(writer=lambda store: Writer(Behind(store, broken)))
    with lrs.client() as http:
        failed = http.post("statements", json=statement())
    assert failed.status_code == 500
    assert failed.json()["error"] == "InternalError"
    assert "ada" not in failed.text
    assert "Traceback" not in failed.text
    assert failed.headers["x-experience-api-version"] == "1.0.3"


def test_a_client_that_leaves_in_the_middle_of_its_body_stores_nothing(lrs: Any, http: httpx.Client):
    host, port = lrs.url.removeprefix("http://").split(":")
    head = f"POST /xAPI/statements HTTP/1.1\r\nHost: x\r\nAuthorization: {lrs.authorization}\r\n"
    head += "X-Experience-API-Version: 1.0.3\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n["
    with socket.create_connection((host, int(port))) as leaving:
        leaving.sendall(head.encode())
    assert http.get("statements").json()["statements"] == []


@pytest.mark.parametrize("length", ["-1", "x", "1e3"])
def test_a_length_that_is_no_number_does_no_harm(lrs: Any, http: httpx.Client, length: str):
    host, port = lrs.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as odd:
        odd.sendall(f"POST /xAPI/statements HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        assert b" 400 " in odd.recv(100)
    assert http.get("statements").status_code == 200


def test_health_tells_alive_and_ready(lrs: Any):
    with lrs.client(version=None, authorization=None) as client:
        assert client.get(f"{lrs.url}/health/live").json() == {"status": "live"}
        assert client.get(f"{lrs.url}/health/ready").json() == {"status": "ready"}


def test_metrics_count_requests_statements_and_refusals_without_naming_a_person(
    lrs: Any, http: httpx.Client, statement: Make
):
    http.post("statements", json=[statement(), statement()])
    http.post("statements", json=statement(actor={"mbox": "mailto:eve@example.com", "x": 1}))
    http.get(f"{lrs.url}/xAPI/ada@example.com")
    page = http.get(f"{lrs.url}/metrics").text
    assert "mastrail_statements_stored_total 2.0" in page
    assert 'mastrail_requests_total{method="POST",resource="statements",status="200"} 1.0' in page
    assert 'mastrail_refused_requests_total{credential="course",refusal="InvalidStatement"} 1.0' in page
    assert "example.com" not in page
