"""The consumers of docs/kafka.md, as they stand there, beside a served store: the table is what the API says."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from kafka.admin import KafkaAdminClient

from integration.projector.course import COMPETENCY, COMPLETED, FRAMEWORK, PLAYED, POLICY, learner, statement
from support.processes import Process
from support.served import Served
from support.waiting import eventually

DOCUMENT = Path(__file__).parents[3] / "docs/kafka.md"
STATES, STATEMENTS = "kafka:mastrail.state.v1", "kafka:mastrail.statements.v1"


@pytest.fixture
def scripts(tmp_path: Path) -> tuple[Path, Path]:
    """The two programs of the page: the one that keeps a table, and the one that reads statements."""
    blocks = re.findall(r"^```python\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    files = tmp_path / "table.py", tmp_path / "statements.py"
    for file, text in zip(files, blocks, strict=True):
        file.write_text(text, encoding="utf-8")
    return files


def teach(served: Served, folder: Path) -> None:
    """Publish the documents."""
    for name, document in (("framework", FRAMEWORK), ("policy", POLICY)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    served.command("frameworks", "publish", str(folder / "framework.yaml"))
    served.command("policies", "activate", str(folder / "policy.yaml"))


def post(served: Served, *statements: dict[str, object]) -> None:
    served.client.post("/xAPI/statements", json=list(statements)).raise_for_status()


def lags(served: Served) -> dict[str, int] | None:
    """Return what each target has not acknowledged yet, None while something is not folded."""
    reply = served.client.get("/api/v1/projection")
    told: dict[str, Any] = reply.json() if reply.status_code == 200 else {"lag": 1}
    return None if told["lag"] else {one["target"]: one["lag"] for one in told["publish"]}


def wait_until_published(served: Served, *targets: str) -> None:
    def is_published() -> bool:
        behind = lags(served)
        return behind is not None and all(behind.get(target) == 0 for target in targets)

    eventually(is_published, f"not everything is published: {lags(served)}")


def run(script: Path, *arguments: str) -> str:
    command = [sys.executable, "-W", "ignore", str(script), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def read_lines(script: Path, count: int, *arguments: str) -> list[str]:
    """Return the first lines that a program prints, which then is ended."""
    output = script.with_suffix(".log")
    program = Process([sys.executable, "-W", "ignore", str(script), *arguments], output)
    try:
        eventually(lambda: len(printed(output)) >= count, f"too little was printed: {printed(output)}")
        return printed(output)
    finally:
        program.kill()


def printed(file: Path) -> list[str]:
    whole, _, _ = file.read_text(encoding="utf-8").rpartition("\n")  # the last line may not be finished
    return [line for line in whole.splitlines() if "\t" in line]


def rows(file: Path) -> dict[str, tuple[str, str | None]]:
    """Return status and level by person, as the consumer's table has them."""
    with sqlite3.connect(file) as table:
        found = table.execute("SELECT person, status, level FROM states WHERE competency = ?", (COMPETENCY,)).fetchall()
    return {person: (status, level) for person, status, level in found}


def asked(served: Served) -> dict[str, tuple[str, str | None]]:
    """Return the same as the API says it."""
    path = f"/api/v1/competencies/{quote(COMPETENCY, safe='')}/states"
    states = served.client.get(path, params={"limit": "100"}).raise_for_status().json()["states"]
    return {one["meta"]["personId"]: (one["body"]["status"], one["body"]["level"]) for one in states}


def label(who: int) -> str:
    account = learner(who)["account"]
    assert isinstance(account, dict)
    return f"{account['homePage']}::{account['name']}"


@pytest.mark.slow
def test_the_table_and_the_reader_of_the_page_follow_a_served_store(
    serve: Callable[..., Served], own_kafka_bootstrap: str, scripts: tuple[Path, Path], tmp_path: Path
) -> None:
    keep_table, read_statements = scripts
    served = serve(kafka_bootstrap=own_kafka_bootstrap, kafka_statements="on")
    teach(served, tmp_path)
    post(served, *(statement(number, 1 + number % 5, PLAYED) for number in range(15)))
    wait_until_published(served, STATES, STATEMENTS)
    run(keep_table, own_kafka_bootstrap, str(tmp_path / "table.sqlite"))
    assert rows(tmp_path / "table.sqlite") == asked(served)
    assert len(rows(tmp_path / "table.sqlite")) == 5

    post(served, statement(100, 1, COMPLETED))
    served.command("people", "merge", label(2), label(3))
    wait_until_published(served, STATES, STATEMENTS)
    run(keep_table, own_kafka_bootstrap, str(tmp_path / "table.sqlite"))
    assert rows(tmp_path / "table.sqlite") == asked(served)
    assert len(rows(tmp_path / "table.sqlite")) == 4

    lines = read_lines(read_statements, 16, own_kafka_bootstrap, "analysts")
    assert sorted(line.split("\t")[1] for line in lines) == sorted([COMPLETED, *[PLAYED] * 15])
    assert {line.split("\t")[0] for line in lines} >= set(asked(served))
    metrics = served.client.get("/metrics").text
    assert f'mastrail_publish_lag{{target="{STATES}"}} 0.0' in metrics
    assert f'mastrail_publish_lag{{target="{STATEMENTS}"}} 0.0' in metrics
    assert "mastrail_projection_lag 0.0" in metrics


@pytest.mark.slow
@pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)
def test_statements_are_published_only_where_that_is_asked_for(
    serve: Callable[..., Served], own_kafka_bootstrap: str, tmp_path: Path
) -> None:
    served = serve(kafka_bootstrap=own_kafka_bootstrap, kafka_states="off")
    teach(served, tmp_path)
    post(served, statement(1, 1, COMPLETED))
    wait_until_published(served, "kafka:mastrail.mastery.v1")
    admin = KafkaAdminClient(bootstrap_servers=own_kafka_bootstrap)
    topics = set(admin.list_topics())
    admin.close()
    assert topics == {f"mastrail.{name}.v1" for name in ("mastery", "evidence", "readiness", "admin")}
