"""What depends on the database, once more on PostgreSQL."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from lrs.ingest import credentials
from lrs.read.credentials import credentials as listed

Make = Callable[..., dict]
STATE = {"activityId": "http://example.com/x", "agent": '{"mbox":"mailto:ada@example.com"}', "stateId": "s"}


@pytest.fixture
def lrs(serve: Callable, postgres_database_url: str) -> Any:
    return serve(location=postgres_database_url)


@pytest.fixture
def http(lrs: Any) -> Iterator[httpx.Client]:
    with lrs.client() as client:
        yield client


def test_statements_are_stored_found_paged_and_repeated(http: httpx.Client, statement: Make):
    batch = [statement(id=str(uuid4())) for _ in range(5)]
    ids = [sent["id"] for sent in batch]
    assert http.post("statements", json=batch).json() == ids
    assert http.post("statements", json=batch[:2]).status_code == 200
    assert http.post("statements", json=batch[0] | {"verb": {"id": "http://example.com/other"}}).status_code == 409
    first = http.get("statements", params={"limit": "3", "ascending": "true"}).json()
    rest = http.get(str(http.base_url).replace("/xAPI/", "") + first["more"]).json()
    assert [found["id"] for found in first["statements"] + rest["statements"]] == ids


def test_documents_are_kept_merged_and_guarded(http: httpx.Client):
    assert http.post("activities/state", params=STATE, json={"a": 1}).status_code == 204
    assert http.post("activities/state", params=STATE, json={"b": 2}).status_code == 204
    found = http.get("activities/state", params=STATE)
    assert found.json() == {"a": 1, "b": 2}
    stale = {"If-Match": '"0"'}
    assert http.put("activities/state", params=STATE, content=b"x", headers=stale).status_code == 412
    assert http.put(
        "activities/state", params=STATE, content=b"x", headers={"If-Match": found.headers["etag"]}
    ).is_success


def test_keys_with_options_are_made_listed_and_revoked(lrs: Any):
    authorization = lrs.key("statements/read", name="own", cors_origins=["https://own.example"])
    (made,) = [one for one in listed(lrs.store) if one["name"] == "own"]
    assert made["corsOrigins"] == ["https://own.example"]
    with lrs.client(authorization=authorization, Origin="https://own.example") as client:
        assert client.get("statements").headers["access-control-allow-origin"] == "https://own.example"
        credentials.revoke(lrs.store, made["key"])
        time.sleep(0.9)
        assert client.get("statements").status_code == 401


def test_documents_of_an_agent_with_an_account_are_kept(http: httpx.Client):
    account = STATE | {"agent": json.dumps({"account": {"homePage": "http://example.com", "name": "a\x00\\"}})}
    assert http.put("activities/state", params=account, content=b"x").status_code == 204
    assert http.get("activities/state", params=account).content == b"x"
    other = STATE | {"agent": json.dumps({"account": {"homePage": "http://example.com", "name": "a\\0\\"}})}
    assert http.get("activities/state", params=other).status_code == 404


def test_a_character_that_the_database_cannot_hold_is_refused(http: httpx.Client, lrs: Any):
    for method in ("PUT", "GET"):
        assert http.request(method, "activities/state", params=STATE | {"stateId": "\x00"}).status_code == 400
    nul = "Basic " + base64.b64encode(b"\x00:\x00").decode()
    with lrs.client(authorization=nul) as stranger:
        assert stranger.get("statements").status_code == 401


def test_names_and_texts_of_statements_may_hold_it(http: httpx.Client, statement: Make):
    actor = {"account": {"homePage": "http://example.com", "name": "\x00"}, "name": "\x00"}
    assert http.post("statements", json=statement(actor=actor)).status_code == 200
    (found,) = http.get("statements", params={"agent": json.dumps(actor)}).json()["statements"]
    assert found["actor"] == actor
    assert http.get("agents", params={"agent": json.dumps(actor)}).json()["name"] == ["\x00"]
