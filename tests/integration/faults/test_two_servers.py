"""One SQLite store has one server, by whatever path it is named; commands may work beside it."""

import json
import os
from pathlib import Path

import httpx
import pytest

from integration.crash.after import check_after
from integration.faults.under_load import CLIENTS, statement, under_load
from support.processes import Process, free_port
from support.served import Served, environment_with, mastrail_command
from support.waiting import eventually

pytestmark = pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)


def refused(folder: Path, data_dir: Path | str, role: str = "serve") -> str:
    """Start a server, that has to be refused, in ``folder``; return the one line that it printed."""
    environment = environment_with({"data_dir": str(data_dir), "port": str(free_port())})
    second = Process([mastrail_command(), role], folder / "refused.log", environment)
    eventually(lambda: second.exit_code() is not None, "the second server ended")
    (line,) = second.printed().splitlines()
    assert second.exit_code() == 2
    (folder / "refused.log").unlink()
    return line


def test_a_second_server_is_refused_by_every_path_to_the_folder(served: Served, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(served.data_dir)
    away = os.path.relpath(served.data_dir, tmp_path)
    lines = [refused(tmp_path, path) for path in (served.data_dir, tmp_path / "link", away, tmp_path / "link" / ".")]
    lines.append(refused(tmp_path, served.data_dir, "lrs"))
    pid = served.running().pid
    assert all(line.startswith(f"mastrail: another server (process {pid}) is using the data folder") for line in lines)
    assert served.client.post("/xAPI/statements", json=statement()).status_code == httpx.codes.OK


def test_a_second_server_whose_folder_has_only_a_link_to_the_log_is_refused(served: Served, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "log.sqlite").symlink_to(served.data_dir / "log.sqlite")
    assert f"is using the data folder {served.data_dir}" in refused(tmp_path, other)
    assert served.client.post("/xAPI/statements", json=statement()).status_code == httpx.codes.OK


def test_a_log_with_a_second_name_is_used_by_neither(served: Served, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    os.link(served.data_dir / "log.sqlite", other / "log.sqlite")
    assert "has a second name (a hard link)" in refused(tmp_path, other)
    sent = tmp_path / "statements.ndjson"
    sent.write_text(json.dumps(statement()))
    imported = served.run("import", str(sent), environment={"MASTRAIL_DATA_DIR": str(other)})
    assert (imported.returncode, imported.stdout) == (2, "")
    assert served.client.post("/xAPI/statements", json=statement()).status_code == httpx.codes.OK
    (other / "log.sqlite").unlink()
    assert check_after(served) == []


def test_an_import_beside_a_busy_server_loses_nothing_of_either(served: Served, tmp_path: Path) -> None:
    sent = [statement() for _ in range(3_000)]
    (tmp_path / "statements.ndjson").write_text("".join(f"{json.dumps(one)}\n" for one in sent))
    importing = Process(
        [mastrail_command(), "import", str(tmp_path / "statements.ndjson"), "--batch", "100"],
        tmp_path / "import.log",
        environment_with({"data_dir": str(served.data_dir)}),
    )
    with under_load(served, failures=0, also=sent) as ingest:
        eventually(lambda: ingest.acknowledged > CLIENTS, "the server goes on meanwhile")
        assert importing.wait() == 0
    assert "3000 stored, 0 already there" in importing.printed()
