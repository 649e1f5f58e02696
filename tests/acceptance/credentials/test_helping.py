"""A tool is connected with what the connection test says, and duplicates are found, on each store."""

import json
from uuid import uuid4

import httpx

from acceptance.credentials.in_process import command, mastrail
from support.served import XAPI_VERSION, Served

VALID = {
    "actor": {"mbox": "mailto:ada@example.com"},
    "verb": {"id": "http://example.com/verbs/answered"},
    "object": {"id": f"http://example.com/{uuid4()}"},
}


def test_a_good_connection_passes_every_step_and_a_bad_one_is_explained(shared_served: Served) -> None:
    def tried(key: str, secret: str, *flags: str, endpoint: str = shared_served.endpoint) -> tuple[int, str]:
        done = command("connection-test", endpoint, "--key", key, "--secret", secret, *flags)
        return done.code, done.out

    code, said = tried(shared_served.key, shared_served.secret, "--tool", "articulate")
    assert code == 0
    assert said.count("ok    ") == 6
    assert "the answer is not" not in said
    assert f"Endpoint: {shared_served.endpoint}" in said
    assert shared_served.secret not in said
    writer = shared_served.new_credentials("tool", "statements/write")
    code, said = tried(*writer)
    assert code == 1
    assert "right for a tool that only writes" in said
    assert "FAILED save a state: the key lacks a scope" in said
    assert "the key or the secret is wrong" in tried(writer[0], "wrong")[1]
    assert "ends with /xAPI/" in tried(*writer, endpoint=shared_served.url)[1]
    assert "no answer" in tried(*writer, endpoint="http://127.0.0.1:1/xAPI/")[1]
    assert tried(*writer, "--tool", "abacus")[0] == 2


def test_a_retry_without_ids_is_reported_and_an_equal_statement_of_another_key_is_not(shared_served: Served) -> None:
    key, secret = shared_served.new_credentials("other", "statements/write")
    ids = []
    for auth in ((shared_served.key, shared_served.secret), (key, secret), (shared_served.key, shared_served.secret)):
        answer = httpx.post(
            f"{shared_served.endpoint}statements",
            json=VALID,
            auth=auth,
            headers=XAPI_VERSION,
            timeout=60,
            trust_env=False,
        )
        ids += answer.raise_for_status().json()
    done = mastrail(shared_served, "duplicates", "--json")
    assert done.code == 1
    found = {line["id"]: line["earlierId"] for line in map(json.loads, done.lines)}
    assert found[ids[2]] == ids[0]
    assert ids[1] not in found
