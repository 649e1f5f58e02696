"""One command serves everything, says so once, ends in order, and leaves no process behind."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from acceptance.cli.commanding import EXAMPLES, sample
from support.processes import Process, free_port
from support.served import Served, environment_with, mastrail_command
from support.waiting import eventually

pytestmark = pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)
SECONDS = 60


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text(encoding="utf-8")


def child_of(server: Served) -> int:
    found: list[int] = []

    def look() -> bool:
        pid = server.projector_pid()
        found.extend([pid] if pid else [])
        return bool(found)

    eventually(look, "a projector runs")
    return found[0]


def test_the_ready_line_is_printed_once_and_names_store_and_data(shared_served: Served) -> None:
    assert shared_served.process is not None
    (line,) = [line for line in shared_served.process.printed().splitlines() if not line.startswith("{")]
    assert line == f"Mastrail ready at {shared_served.url}/xAPI/ (store: sqlite, data: {shared_served.data_dir})"


def test_sigterm_ends_server_and_projector_with_exit_code_0(served: Served) -> None:
    pid = child_of(served)
    assert served.terminate() == 0
    assert not is_alive(pid)


def test_the_projector_ends_when_its_server_is_killed(served: Served) -> None:
    pid = child_of(served)
    assert served.process is not None
    os.kill(served.process.pid, signal.SIGKILL)
    eventually(lambda: not is_alive(pid), "the projector ended")


def test_a_projector_that_was_killed_is_started_again(served: Served) -> None:
    first = child_of(served)
    os.kill(first, signal.SIGKILL)
    eventually(lambda: served.projector_pid() not in (None, first), "another projector runs")
    served.command("frameworks", "publish", str(EXAMPLES / "framework.yaml"))
    eventually(lambda: served.client.get("/api/v1/projection").json().get("lag") == 0, "it folds")


def test_a_projector_that_its_server_never_lets_begin_ends_and_has_touched_nothing(served: Served) -> None:
    folder = served.data_dir.parent / "untouched"
    command = [mastrail_command(), "projector", "--with-parent", "--data-dir", str(folder)]
    ended = subprocess.run(command, input=b"", timeout=SECONDS, check=False, capture_output=True)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert not folder.exists()


def test_a_second_server_on_the_same_data_is_refused(shared_served: Served) -> None:
    folder = shared_served.folder / "second"
    folder.mkdir()
    environment = environment_with({"data_dir": str(shared_served.data_dir), "port": str(free_port())})
    second = Process([mastrail_command(), "serve"], folder / "serve.log", environment)
    eventually(lambda: second.exit_code() is not None, "the second server ended")
    assert second.exit_code() == 2
    assert "another server" in second.printed()
    assert "Traceback" not in second.printed()


def test_a_port_that_is_taken_is_named(shared_served: Served) -> None:
    environment = environment_with({"data_dir": str(shared_served.folder / "other"), "port": str(shared_served.port)})
    second = Process([mastrail_command(), "serve"], shared_served.folder / "other.log", environment)
    eventually(lambda: second.exit_code() is not None, "the second server ended")
    assert second.exit_code() == 2
    assert f"port {shared_served.port}" in second.printed()


def test_keys_made_and_revoked_while_it_runs_hold_at_once(shared_served: Served) -> None:
    key, secret = shared_served.new_credentials("late", "statements/read")
    ask = httpx.Client(
        base_url=shared_served.url, auth=(key, secret), headers={"X-Experience-API-Version": "1.0.3"}, timeout=60
    )
    with ask:
        assert ask.get("/xAPI/statements").status_code == 200
        assert ask.get("/api/v1/mastery-events").status_code == 403
        shared_served.command("keys", "revoke", key)
        eventually(lambda: ask.get("/xAPI/statements").status_code == 401, "the key is refused")


def test_statements_become_states_events_and_proofs(shared_served: Served) -> None:
    for words in (("frameworks", "publish", "framework.yaml"), ("policies", "activate", "policy-lockout.yaml")):
        shared_served.command(*words[:2], str(EXAMPLES / words[2]))
    assert shared_served.client.post("/xAPI/statements", json=sample()).status_code == 200
    eventually(lambda: shared_served.client.get("/api/v1/projection").json().get("lag") == 0, "all is folded")
    agent = json.dumps({"mbox": "mailto:bo@workshop.example"})
    (person,) = shared_served.client.get("/api/v1/people", params={"agent": agent}).json()["people"]
    (state,) = shared_served.client.get(f"/api/v1/people/{person['personId']}/competencies").json()["states"]
    assert state["body"]["status"] == "not_started"
    events = shared_served.client.get("/api/v1/mastery-events", params={"limit": 1000}).json()["events"]
    assert [e["type"] for e in events if e["data"]["personId"] == person["personId"]][
        -1
    ] == "mastrail.mastery.revoked.v1"
    proof = {"statementId": sample()[-1]["id"]}
    eventually(lambda: shared_served.client.get("/log/proof", params=proof).status_code == 200, "there is a proof")


def test_the_public_log_and_health_need_no_key_and_everything_else_does(shared_served: Served) -> None:
    eventually(lambda: httpx.get(f"{shared_served.url}/log/checkpoint").status_code == 200, "a checkpoint is there")
    assert httpx.get(f"{shared_served.url}/health/ready").status_code == 200
    for path in ("/xAPI/statements", "/api/v1/people", "/api/v1/mastery-events", "/api/v1/projection", "/log/proof"):
        answer = httpx.get(shared_served.url + path, headers={"X-Experience-API-Version": "1.0.3"})
        assert (path, answer.status_code) == (path, 401)
        assert answer.json()["error"]


@pytest.fixture
def demonstration(tmp_path: Path, store_name: str) -> Iterator[Callable[[], Process]]:
    """Start ``mastrail demo`` on the same folder each time."""
    started: list[Process] = []
    port = free_port()

    def start() -> Process:
        environment = environment_with({"data_dir": str(tmp_path / "data"), "port": str(port)})
        started.append(Process([mastrail_command(), "demo"], tmp_path / f"demo-{len(started)}.log", environment))
        started[-1].wait_until(lambda: "Ctrl-C ends it." in started[-1].printed(), SECONDS, "mastrail demo")
        return started[-1]

    yield start
    for process in started:
        process.stop()


def run_commands(printed: str) -> list[str]:
    """Run every command that was printed, in a shell, and return what each answered."""
    commands = [line for line in printed.splitlines() if line.startswith("curl")]
    return [subprocess.run(line, shell=True, capture_output=True, text=True, check=True).stdout for line in commands]


def test_the_commands_that_the_demo_prints_work_and_a_second_run_keeps_the_data(
    demonstration: Callable[[], Process],
) -> None:
    first = demonstration()
    states, trail, events, statements, readiness, forecast, checkpoint, proof = run_commands(first.printed())
    assert '"status":"mastered"' in states
    assert len(json.loads(trail)["steps"]) == 3
    assert len(json.loads(events)["events"]) == 10
    assert len(json.loads(statements)["statements"]) == 3
    assert len(readiness.splitlines()) == 13
    assert [one["months"] for one in json.loads(forecast)["forecast"]] == [0, 24]
    assert checkpoint.startswith("mastrail.local/default\n")
    assert proof.startswith("c2sp.org/tlog-proof@v1\n")
    assert first.stop(signal.SIGINT) == 0
    second = demonstration()
    assert "kept" in second.printed()
    states_again, trail_again, events_again, *_ = run_commands(second.printed())
    assert (states_again, events_again) == (states, events)
    before, after = json.loads(trail), json.loads(trail_again)
    assert after.pop("knownAt") > before.pop("knownAt"), "the second run has made a key"
    assert after == before


def test_the_projector_lets_the_intake_go_first(served: Served) -> None:
    intake, projector = served.running().pid, child_of(served)

    def gives_way() -> bool:
        return os.getpriority(os.PRIO_PROCESS, projector) > os.getpriority(os.PRIO_PROCESS, intake)

    eventually(gives_way, "the projector has the lower priority")
