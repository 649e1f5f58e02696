import hashlib
import json
import threading
from uuid import uuid4

import httpx
import pytest

AGENT = json.dumps({"mbox": "mailto:ada@example.com"})
ACTIVITY = "http://example.com/course"
STATE = {"activityId": ACTIVITY, "agent": AGENT, "stateId": "bookmark"}
PROFILES = [
    ("agents/profile", {"agent": AGENT, "profileId": "preferences"}),
    ("activities/profile", {"activityId": ACTIVITY, "profileId": "settings"}),
]
ALL = [("activities/state", STATE), *PROFILES]
JSON = {"Content-Type": "application/json"}
NEW = {"If-None-Match": "*"}


def etag(content: bytes) -> str:
    return f'"{hashlib.sha1(content).hexdigest()}"'


@pytest.mark.parametrize(("resource", "name"), ALL)
def test_a_document_comes_back_byte_for_byte_with_its_type_tag_and_time(http: httpx.Client, resource: str, name: dict):
    content = bytes(range(256))
    kept = http.put(resource, params=name, content=content, headers={"Content-Type": "image/png"} | NEW)
    assert kept.status_code == 204
    found = http.get(resource, params=name)
    assert found.status_code == 200
    assert found.content == content
    assert found.headers["content-type"] == "image/png"
    assert found.headers["etag"] == etag(content)
    assert found.headers["last-modified"].endswith("GMT")


@pytest.mark.parametrize(("resource", "name"), ALL)
def test_head_has_the_headers_of_get_and_no_body(http: httpx.Client, resource: str, name: dict):
    http.put(resource, params=name, content=b"{}", headers=JSON | NEW)
    get, head = http.get(resource, params=name), http.head(resource, params=name)
    assert head.status_code == 200
    assert head.content == b""
    for header in ("etag", "last-modified", "content-type", "content-length", "x-experience-api-version"):
        assert head.headers[header] == get.headers[header]


@pytest.mark.parametrize(("resource", "name"), ALL)
def test_what_is_not_stored_is_not_found(http: httpx.Client, resource: str, name: dict):
    assert http.get(resource, params=name).status_code == 404


@pytest.mark.parametrize(("resource", "name"), ALL)
def test_a_deleted_document_is_gone_and_deleting_again_is_no_fault(http: httpx.Client, resource: str, name: dict):
    http.put(resource, params=name, content=b"x", headers=NEW)
    assert http.delete(resource, params=name).status_code == 204
    assert http.get(resource, params=name).status_code == 404
    assert http.delete(resource, params=name).status_code == 204


@pytest.mark.parametrize(("resource", "name"), ALL)
def test_post_merges_one_level_deep_and_keeps_numbers_as_they_were_written(
    http: httpx.Client, resource: str, name: dict
):
    http.put(resource, params=name, content=b'{"a":1.50,"deep":{"x":1},"b":2}', headers=JSON | NEW)
    assert http.post(resource, params=name, content=b'{"b":3.0,"deep":{"y":2}}', headers=JSON).status_code == 204
    assert http.get(resource, params=name).content == b'{"a":1.50,"deep":{"y":2},"b":3.0}'


@pytest.mark.parametrize(("resource", "name"), ALL)
def test_post_of_a_new_document_stores_it(http: httpx.Client, resource: str, name: dict):
    assert http.post(resource, params=name, content=b'{"a":1}', headers=JSON).status_code == 204
    assert http.get(resource, params=name).json() == {"a": 1}


