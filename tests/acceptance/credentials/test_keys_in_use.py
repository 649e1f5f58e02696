"""What a key may see, and how fast its secrets end, over HTTP while the server runs, on each store."""

import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from support.served import XAPI_VERSION, Served

VERB = "http://example.com/verbs/answered"


def client_of(served: Served, key: str, secret: str) -> httpx.Client:
    return httpx.Client(base_url=served.endpoint, auth=(key, secret), headers=XAPI_VERSION, timeout=60, trust_env=False)


@pytest.fixture
def writers(shared_served: Served) -> Iterator[list[httpx.Client]]:
    """Two tools that may read their own statements only."""
    made = [shared_served.new_credentials(f"tool {uuid4()}", "statements/write", "statements/read/mine") for _ in "ab"]
    clients = [client_of(shared_served, *one) for one in made]
    yield clients
    for client in clients:
        client.close()


def statement(**members: Any) -> dict[str, Any]:
    plain = {
        "actor": {"mbox": "mailto:ada@example.com"},
        "verb": {"id": VERB},
        "object": {"id": "http://example.com/1"},
    }
    return {"id": str(uuid4()), **plain, **members}


def read_all(client: httpx.Client, **params: str) -> tuple[list[str], list[int]]:
    """Return the ids of every page and the lengths of the pages."""
    answer = client.get("statements", params=params).raise_for_status().json()
    pages = [answer["statements"]]
    while answer["more"]:
        answer = client.get(str(client.base_url.join(answer["more"]))).raise_for_status().json()
        pages.append(answer["statements"])
    return [one["id"] for page in pages for one in page], [len(page) for page in pages]


@pytest.mark.parametrize("filters", [{}, {"verb": VERB}, {"agent": '{"mbox":"mailto:ada@example.com"}', "verb": VERB}])
def test_a_reader_of_its_own_gets_full_pages_of_exactly_its_own(
    writers: list[httpx.Client], filters: dict[str, str]
) -> None:
    first, second = writers
    own = []
    for _ in range(7):
        own += first.post("statements", json=[statement()]).raise_for_status().json()
        second.post("statements", json=[statement(), statement()]).raise_for_status()
    ids, lengths = read_all(first, limit="3", ascending="true", **filters)
    assert (ids, lengths) == (own, [3, 3, 1])


def test_five_filters_at_once_still_find_it(writers: list[httpx.Client]) -> None:
    registration = str(uuid4())
    wanted = statement(context={"registration": registration})
    for client in writers:
        client.post("statements", json=[statement()]).raise_for_status()
    writers[0].post("statements", json=[wanted]).raise_for_status()
    asked = {"registration": registration, "verb": VERB, "activity": "http://example.com/1"}
    asked["agent"] = '{"mbox":"mailto:ada@example.com"}'
    assert read_all(writers[0], **asked)[0] == [wanted["id"]]
    assert read_all(writers[1], **asked)[0] == []


def test_a_reference_to_its_statement_opens_nobody_elses(writers: list[httpx.Client]) -> None:
    own, foreign = statement(), statement()
    foreign["object"] = {"objectType": "StatementRef", "id": own["id"]}
    writers[0].post("statements", json=own).raise_for_status()
    writers[1].post("statements", json=foreign).raise_for_status()
    assert foreign["id"] not in read_all(writers[0])[0]
    assert own["id"] not in read_all(writers[1])[0]
    assert writers[0].get("statements", params={"statementId": foreign["id"]}).status_code == 404


def test_a_revocation_in_another_process_holds_within_half_a_second(shared_served: Served) -> None:
    key, secret = shared_served.new_credentials("tool", "statements/read")
    with client_of(shared_served, key, secret) as client:
        assert client.get("statements").status_code == 200
        shared_served.command("keys", "revoke", key)
        time.sleep(0.5)
        assert client.get("statements").status_code == 401
    (listed,) = [one for one in _listed(shared_served) if one["key"] == key]
    assert listed["state"] == "revoked"


def test_a_rotation_ends_the_old_secret_at_once_or_after_its_grace(shared_served: Served) -> None:
    key, secret = shared_served.new_credentials("tool", "statements/read")
    second = _rotated(shared_served, key, "--grace", "60")
    with client_of(shared_served, key, secret) as old, client_of(shared_served, key, second) as new:
        assert (old.get("statements").status_code, new.get("statements").status_code) == (200, 200)
        (listed,) = [one for one in _listed(shared_served) if one["key"] == key]
        assert listed["state"] == "valid, with the previous secret"
        third = _rotated(shared_served, key)
        time.sleep(0.5)
        assert (old.get("statements").status_code, new.get("statements").status_code) == (401, 401)
    with client_of(shared_served, key, third) as newest:
        assert newest.get("statements").status_code == 200


def _rotated(served: Served, key: str, *flags: str) -> str:
    return str(json.loads(served.command("keys", "rotate", key, *flags, "--json"))["secret"])


def _listed(served: Served) -> list[dict[str, Any]]:
    return list(json.loads(served.command("keys", "list", "--json")))
