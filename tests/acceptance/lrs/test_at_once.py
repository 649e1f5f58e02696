"""What holds while many clients write and read at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urljoin
from uuid import uuid4

import pytest

Make = Callable[..., dict]
CONSISTENT_THROUGH = "x-experience-api-consistent-through"


@pytest.fixture(params=["sqlite", "postgresql"])
def lrs(request: pytest.FixtureRequest, serve: Callable) -> Any:
    if request.param == "sqlite":
        return serve()
    return serve(location=request.getfixturevalue("postgres_database_url"))


def post_each(lrs: Any, statements: list[dict]) -> list[int]:
    def post(statement: dict) -> int:
        with lrs.client() as http:
            return http.post("statements", json=statement).status_code

    with ThreadPoolExecutor(8) as clients:
        return list(clients.map(post, statements))


def everything(lrs: Any, **params: str) -> list[dict]:
    found: list[dict] = []
    with lrs.client() as http:
        answer = http.get("statements", params=params).json()
        while True:
            found += answer["statements"]
            if not answer["more"]:
                return found
            answer = http.get(urljoin(lrs.url, answer["more"])).json()


def test_the_same_statement_sent_by_many_is_stored_once_and_everybody_succeeds(lrs: Any, statement: Make):
    sent = statement(id=str(uuid4()))
    assert post_each(lrs, [sent] * 16) == [200] * 16
    assert [found["id"] for found in everything(lrs)] == [sent["id"]]


def test_of_different_statements_under_one_id_one_wins_and_the_others_are_told(lrs: Any, statement: Make):
    statement_id = str(uuid4())
    rivals = [statement(id=statement_id, verb={"id": f"http://example.com/{number}"}) for number in range(8)]
    answers = post_each(lrs, rivals)
    assert sorted(answers) == [200] + [409] * 7
    (winner,) = everything(lrs)
    assert winner["verb"] == rivals[answers.index(200)]["verb"]


def test_who_reads_up_to_what_was_promised_misses_nothing(lrs: Any, statement: Make):
    batches = [[statement(id=str(uuid4())) for _ in range(3)] for _ in range(60)]
    seen: list[str] = []
    with ThreadPoolExecutor(4) as writers, lrs.client() as http:

        def post(batch: list[dict]) -> int:
            return http.post("statements", json=batch).status_code

        posted = [writers.submit(post, batch) for batch in batches]
        since = "2000-01-01T00:00:00Z"
        done = False
        while not done:
            done = all(future.done() for future in posted)
            until = http.get("statements", params={"limit": "1"}).headers[CONSISTENT_THROUGH]
            seen += [found["id"] for found in everything(lrs, since=since, until=until, ascending="true")]
            since = until
        assert {future.result() for future in posted} == {200}
    assert sorted(seen) == sorted(sent["id"] for batch in batches for sent in batch)
