"""Credentials (Communication 4.0)."""

import base64

import httpx
import pytest

from conformance.communication.asking import get, new_id, refused, statement
from support.served import Served

RESOURCES = ["statements", "activities", "activities/profile", "activities/state", "agents", "agents/profile"]


def basic(text: str) -> str:
    """Return a Basic header for any text."""
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.requirement("Communication 4.0.s3.b1", "HTTP Basic credentials are taken")
def test_basic_credentials_are_taken(bare: httpx.Client, shared_served: Served, xapi_version: str) -> None:
    statement_id = new_id()
    secret = base64.b64encode(f"{shared_served.key}:{shared_served.secret}".encode()).decode()
    for scheme in ("Basic", "basic", "BASIC"):
        headers = {"Authorization": f"{scheme} {secret}", "X-Experience-API-Version": xapi_version}
        sent = bare.put("statements", params={"statementId": statement_id}, json=statement(), headers=headers)
        assert sent.status_code == 204


WRONG = {
    "none": None,
    "an unknown name": basic("RobCIsNot:AUserOnThisLRS123"),
    "no words": basic(":"),
    "no colon": basic("RobCIsNot"),
    "a colon after Basic": "Basic:" + basic("RobCIsNot:AUserOnThisLRS")[6:],
    "not base64": "Basic !!!",
    "nothing": "Basic",
    "another scheme": "Digest username=x",
    "an unknown token": "Bearer abc.def.ghi",
}


@pytest.mark.requirement("Communication 3.2.s2.b2", "missing, wrong and malformed credentials: 401, nothing is done")
@pytest.mark.parametrize("name", sorted(WRONG))
@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_bad_credentials_are_refused(
    lrs: httpx.Client, bare: httpx.Client, xapi_version: str, name: str, method: str
) -> None:
    statement_id, header = new_id(), WRONG[name]
    parameters = {"statementId": statement_id} if method != "POST" else {}
    body = None if method == "GET" else statement(id=statement_id)
    headers = {"X-Experience-API-Version": xapi_version} | ({} if header is None else {"Authorization": header})
    reply = bare.request(method, "statements", params=parameters, json=body, headers=headers)
    refused(reply, 401)
    assert reply.headers["www-authenticate"].startswith("Basic ")
    assert lrs.get("statements", params={"statementId": statement_id}).status_code == 404


@pytest.mark.requirement("Communication 3.2.s2.b2", "every resource but about asks for credentials")
@pytest.mark.parametrize("path", RESOURCES)
def test_every_resource_asks_for_credentials(bare: httpx.Client, xapi_version: str, path: str) -> None:
    refused(bare.get(path, headers={"X-Experience-API-Version": xapi_version}), 401)


@pytest.mark.requirement("Communication 3.2.s2.b2", "bad credentials with a bad version: 400 or 401")
def test_bad_credentials_with_a_bad_version_are_refused(bare: httpx.Client, xapi_version: str) -> None:
    headers = {"Authorization": WRONG["an unknown name"], "X-Experience-API-Version": "BAD"}
    assert bare.get("statements", headers=headers).status_code in (400, 401)


@pytest.mark.requirement("Communication 3.2.s2.b2", "a wrong secret is refused as an unknown name is")
def test_a_wrong_secret_is_refused(lrs: httpx.Client, shared_served: Served) -> None:
    wrong = lrs.get("statements", auth=httpx.BasicAuth(shared_served.key, "wrong"))
    unknown = lrs.get("statements", auth=httpx.BasicAuth("nobody", "wrong"))
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json()) == (401, unknown.json())


@pytest.mark.requirement("Communication 4.0.s3.b2", "statements are of the authority of their credentials")
def test_the_authority_is_that_of_the_credentials(lrs: httpx.Client, statement_keeper: httpx.BasicAuth) -> None:
    first, second = new_id(), new_id()
    claimed = {"objectType": "Agent", "mbox": "mailto:somebody.else@example.com"}
    assert lrs.post("statements", json=statement(id=first, authority=claimed)).status_code == 200
    assert lrs.post("statements", json=statement(id=second), auth=statement_keeper).status_code == 200
    authorities = [get(lrs, one)["authority"] for one in (first, second)]
    assert claimed not in authorities
    assert authorities[0] != authorities[1]
    assert all(one["objectType"] in ("Agent", "Group") for one in authorities)
