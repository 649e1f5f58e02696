"""Requests that were refused are kept, shown, replayed and forgotten, on each store; so is advice."""

import json
import os
import stat
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from acceptance.credentials.in_process import mastrail
from support.served import XAPI_VERSION, Served

VALID = {
    "actor": {"mbox": "mailto:ada@example.com"},
    "verb": {"id": "http://example.com/verbs/answered"},
    "object": {"id": "http://example.com/1"},
}


def client_of(served: Served, key: str, secret: str) -> httpx.Client:
    return httpx.Client(base_url=served.endpoint, auth=(key, secret), headers=XAPI_VERSION, timeout=60, trust_env=False)


def rejected(served: Served, key: str, count: int = 1) -> list[dict[str, Any]]:
    """Return the refused requests of a key, newest first, once there are ``count``."""
    deadline = time.monotonic() + 60
    while True:
        listed = [one for one in json.loads(mastrail(served, "rejected", "list", "--json").out) if one["key"] == key]
        if len(listed) >= count:
            return listed
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_refused_batch_is_shown_repaired_and_replayed_once(shared_served: Served, tmp_path: Path) -> None:
    key, secret = shared_served.new_credentials("repaired tool", "statements/write", "statements/read/mine")
    with client_of(shared_served, key, secret) as client:
        faulty = [VALID, {**VALID, "verb": {"id": "no IRI"}}]
        assert client.post("statements", json=faulty).status_code == 400
        (kept,) = rejected(shared_served, key)
        assert (kept["method"], kept["path"], kept["status"], kept["version"]) == ("POST", "statements", 400, "1.0.3")
        assert kept["faults"][0]["statementIndex"] == 1
        assert json.loads(mastrail(shared_served, "rejected", "show", kept["id"], "--body").out) == faulty
        again = mastrail(shared_served, "rejected", "replay", kept["id"])
        assert again.code == 1
        assert "/verb/id" in again.err
        repaired = tmp_path / "repaired.json"
        repaired.write_text(json.dumps([VALID, VALID]))
        done = mastrail(shared_served, "rejected", "replay", kept["id"], "--body", str(repaired)).out
        assert done == "2 stored, 0 there already\n"
        done = mastrail(shared_served, "rejected", "replay", kept["id"], "--body", str(repaired)).out
        assert done == "0 stored, 2 there already\n"
        own = client.get("statements").json()["statements"]
        assert [one["authority"]["account"]["name"] for one in own] == ["repaired tool"] * 2
        assert rejected(shared_served, key)[0]["replayed"]
        assert mastrail(shared_served, "keys", "revoke", key).code == 0
        assert "revoked" in mastrail(shared_served, "rejected", "replay", kept["id"]).err


def test_strangers_and_readers_fill_no_journal_and_documents_are_not_replayed(shared_served: Served) -> None:
    key, secret = shared_served.new_credentials("tool", "state", "statements/read")
    with client_of(shared_served, key, "wrong") as stranger:
        assert stranger.post("statements", json=[VALID]).status_code == 401
    with client_of(shared_served, key, secret) as client:
        assert client.get("statements", params={"limit": "x"}).status_code == 400
        assert client.post("statements", json=[VALID]).status_code == 403
        assert client.put("activities/state", params={"stateId": "1"}, content=b"x").status_code == 400
    document, forbidden = rejected(shared_served, key, 2)
    assert (forbidden["status"], document["path"]) == (403, "activities/state")
    assert "only statements" in mastrail(shared_served, "rejected", "replay", document["id"]).err
    assert "not kept" in mastrail(shared_served, "rejected", "replay", forbidden["id"]).err
    assert mastrail(shared_served, "rejected", "show", str(uuid4())).code == 2


def test_the_journal_is_bounded_private_and_can_be_emptied(serve: Any, store_name: str) -> None:
    served = serve(rejected_requests="3")
    for number in range(5):
        assert served.client.post("xAPI/statements", json=[{"n": number}]).status_code == 400
    served.terminate()
    bodies = [
        json.loads(mastrail(served, "rejected", "show", one["id"]).out)["body"]
        for one in rejected(served, served.key, 3)
    ]
    assert [json.loads(body)[0]["n"] for body in bodies] == [4, 3, 2]
    if store_name == "sqlite":
        mode = os.stat(served.data_dir / "rejected.sqlite").st_mode
        assert stat.S_IMODE(mode) == 0o600
    assert mastrail(served, "rejected", "purge", "--older-than", "0").code == 0
    assert json.loads(mastrail(served, "rejected", "list", "--json").out) == []


def test_advice_is_counted_for_each_key(shared_served: Served) -> None:
    key, secret = shared_served.new_credentials("tool", "statements/write")
    with client_of(shared_served, key, secret) as client:
        late = {**VALID, "id": str(uuid4()), "timestamp": "2999-01-01T00:00:00Z"}
        assert client.post("statements", json=[late]).status_code == 200
        assert client.post("statements", json=[VALID, VALID]).status_code == 200
    deadline = time.monotonic() + 60
    while len(rows := json.loads(mastrail(shared_served, "keys", "advice", key, "--json").out)) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert {row["advice"]: row["requests"] for row in rows} == {
        "statement-without-id": 1,
        "statement-without-timestamp": 1,
        "timestamp-in-the-future": 1,
        "verb-without-display": 2,
    }
