"""Whatever is sent, the answer is never a failure of the server (Communication 3.2)."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATHS = ["statements", "activities", "agents", "activities/state", "activities/profile", "agents/profile", "about"]
NAMES = [
    *("statementId", "voidedStatementId", "agent", "verb", "activity", "registration", "related_activities"),
    *("related_agents", "since", "until", "limit", "format", "attachments", "ascending", "more", "activityId"),
    *("stateId", "profileId", "method", "unknown"),
]
AGENT = '{"mbox":"mailto:ada@example.com"}'
VALUES = [
    *(
        "",
        "\x00",
        "true",
        "0",
        "-1",
        "9" * 30,
        "ids",
        "http://example.com/x",
        "x",
        "{}",
        "[]",
        "null",
        AGENT,
        "\ufffe",
        "GET",
        "PUT",
    ),
    *("6690e6c9-3ef0-4ed3-8b37-7f3964730bee", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01"),
    *('{"account":{"homePage":"http://x","name":"\\u0000"}}', '{"mbox":"mailto:\\ud800@x"}', '{"member":' * 200),
]
STATEMENT = json.dumps(
    {
        "id": "6690e6c9-3ef0-4ed3-8b37-7f3964730bee",
        "actor": {"mbox": "mailto:ada@example.com"},
        "verb": {"id": "http://example.com/v"},
        "object": {"id": "http://example.com/x", "definition": {"name": {"en": "x"}}},
        "result": {"score": {"scaled": 0.5}, "duration": "PT1S"},
        "timestamp": "2026-01-01T00:00:00Z",
    }
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(VALUES)
    | st.text(max_size=8)
)
wild = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    statement = json.loads(STATEMENT)
    place: Any = statement
    while True:
        key = draw(st.sampled_from(sorted(place)) | st.text(max_size=8))
        if isinstance(place.get(key), dict) and draw(st.booleans()):
            place = place[key]
        else:
            place[key] = draw(wild)
            return json.dumps(statement).encode()


@st.composite
def cut(draw: st.DrawFn) -> bytes:
    whole = STATEMENT.encode()
    return whole[: draw(st.integers(0, len(whole)))] + draw(st.binary(max_size=4))


bodies = mutated() | cut() | st.binary(max_size=40) | wild.map(lambda value: json.dumps(value).encode())
queries = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES) | st.text(max_size=12)), max_size=4)
headers = st.dictionaries(
    st.sampled_from(
        ["content-type", "if-match", "if-none-match", "accept-language", "x-experience-api-version", "authorization"]
    ),
    st.sampled_from(
        [
            *(
                "application/json",
                "multipart/mixed; boundary=x",
                "multipart/mixed",
                "text/plain",
                "*",
                '"x"',
                "x,,",
                ";q=x",
            ),
            *("2.0.0", "1.0.0", "Basic AAAA", "Basic AAA6", "Basic", "de;q=2, *;q=0", "\u00e9", "--x"),
        ]
    ),
    max_size=3,
)


@pytest.fixture(scope="module")
def world(shared_lrs: Any) -> Iterator[httpx.Client]:
    with shared_lrs.client() as client:
        yield client


def must_not_fail(world: httpx.Client, request: httpx.Request) -> None:
    answer = world.send(request)
    assert answer.status_code < 500, (request.method, request.url, request.headers, request.content)
    if answer.status_code >= 400 and request.method != "HEAD":
        assert answer.json()["faults"]
    assert "x-experience-api-version" in answer.headers


requests = st.tuples(
    st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"]), st.sampled_from(PATHS), queries, headers, bodies
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(requests)
def test_no_request_makes_the_server_fail(world: httpx.Client, request_parts: tuple):
    method, path, query, sent, body = request_parts
    encoded = "&".join(f"{name}={quote(value, errors='surrogatepass')}" for name, value in query)
    raw = {name: value.encode("latin-1") for name, value in sent.items()}
    must_not_fail(world, world.build_request(method, f"{path}?{encoded}", headers=raw, content=body))


COMPLETE = {
    "statements": {},
    "activities": {"activityId": "http://example.com/x"},
    "agents": {"agent": AGENT},
    "activities/state": {"activityId": "http://example.com/x", "agent": AGENT, "stateId": "s"},
    "activities/profile": {"activityId": "http://example.com/x", "profileId": "p"},
    "agents/profile": {"agent": AGENT, "profileId": "p"},
}


@pytest.mark.parametrize("path", COMPLETE)
def test_no_value_of_a_parameter_makes_the_server_fail(world: httpx.Client, path: str):
    for method in ("GET", "PUT"):
        for name in {*COMPLETE[path], "since", "until", "limit", "registration", "statementId", "more"}:
            for value in VALUES:
                for given_beside in (
                    COMPLETE[path],
                    {key: COMPLETE[path][key] for key in COMPLETE[path] if not key.endswith("Id")},
                ):
                    params = given_beside | {name: value}
                    must_not_fail(world, world.build_request(method, path, params=params, content=b"{}"))


@pytest.mark.parametrize(
    "member", ["id", "timestamp", "stored", "version", "actor", "verb", "object", "result", "context", "attachments"]
)
def test_no_value_of_a_member_makes_the_server_fail(world: httpx.Client, member: str):
    values = [
        *VALUES,
        *map(json.loads, ("[[]]", "[{}]", "{}", "1e400", "-0.0", "123456789012345678901234567890", "[1]")),
    ]
    for value in values:
        content = json.dumps(json.loads(STATEMENT) | {member: value}).encode()
        must_not_fail(world, world.build_request("POST", "statements", content=content))
