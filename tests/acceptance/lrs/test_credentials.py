import base64
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from lrs.ingest import credentials
from lrs.ingest.scopes import SCOPES
from lrs.read.credentials import credentials as listed
from lrs.xapi.faults import InvalidRequest, NotFound

Make = Callable[..., dict]
AGENT = '{"mbox":"mailto:ada@example.com"}'
ACTIVITY = "http://example.com/course"
READ_STATE = ("GET", "activities/state", {"activityId": ACTIVITY, "agent": AGENT})
WRITE_STATE = ("PUT", "activities/state", {"activityId": ACTIVITY, "agent": AGENT, "stateId": "x"})
READ_PROFILE = ("GET", "agents/profile", {"agent": AGENT})
WRITE_PROFILE = ("DELETE", "activities/profile", {"activityId": ACTIVITY, "profileId": "x"})
READ = ("GET", "statements", {})
WRITE = ("POST", "statements", {})
ACTIVITIES = ("GET", "activities", {"activityId": ACTIVITY})
AGENTS = ("GET", "agents", {"agent": AGENT})
EVERYTHING = (READ_STATE, WRITE_STATE, READ_PROFILE, WRITE_PROFILE, READ, WRITE, ACTIVITIES, AGENTS)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic: abc",
        "Basic !!!",
        "Bearer abc",
        "Basic bm9jb2xvbg==",
        "Basic /w==",
        "Basic OmE=",
    ],
)
def test_missing_or_malformed_credentials_are_refused(lrs: Any, header: str | None):
    with lrs.client(authorization=None) as client:
        refused = client.get("statements", headers={"Authorization": header} if header is not None else {})
    assert refused.status_code == 401
    assert refused.json()["error"] == "Unauthenticated"
    assert refused.headers["www-authenticate"].startswith("Basic ")


def test_wrong_and_unknown_credentials_are_refused_in_the_same_words(lrs: Any):
    key = base64.b64decode(lrs.authorization.split()[1]).decode().partition(":")[0]
    answers = []
    for pair in (f"{key}:wrong", "nobody:wrong"):
        with lrs.client(authorization="Basic " + base64.b64encode(pair.encode()).decode()) as client:
            answers.append(client.get("statements"))
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("all", EVERYTHING),
        ("all/read", (READ_STATE, READ_PROFILE, READ, ACTIVITIES, AGENTS)),
        ("statements/read", (READ, ACTIVITIES, AGENTS)),
        ("statements/read/mine", (READ,)),
        ("statements/write", (WRITE,)),
        ("state", (READ_STATE, WRITE_STATE, ACTIVITIES)),
        ("profile", (READ_PROFILE, WRITE_PROFILE, ACTIVITIES, AGENTS)),
        ("define", ()),
    ],
)
def test_a_scope_opens_its_resources_and_no_other(lrs: Any, scope: str, allowed: tuple):
    with lrs.client(authorization=lrs.key(scope)) as client:
        for asked in EVERYTHING:
            method, resource, params = asked
            body = b"[]" if asked == WRITE else b""
            answer = client.request(method, resource, params=params, content=body)
            assert answer.is_success == (asked in allowed), asked
            if asked not in allowed:
                assert answer.status_code == 403
                assert "scope" in answer.json()["message"]


def test_scopes_add_up(lrs: Any):
    with lrs.client(authorization=lrs.key("statements/write", "state")) as client:
        assert client.post("statements", json=[]).status_code == 200
        assert client.request(*WRITE_STATE[:2], params=WRITE_STATE[2], content=b"1").status_code == 204


def test_who_reads_only_its_own_sees_no_other_statement(lrs: Any, statement: Make):
    with lrs.client() as other:
        (foreign,) = other.post("statements", json=statement()).json()
    with lrs.client(authorization=lrs.key("statements/write", "statements/read/mine", name="mine")) as client:
        (own,) = client.post("statements", json=statement()).json()
        assert [found["id"] for found in client.get("statements").json()["statements"]] == [own]
        assert client.get("statements", params={"statementId": own}).status_code == 200
        assert client.get("statements", params={"statementId": foreign}).status_code == 404


def test_an_authority_of_the_credential_becomes_that_of_its_statements(lrs: Any, statement: Make):
    authority = {"objectType": "Agent", "mbox": "mailto:lrp@example.com"}
    with lrs.client(authorization=lrs.key("all", authority=authority)) as client:
        client.post("statements", json=statement())
        assert client.get("statements").json()["statements"][0]["authority"] == authority