@pytest.mark.parametrize(("resource", "name"), ALL)
@pytest.mark.parametrize(
    ("stored", "posted"),
    [
        ((b"plain", "text/plain"), (b"{}", "application/json")),
        ((b'{"a":1}', "application/json"), (b"{}", "text/plain")),
        ((b'{"a":1}', "application/json"), (b"[1]", "application/json")),
        ((b'{"a":1}', "application/json"), (b"{", "application/json")),
        ((b"[1]", "application/json"), (b"{}", "application/json")),
    ],
)
def test_what_cannot_be_merged_is_refused_and_nothing_changes(
    http: httpx.Client, resource: str, name: dict, stored: tuple[bytes, str], posted: tuple[bytes, str]
):
    http.put(resource, params=name, content=stored[0], headers={"Content-Type": stored[1]} | NEW)
    refused = http.post(resource, params=name, content=posted[0], headers={"Content-Type": posted[1]})
    assert refused.status_code == 400
    assert refused.json()["error"] == "InvalidRequest"
    assert http.get(resource, params=name).content == stored[0]


@pytest.mark.parametrize(("resource", "name"), ALL)
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_if_match_of_an_older_document_fails_and_nothing_changes(
    http2: httpx.Client, resource: str, name: dict, method: str
):
    http2.put(resource, params=name, content=b'{"a":1}', headers=JSON | NEW)
    stale = {"If-Match": etag(b"older")}
    refused = http2.request(method, resource, params=name, content=b"{}", headers=JSON | stale)
    assert refused.status_code == 412
    assert http2.get(resource, params=name).content == b'{"a":1}'
    current = {"If-Match": etag(b'{"a":1}')}
    assert http2.request(method, resource, params=name, content=b"{}", headers=JSON | current).status_code == 204


@pytest.mark.parametrize(("resource", "name"), ALL)
def test_if_none_match_any_fails_when_the_document_exists(http: httpx.Client, resource: str, name: dict):
    assert http.put(resource, params=name, content=b"1", headers=NEW).status_code == 204
    assert http.put(resource, params=name, content=b"2", headers=NEW).status_code == 412
    assert http.get(resource, params=name).content == b"1"


@pytest.mark.parametrize(("resource", "name"), ALL)
def test_if_match_of_a_missing_document_fails(http: httpx.Client, resource: str, name: dict):
    assert http.put(resource, params=name, content=b"1", headers={"If-Match": etag(b"1")}).status_code == 412


@pytest.mark.parametrize(("resource", "name"), PROFILES)
def test_a_blind_put_onto_a_profile_is_a_conflict_in_both_versions(
    http: httpx.Client, http2: httpx.Client, resource: str, name: dict
):
    http.put(resource, params=name, content=b"1", headers=NEW)
    for client in (http, http2):
        refused = client.put(resource, params=name, content=b"2")
        assert refused.status_code == 409
        assert "If-Match" in refused.json()["message"]
    assert http.get(resource, params=name).content == b"1"


@pytest.mark.parametrize(("resource", "name"), PROFILES)
def test_a_blind_put_of_a_new_profile_is_refused_by_the_first_version_only(
    http: httpx.Client, http2: httpx.Client, resource: str, name: dict
):
    assert http.put(resource, params=name, content=b"1").status_code == 400
    assert http2.put(resource, params=name, content=b"1").status_code == 204


def test_a_blind_put_overwrites_state_in_the_first_version_and_is_a_conflict_in_the_second(
    http: httpx.Client, http2: httpx.Client
):
    assert http.put("activities/state", params=STATE, content=b"1").status_code == 204
    assert http.put("activities/state", params=STATE, content=b"2").status_code == 204
    assert http2.put("activities/state", params=STATE, content=b"3").status_code == 409
    assert http.get("activities/state", params=STATE).content == b"2"


def test_state_of_a_registration_is_another_document(http: httpx.Client):
    registered = STATE | {"registration": str(uuid4())}
    http.put("activities/state", params=STATE, content=b"plain")
    http.put("activities/state", params=registered, content=b"registered")
    assert http.get("activities/state", params=STATE).content == b"plain"
    assert http.get("activities/state", params=registered).content == b"registered"


