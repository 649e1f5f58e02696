"""A store that an older release wrote: refused, migrated by a command, or by the server when it starts."""

from pathlib import Path

import pytest

from acceptance.cli.commanding import Commands
from lrs.log.migrations import TABLES
from support import older_stores
from support.served import Served

VERSION = older_stores.VERSIONS[0]
DONE = {1: "6 steps done", 2: "1 step done"}


def older(commands: Commands, location: str, version: int = VERSION) -> Commands:
    older_stores.make_store(version, location, commands.folder / "data")
    return commands


def test_other_commands_refuse_an_older_store_and_say_what_to_do(
    mastrail_on_each: Commands, store_location: str
) -> None:
    refused = older(mastrail_on_each, store_location)("check")
    assert refused.code == 2
    assert "mastrail migrate" in refused.err
    assert "Traceback" not in refused.err


@pytest.mark.parametrize("version", older_stores.VERSIONS)
def test_migrate_brings_it_up_to_date_and_a_second_time_does_nothing(
    mastrail_on_each: Commands, store_location: str, version: int
) -> None:
    first = older(mastrail_on_each, store_location, version)("migrate")
    assert (first.code, first.lines) == (0, [f"tables of version {TABLES}: {DONE[version]}"])
    second = mastrail_on_each("migrate")
    assert (second.code, second.lines) == (0, [f"tables of version {TABLES}: nothing to do"])
    assert mastrail_on_each("check").lines[-1] == "all is well"


def test_a_server_migrates_first_and_answers_for_what_was_there(store_location: str, tmp_path: Path) -> None:
    served = Served(tmp_path, store_location, {})
    older_stores.make_store(VERSION, store_location, served.data_dir)
    try:
        served.open()
        found = served.client.get("/xAPI/statements", params={"verb": "http://adlnet.gov/expapi/verbs/commented"})
        assert found.status_code == 200
        assert len(found.json()["statements"]) == 3
    finally:
        served.close()
    assert "a step of the migration is done" in served.log.read_text(encoding="utf-8")


def test_migrate_waits_for_no_server_but_refuses_beside_one(tmp_path: Path) -> None:
    served = Served(tmp_path, "sqlite", {})
    try:
        served.open()
        refused = Commands(tmp_path)("migrate")
    finally:
        served.close()
    assert refused.code == 2
    assert "another server" in refused.err