def test_a_revoked_key_is_refused_within_a_second(lrs: Any):
    authorization = lrs.key("all", name="leaving")
    (key,) = [made["key"] for made in listed(lrs.store) if made["name"] == "leaving"]
    with lrs.client(authorization=authorization) as client:
        assert client.get("statements").status_code == 200
        credentials.revoke(lrs.store, key, who="operator", why="the tool was replaced")
        time.sleep(0.9)
        assert client.get("statements").status_code == 401


def test_an_expired_key_is_refused(lrs: Any):
    expires = now() + timedelta(seconds=2)
    with lrs.client(authorization=lrs.key("all", expires=expires)) as client:
        before = client.get("statements").status_code
        assert before == 200 or now() >= expires, "on a machine that stood still it may have expired meanwhile"
        time.sleep(max(0.0, (expires - now()).total_seconds()) + 0.1)
        assert client.get("statements").status_code == 401


def test_every_change_of_credentials_is_an_entry_that_holds_no_secret(lrs: Any):
    made = credentials.create(lrs.store, name="tool", scopes=["state"], now=now, who="ada", why="new course")
    credentials.revoke(lrs.store, made.key, who="bob", why="course ended")
    created, revoked = lrs.store.read(after=0, limit=100)[-2:]
    assert (created.topic, revoked.topic) == ("mastrail.credential.created.v1", "mastrail.credential.revoked.v1")
    assert b'"who":"ada"' in created.payload
    assert b'"why":"new course"' in created.payload
    assert made.key.encode() in revoked.payload
    assert b'"who":"bob"' in revoked.payload
    assert not any(made.secret.encode() in entry.blob for entry in (created, revoked))
    assert credentials.secret_hash(made.secret) not in created.blob


@pytest.mark.parametrize("first", [0x00, 0x7F, 0x80, 0xF8, 0xFF])
def test_a_key_and_its_secret_begin_with_a_letter_so_that_no_command_takes_them_for_an_option(lrs: Any, first: int):
    made = credentials.create(
        lrs.store,
        name="tool",
        scopes=["all"],
        now=lambda: datetime.now(UTC),
        random_bytes=lambda count: bytes((first,)) * count,
    )
    assert made.key[0].isalpha()
    assert made.secret[0].isalpha()


def test_credentials_are_listed_without_their_secrets(lrs: Any):
    made = credentials.create(lrs.store, name="tool", scopes=["state", "profile"], now=now)
    found = {one["key"]: one for one in listed(lrs.store)}[made.key]
    assert found["name"] == "tool"
    assert found["scopes"] == ["profile", "state"]
    assert found["revoked"] is False
    assert made.secret not in str(found)


@pytest.mark.parametrize(
    "wrong",
    [{"scopes": ["everything"]}, {"scopes": []}, {"name": " "}, {"expires": datetime(2020, 1, 1, tzinfo=UTC)}],
)
def test_a_credential_that_makes_no_sense_is_refused(lrs: Any, wrong: dict):
    with pytest.raises(InvalidRequest):
        credentials.create(lrs.store, **({"name": "tool", "scopes": ["state"], "now": now} | wrong))


def test_revoking_what_does_not_exist_is_refused(lrs: Any):
    with pytest.raises(NotFound):
        credentials.revoke(lrs.store, str(uuid4()))


def test_unknown_parameters_are_ignored_and_counted_only_where_a_credential_says_so(lrs: Any):
    with lrs.client() as strict:
        assert strict.get("statements", params={"launch": "1"}).status_code == 400
    with lrs.client(authorization=lrs.key("all", name="legacy", ignores_unknown_parameters=True)) as lenient:
        assert lenient.get("statements", params={"launch": "1"}).status_code == 200
        assert lenient.get("statements", params={"launch": "1", "verb": "no scheme"}).status_code == 400
        metrics = lenient.get(f"{lrs.url}/metrics").text
    assert 'mastrail_advice_total{advice="unknown-parameter",credential="legacy"} 2.0' in metrics


def test_every_scope_is_one_that_a_key_can_have(lrs: Any):
    assert credentials.create(lrs.store, name="tool", scopes=SCOPES, now=now).key
