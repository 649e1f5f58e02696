"""The process that appends for a server may be killed at any moment, and ends when the server does."""

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from integration.crash.outcome import stored_statements
from integration.faults.under_load import SEED, statement, under_load
from support.processes import state_of
from support.served import Served
from support.waiting import eventually

KILLS = 8
REQUESTS = 12
CLIENTS = 4


def is_alive(pid: int) -> bool:
    """Tell whether a process is there and has not ended yet."""
    return state_of(pid) not in ("", "Z")


def writing(served: Served) -> int:
    """Return the process id of the process that appends, once it runs."""
    eventually(lambda: served.writing_pid() is not None, "the process that appends runs")
    pid = served.writing_pid()
    assert pid is not None
    return pid


def test_killed_again_and_again_it_costs_no_acknowledged_statement(served: Served) -> None:
    chance = random.Random(SEED)
    with under_load(served, failures=KILLS):
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.0, 0.6))
            os.kill(writing(served), signal.SIGKILL)
        time.sleep(0.5)
    assert served.running().printed().count("is started again") >= KILLS // 2


def test_no_client_gets_an_error_for_its_end(served: Served) -> None:
    chance = random.Random(SEED)
    sent = [[statement() for _ in range(20)] for _ in range(KILLS * REQUESTS)]

    def post(batch: list[dict[str, Any]]) -> int:
        return served.client.post("/xAPI/statements", json=batch).status_code

    with ThreadPoolExecutor(CLIENTS) as clients:
        for start in range(0, len(sent), REQUESTS):
            assert post(sent[start]) == httpx.codes.OK  # after a kill that came late, this starts the next one
            pid = writing(served)
            answers = clients.map(post, sent[start + 1 : start + REQUESTS])
            time.sleep(chance.uniform(0.0, 0.1))
            os.kill(pid, signal.SIGKILL)
            assert set(answers) == {httpx.codes.OK}
            eventually(lambda pid=pid: not is_alive(pid), "the one that was killed is gone")
    stored = {one["id"] for one in stored_statements(served)}
    assert stored == {one["id"] for batch in sent for one in batch}


def test_a_statement_is_stored_after_it_was_killed_while_nothing_was_sent(served: Served) -> None:
    first = writing(served)
    os.kill(first, signal.SIGKILL)
    eventually(lambda: not is_alive(first), "it is gone")
    assert served.client.post("/xAPI/statements", json=statement()).status_code == httpx.codes.OK
    assert writing(served) != first


def test_a_signal_that_asks_to_end_is_left_to_the_server(served: Served) -> None:
    pid = writing(served)
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(pid, number)
    assert served.client.post("/xAPI/statements", json=statement()).status_code == httpx.codes.OK
    assert served.writing_pid() == pid
    assert served.terminate() == 0
    assert not is_alive(pid)


def test_it_ends_with_a_server_that_was_killed(served: Served) -> None:
    pid = writing(served)
    os.kill(served.running().pid, signal.SIGKILL)
    eventually(lambda: not is_alive(pid), "it ended with the server")
