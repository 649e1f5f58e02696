"""A disk that is full or cannot make writes durable, and a clock that steps back, under a served SQLite store."""

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest

from integration.crash.after import check_after
from integration.crash.outcome import stored_statements
from integration.faults.under_load import SEED, require_stored_ascends, statement, under_load
from support.faults import EVERYTHING, LOG, Faults
from support.served import Served


def post(served: Served, *statements: dict[str, Any]) -> httpx.Response:
    return served.client.post("/xAPI/statements", json=statements)


def stored_ids(served: Served) -> list[str]:
    return [one["id"] for one in stored_statements(served)]


def test_a_full_disk_stores_nothing_of_a_batch_and_goes_on_when_there_is_room(
    served_and_full: tuple[Served, Callable[[], AbstractContextManager[None]]],
) -> None:
    served, full = served_and_full
    answers: list[tuple[list[str], httpx.Response]] = []
    with full():
        while not answers or answers[-1][1].status_code == httpx.codes.OK:  # what is allotted already may be filled
            batch = [statement() for _ in range(200)]
            answers.append(([one["id"] for one in batch], post(served, *batch)))
        refused = answers[-1][1]
        assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert int(refused.headers["Retry-After"]) >= 1
        assert refused.json()["error"] == "StoreFull"
        taken = [one for ids, answer in answers if answer.status_code == httpx.codes.OK for one in ids]
        assert stored_ids(served) == taken
    after = statement()
    assert post(served, after).status_code == httpx.codes.OK
    assert post(served, *batch).status_code == httpx.codes.OK
    assert stored_ids(served) == [*taken, after["id"], *answers[-1][0]]
    assert check_after(served) == []


def test_what_could_not_be_made_durable_is_not_acknowledged_and_may_be_sent_again(
    served_with_faults: Served, faults: Faults
) -> None:
    served, before, batch = served_with_faults, statement(), [statement(), statement()]
    assert post(served, before).status_code == httpx.codes.OK
    with faults.failing_sync():
        refused = [post(served, *batch), post(served, *batch)]
        assert [one.status_code for one in refused] == [httpx.codes.SERVICE_UNAVAILABLE] * 2
        assert refused[0].json()["error"] == "OutcomeUnknown"
        assert served.client.get("/xAPI/statements").status_code == httpx.codes.OK
    assert post(served, *batch).status_code == httpx.codes.OK
    assert stored_ids(served) == [before["id"], *(one["id"] for one in batch)]
    assert "the store is read again before it is written" in served.running().printed()
    assert "it is written again" in served.running().printed()
    assert check_after(served) == []


@pytest.mark.parametrize("name", [LOG, EVERYTHING])
def test_a_disk_that_fails_now_and_then_costs_no_acknowledged_statement(
    served_with_faults: Served, faults: Faults, name: str
) -> None:
    chance = random.Random(SEED)
    with under_load(served_with_faults, failures=8):
        for _ in range(8):
            time.sleep(chance.uniform(0.0, 0.3))
            with chance.choice([faults.failing_sync, faults.full_disk])(name):
                time.sleep(chance.uniform(0.0, 0.3))
        time.sleep(0.5)


def test_stored_never_goes_back_with_the_clock(served_with_faults: Served, faults: Faults) -> None:
    require_stored_ascends(served_with_faults, faults)