def test_ids_are_listed_and_since_leaves_out_what_is_older(http: httpx.Client):
    context = {"activityId": ACTIVITY, "agent": AGENT}
    http.put("activities/state", params=STATE, content=b"1")
    http.put("activities/state", params=STATE | {"stateId": "other"}, content=b"1")
    assert sorted(http.get("activities/state", params=context).json()) == ["bookmark", "other"]
    assert http.get("activities/state", params=context | {"since": "2999-01-01T00:00:00Z"}).json() == []
    assert len(http.get("activities/state", params=context | {"since": "2000-01-01T00:00:00Z"}).json()) == 2


@pytest.mark.parametrize(("resource", "name"), PROFILES)
def test_profile_ids_are_listed(http: httpx.Client, resource: str, name: dict):
    http.put(resource, params=name, content=b"1", headers=NEW)
    whole = {key: value for key, value in name.items() if key != "profileId"}
    assert http.get(resource, params=whole).json() == [name["profileId"]]
    assert http.get(resource, params=whole | {"since": "2999-01-01T00:00:00Z"}).json() == []


def test_all_state_of_a_context_is_deleted_at_once_and_no_other(http: httpx.Client):
    context = {"activityId": ACTIVITY, "agent": AGENT}
    elsewhere = STATE | {"activityId": "http://example.com/other"}
    for name in (STATE, STATE | {"stateId": "two"}, elsewhere):
        http.put("activities/state", params=name, content=b"1")
    assert http.delete("activities/state", params=context).status_code == 204
    assert http.get("activities/state", params=context).json() == []
    assert http.get("activities/state", params=elsewhere).status_code == 200


@pytest.mark.parametrize(
    ("method", "resource", "params"),
    [
        ("PUT", "activities/state", {"activityId": ACTIVITY, "agent": AGENT}),
        ("PUT", "activities/state", STATE | {"activityId": "no scheme"}),
        ("PUT", "activities/state", STATE | {"agent": "{}"}),
        ("PUT", "activities/state", STATE | {"agent": "{"}),
        ("PUT", "activities/state", STATE | {"registration": "7"}),
        ("GET", "activities/state", STATE | {"since": "yesterday"}),
        ("GET", "activities/state", STATE | {"StateId": "x"}),
        ("DELETE", "agents/profile", {"agent": AGENT}),
        ("GET", "agents/profile", {}),
        ("DELETE", "activities/profile", {"activityId": ACTIVITY}),
        ("GET", "activities/profile", {"profileId": "x"}),
    ],
)
def test_missing_and_malformed_parameters_are_refused(http: httpx.Client, method: str, resource: str, params: dict):
    refused = http.request(method, resource, params=params)
    assert refused.status_code == 400
    assert refused.json()["faults"]


def test_the_address_of_an_agent_is_compared_without_regard_to_the_case_of_its_host(http: httpx.Client):
    http.put("activities/state", params=STATE, content=b"1")
    shouted = STATE | {"agent": json.dumps({"mbox": "mailto:ada@EXAMPLE.com", "objectType": "Agent", "name": "Ada"})}
    assert http.get("activities/state", params=shouted).content == b"1"


def test_many_writers_with_if_match_lose_no_update(http: httpx.Client):
    http.put("activities/state", params=STATE, content=b'{"count":0}', headers=JSON)

    def count_up() -> None:
        for _ in range(5):
            while True:
                seen = http.get("activities/state", params=STATE)
                raised = json.dumps({"count": seen.json()["count"] + 1}).encode()
                only_then = {"If-Match": seen.headers["etag"]}
                if http.put("activities/state", params=STATE, content=raised, headers=JSON | only_then).is_success:
                    break

    writers = [threading.Thread(target=count_up) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert http.get("activities/state", params=STATE).json() == {"count": 20}


def test_many_merges_lose_no_property(http: httpx.Client):
    def merge(worker: int) -> None:
        for number in range(5):
            assert http.post("activities/state", params=STATE, json={f"{worker}-{number}": 1}).status_code == 204

    workers = [threading.Thread(target=merge, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(http.get("activities/state", params=STATE).json()) == 20
