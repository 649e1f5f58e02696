"""A log whose end was destroyed is not taken for one that ends there."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from integration.faults.under_load import statement
from support.folded import wait_until_signed
from support.processes import ServerFailed
from support.served import Served

pytestmark = pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)
HEADER_BYTES = 32
FRAME_BYTES = 24 + 4096
BATCHES = 20


@pytest.fixture
def killed(served: Served) -> tuple[Served, list[dict[str, Any]]]:
    """A store whose server was killed, and what it had acknowledged; all of it was signed."""
    sent = [statement() for _ in range(BATCHES)]
    for one in sent:
        served.client.post("/xAPI/statements", json=one).raise_for_status()
    wait_until_signed(served)
    served.kill()
    assert write_ahead_log(served).stat().st_size > BATCHES * FRAME_BYTES
    return served, sent


def write_ahead_log(served: Served) -> Path:
    return served.data_dir / "log.sqlite-wal"


def test_a_destroyed_frame_is_told_and_nothing_opens_the_store(
    killed: tuple[Served, list[dict[str, Any]]], tmp_path: Path
) -> None:
    served, sent = killed
    log = write_ahead_log(served)
    whole = log.read_bytes()
    place = HEADER_BYTES + len(whole) // FRAME_BYTES // 2 * FRAME_BYTES
    damaged = whole[:place] + bytes(FRAME_BYTES) + whole[place + FRAME_BYTES :]
    log.write_bytes(damaged)
    with pytest.raises(ServerFailed, match="ended with 2"):
        served.start()
    refused = [served.run(*words) for words in (("keys", "list"), ("export",), ("backup", str(tmp_path / "copy")))]
    assert [done.returncode for done in refused] == [2, 2, 2]
    lines = {served.running().printed().splitlines()[-1], *(done.stderr.strip() for done in refused)}
    assert {line.replace("no backup was made: ", "") for line in lines} == {
        "mastrail: the write-ahead log log.sqlite-wal is damaged, and acknowledged entries lie behind the damage: "
        "leave the files as they are, and restore a backup"
    }
    checked = served.run("check")
    assert checked.returncode == 1
    assert "log.sqlite-wal is damaged" in checked.stdout
    assert log.read_bytes() == damaged
    log.write_bytes(whole)
    served.start()
    assert len(served.client.get("/xAPI/statements").json()["statements"]) == len(sent)


def test_what_was_signed_and_is_not_there_is_told_and_its_place_is_not_given_away(
    killed: tuple[Served, list[dict[str, Any]]],
) -> None:
    served, sent = killed
    log = write_ahead_log(served)
    log.write_bytes(log.read_bytes()[: HEADER_BYTES + log.stat().st_size // FRAME_BYTES // 2 * FRAME_BYTES])
    served.start()
    refused = served.client.post("/xAPI/statements", json=statement())
    assert (refused.status_code, refused.json()["error"]) == (httpx.codes.SERVICE_UNAVAILABLE, "StoreReadOnly")
    assert served.client.get("/health/ready").json() == {"status": "read-only"}
    kept = served.client.get("/xAPI/statements", params={"ascending": "true"}).json()["statements"]
    assert [one["id"] for one in kept] == [one["id"] for one in sent][: len(kept)]
    assert 0 < len(kept) < len(sent)
    assert "entries of it were signed" in served.running().printed()
    checked = served.run("check")
    assert checked.returncode == 1
    assert "the log is older than its notary" in checked.stdout
