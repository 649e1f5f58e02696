"""Real statements, imported, folded, read back: what the engine says agrees with a script that knows no engine."""

import contextlib
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.pipeline.count_watching import count
from support import postgres
from support.folded import wait_until_folded, wait_until_trained
from support.served import Served

HERE = Path(__file__).parent


def events_of(server: Served) -> list[dict[str, Any]]:
    """Return every event of the feed, page by page."""
    events: list[dict[str, Any]] = []
    after = "0"
    while True:
        page = server.client.get("/api/v1/mastery-events", params={"after": after, "limit": "500"}).json()
        events += page["events"]
        if not page["more"]:
            return events
        after = page["next"]


def prepare(server: Served, statements: Path) -> str:
    """Activate the watching policy and import the statements; return what the import printed."""
    server.command("frameworks", "publish", str(HERE / "course-framework.yaml"))
    server.command("policies", "activate", str(HERE / "watching-policy.yaml"))
    return server.command("import", str(statements))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def imported(
    request: pytest.FixtureRequest,
    postgres_cluster: postgres.Cluster,
    tmp_path_factory: pytest.TempPathFactory,
    mooc_statements: Path,
) -> Iterator[Served]:
    """A served store into which the real statements were imported under the watching policy."""
    with contextlib.ExitStack() as held:
        in_postgres = request.param == "postgresql"
        location = held.enter_context(postgres_cluster.fresh_database()) if in_postgres else "sqlite"
        server = Served(tmp_path_factory.mktemp(f"real-{request.param}"), location, {})
        held.callback(server.close)
        server.open()
        printed = prepare(server, mooc_statements)
        assert f"{_lines(mooc_statements)} stored, 0 already there" in printed
        wait_until_trained(server)
        wait_until_folded(server)
        yield server


def _lines(statements: Path) -> int:
    with gzip.open(statements, "rb") as file:
        return sum(1 for _ in file)


def test_states_and_transitions_agree_with_an_independent_count(imported: Served, mooc_statements: Path) -> None:
    statuses, transitions = count(str(mooc_statements))
    events = events_of(imported)
    names = Counter(event["type"].removeprefix("mastrail.mastery.").removesuffix(".v1") for event in events)
    assert {name: number for name, number in names.items() if "published" not in name and "activated" not in name} == {
        name: number for name, number in transitions.items() if number
    }
    counted: Counter[str] = Counter()
    people = {event["data"]["personId"] for event in events if event["data"]["personId"]}
    for person in sorted(people)[:50]:
        states = imported.client.get(f"/api/v1/people/{person}/competencies").json()
        assert len(states["states"]) == 1
    competency = "https%3A%2F%2Fexample.org%2Fframeworks%2Fcourse%2Fitems%2Fwatching"
    after: str | None = ""
    while after is not None:
        page = imported.client.get(f"/api/v1/competencies/{competency}/states", params={"after": after}).json()
        counted.update(state["body"]["status"] for state in page["states"])
        after = page["next"] if page["more"] else None
    assert counted == statuses


def test_a_second_import_changes_nothing_and_says_so(imported: Served, mooc_statements: Path) -> None:
    before = imported.client.get("/api/v1/projection", params={"hash": "true"}).json()
    printed = imported.command("import", str(mooc_statements))
    assert f"0 stored, {_lines(mooc_statements)} already there" in printed
    wait_until_folded(imported)
    assert imported.client.get("/api/v1/projection", params={"hash": "true"}).json() == before


def test_a_rebuild_gives_the_same_bytes(imported: Served) -> None:
    assert imported.terminate() == 0
    before = json.loads(imported.command("check", "--json"))
    imported.command("rebuild")
    assert json.loads(imported.command("check", "--json")) == before
    imported.start()
    assert imported.client.get("/api/v1/projection").json()["events"] == before["projection"]["events"]
