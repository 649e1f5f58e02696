"""A backup is taken while statements come in, holds all that was acknowledged before, and becomes a store again."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from integration.crash.ingest import Ingest
from integration.crash.kills import publish_documents
from integration.crash.outcome import outcome, stored_statements
from support import older_stores
from support.folded import signed_size, wait_until_signed
from support.postgres import Cluster, server_programs
from support.served import Served
from support.waiting import eventually

EXIT_FINDINGS, EXIT_REFUSED = 1, 2
ONLY_SQLITE = pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)
ONLY_POSTGRESQL = pytest.mark.parametrize("store_name", ["postgresql"], indirect=True)


def run(served: Served, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with the programs of the PostgreSQL server that the tests use."""
    path = f"{server_programs()}{os.pathsep}{os.environ['PATH']}"
    return served.run(*arguments, environment={"PATH": path})


def backed_up(served: Served, target: Path) -> dict[str, Any]:
    done = run(served, "backup", str(target), "--json")
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def post(served: Served, count: int = 1) -> list[str]:
    statements = [
        {
            "id": str(uuid4()),
            "actor": {"mbox": "mailto:maya@signals.example"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/scored"},
            "object": {"id": "https://signals.example/activities/text"},
        }
        for _ in range(count)
    ]
    served.client.post("/xAPI/statements", json=statements).raise_for_status()
    return [str(one["id"]) for one in statements]


@pytest.fixture
def elsewhere(
    servers: list[Served], store_name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[], Served]:
    """Return a maker of places for a restored store: a new folder, and a new database where one is needed."""

    def make() -> Served:
        location = "sqlite"
        if store_name == "postgresql":
            cluster: Cluster = request.getfixturevalue("postgres_cluster")
            fresh = cluster.fresh_database()
            location = fresh.__enter__()
            request.addfinalizer(lambda: fresh.__exit__(None, None, None))
        folder = tmp_path / f"elsewhere-{len(servers)}"
        folder.mkdir()
        servers.append(Served(folder, location, {}))
        return servers[-1]

    return make


@pytest.mark.slow
def test_a_backup_taken_during_ingestion_has_all_that_was_acknowledged_before_and_checks_clean(
    served: Served, elsewhere: Callable[[], Served], tmp_path: Path
) -> None:
    publish_documents(served)
    with Ingest(served.url, (served.key, served.secret), clients=4, seed=20261122) as ingest:
        eventually(lambda: ingest.acknowledged >= 20 and signed_size(served) > 0, "batches are stored and signed")
        before = [one for batch in ingest.sent if batch.acknowledged for one in batch.ids]
        told = backed_up(served, tmp_path / "copy")
    restored = elsewhere()
    done = run(restored, "restore", str(tmp_path / "copy"))
    assert done.returncode == 0, done.stderr
    checked = run(restored, "check", "--json")
    assert checked.returncode == 0, checked.stdout
    report = json.loads(checked.stdout)
    assert report["entries"] >= told["entries"] >= len(before)
    assert report["leaves"] >= told["signed"] > 0
    restored.start()
    restored.client.auth = served.client.auth
    found = list(stored_statements(restored))
    assert set(before) <= {one["id"] for one in found}
    kept = [batch for batch in ingest.sent if {one["id"] for one in found} & set(batch.ids)]
    assert outcome(0, kept, (), found).half_batches == 0
    post(restored)
    assert wait_until_signed(restored) > told["signed"]
    assert restored.terminate() == 0
    assert run(restored, "check").returncode == 0


@pytest.mark.slow
def test_a_restore_refuses_what_is_there_and_moves_it_aside_when_told_so(served: Served, tmp_path: Path) -> None:
    post(served)
    wait_until_signed(served)
    backed_up(served, tmp_path / "copy")
    running = run(served, "restore", str(tmp_path / "copy"), "--replace")
    assert running.returncode == EXIT_REFUSED
    assert "another server" in running.stderr
    assert served.terminate() == 0
    refused = run(served, "restore", str(tmp_path / "copy"))
    assert refused.returncode == EXIT_REFUSED
    assert "--replace" in refused.stderr
    done = run(served, "restore", str(tmp_path / "copy"), "--replace")
    assert done.returncode == 0, done.stderr
    assert len(list(served.data_dir.glob("replaced-*/keys/*"))) == 2
    assert run(served, "check").returncode == 0
    served.start()
    assert len(list(stored_statements(served))) == 1


@pytest.mark.slow
def test_a_backup_older_than_what_was_signed_is_restored_only_when_told_so(served: Served, tmp_path: Path) -> None:
    post(served)
    wait_until_signed(served)
    backed_up(served, tmp_path / "copy")
    post(served, 5)
    wait_until_signed(served)
    assert served.terminate() == 0
    refused = run(served, "restore", str(tmp_path / "copy"), "--replace")
    assert refused.returncode == EXIT_REFUSED
    assert "two histories" in refused.stderr
    assert run(served, "check").returncode == 0
    done = run(served, "restore", str(tmp_path / "copy"), "--replace", "--accept-older")
    assert done.returncode == 0, done.stderr
    assert run(served, "check").returncode == 0


@ONLY_SQLITE
def test_a_check_names_an_old_log_beside_a_newer_notary(served: Served, tmp_path: Path) -> None:
    backed_up(served, tmp_path / "copy")
    post(served, 5)
    wait_until_signed(served)
    assert served.terminate() == 0
    shutil.copy(tmp_path / "copy" / "log.sqlite", served.data_dir / "log.sqlite")
    checked = run(served, "check", "--json")
    assert checked.returncode == EXIT_FINDINGS
    told = [found["problem"] for found in json.loads(checked.stdout)["findings"] if found["part"] == "tree"]
    assert any("the log is older than its notary" in problem for problem in told)
    assert len(told) < 5


@ONLY_SQLITE
def test_a_backup_overwrites_nothing_and_an_altered_one_is_not_restored(
    served: Served, elsewhere: Callable[[], Served], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    backed_up(served, copy)
    again = run(served, "backup", str(copy))
    assert again.returncode == EXIT_REFUSED
    assert "never overwrites" in again.stderr
    altered = bytearray((copy / "log.sqlite").read_bytes())
    altered[len(altered) // 2] ^= 1
    (copy / "log.sqlite").write_bytes(altered)
    place = elsewhere()
    refused = run(place, "restore", str(copy))
    assert refused.returncode == EXIT_REFUSED
    assert "log.sqlite is not the file that was backed up" in refused.stderr
    (copy / "log.sqlite").unlink()
    assert "log.sqlite is missing" in run(place, "restore", str(copy)).stderr
    (copy / "manifest.json").unlink()
    assert "no finished backup" in run(place, "restore", str(copy)).stderr
    assert not (place.data_dir / "log.sqlite").exists()


def test_a_store_of_an_older_release_is_backed_up_before_it_is_migrated(
    elsewhere: Callable[[], Served], tmp_path: Path
) -> None:
    older, restored = elsewhere(), elsewhere()
    older_stores.make_store(older_stores.VERSIONS[0], older.store, older.data_dir)
    assert backed_up(older, tmp_path / "copy")["entries"] > 1
    done = run(restored, "restore", str(tmp_path / "copy"))
    assert done.returncode == 0, done.stderr
    assert run(restored, "migrate").returncode == 0
    assert run(restored, "check").returncode == 0


@ONLY_SQLITE
def test_without_a_store_there_is_no_backup(elsewhere: Callable[[], Served], tmp_path: Path) -> None:
    done = run(elsewhere(), "backup", str(tmp_path / "copy"))
    assert done.returncode == EXIT_REFUSED
    assert "there is no store" in done.stderr
    assert not (tmp_path / "copy").exists()


@ONLY_POSTGRESQL
def test_without_pg_dump_the_missing_program_is_named(served: Served, tmp_path: Path) -> None:
    done = served.run("backup", str(tmp_path / "copy"), environment={"PATH": str(tmp_path)})
    assert done.returncode == EXIT_REFUSED
    assert "pg_dump is not on the PATH" in done.stderr
    assert list(tmp_path.glob("*copy*")) == []
