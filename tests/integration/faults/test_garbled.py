"""A stored entry that is not what the log wrote: the store says so however it is met, and is no longer written."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from integration.faults.under_load import statement
from support.folded import wait_until_folded, wait_until_signed
from support.served import Served

SCHEMA = "-c search_path=mastrail_default"

GARBLE: dict[str, Callable[[bytes], bytes]] = {
    "of no known version": lambda blob: b"\x07" + blob[1:],
    "without a time": lambda blob: blob[:1] + b"\x7f" * 8 + blob[9:],
    "cut in the frame": lambda blob: blob[:5],
    "cut in the payload": lambda blob: blob[: len(blob) // 2],
    "another dictionary": lambda blob: blob[:9] + b"\x00\x63" + blob[11:],
    "not decompressed": lambda blob: blob[:14] + bytes(byte ^ 0x5A for byte in blob[14:]),
    "plain and no JSON": lambda blob: b"\x01" + blob[1:9] + b"\x00\x00\x00\x05{{{{{}",
    "plain and empty": lambda blob: b"\x01" + blob[1:9],
}


def ask_by_id(served: Served, one: dict[str, Any]) -> httpx.Response:
    return served.client.get("/xAPI/statements", params={"statementId": one["id"]})


def ask_for_a_page(served: Served, one: dict[str, Any]) -> httpx.Response:
    return served.client.get("/xAPI/statements", params={"registration": one["context"]["registration"]})


def stored(served: Served, statement_id: str) -> bytes:
    """Return what is stored of a statement."""
    if served.store == "sqlite":
        with closing(sqlite3.connect(served.data_dir / "log.sqlite")) as file:
            asked = "SELECT state FROM stored_events WHERE originator_id = ?"
            return bytes(file.execute(asked, [UUID(statement_id).bytes]).fetchone()[0])
    with psycopg.connect(served.store, options=SCHEMA) as database:
        asked = "SELECT state FROM stored_events WHERE originator_id = %s"
        (row,) = database.execute(asked, [statement_id], binary=True)
        return bytes(row[0])


def overwrite(served: Served, statement_id: str, blob: bytes) -> None:
    """Change what is stored of a statement."""
    if served.store == "sqlite":
        with closing(sqlite3.connect(served.data_dir / "log.sqlite")) as file, file:
            change = "UPDATE stored_events SET state = ? WHERE originator_id = ?"
            file.execute(change, [blob, UUID(statement_id).bytes])
        return
    with psycopg.connect(served.store, options=SCHEMA) as database:
        change = "UPDATE stored_events SET state = %s WHERE originator_id = %s"
        database.execute(change, [blob, statement_id])


@pytest.mark.parametrize("ask", [ask_by_id, ask_for_a_page])
def test_garbled_statements_are_told_wherever_they_are_met_and_the_store_is_only_read(
    served: Served, ask: Callable[[Served, dict[str, Any]], httpx.Response]
) -> None:
    sent = [statement() | {"context": {"registration": str(uuid4())}} for _ in range(2 * len(GARBLE))]
    served.client.post("/xAPI/statements", json=sent).raise_for_status()
    wait_until_folded(served)
    wait_until_signed(served)
    assert served.terminate() == 0
    for one, garbled in zip(sent, GARBLE.values(), strict=False):
        overwrite(served, one["id"], garbled(stored(served, one["id"])))
    served.start()
    for one, name in zip(sent, GARBLE, strict=False):
        met = ask(served, one)
        assert (name, met.status_code, met.json()["error"]) == (name, 500, "StoreDamaged")
        refused = served.client.post("/xAPI/statements", json=statement())
        assert (name, refused.status_code, refused.json()["error"]) == (name, 503, "StoreReadOnly")
        assert int(refused.headers["Retry-After"]) >= 1
    assert served.client.get("/health/ready").json() == {"status": "read-only"}
    assert [ask(served, one).status_code for one in sent[len(GARBLE) :]] == [httpx.codes.OK] * len(GARBLE)
    printed = served.running().printed()
    assert printed.count("the store is damaged and from now on only read") == 1
    assert "maya@" not in printed
    exported = served.run("export")
    assert exported.returncode == 2
    assert "(position " in exported.stderr
