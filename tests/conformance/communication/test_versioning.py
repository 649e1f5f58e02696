"""The header X-Experience-API-Version (Communication 3.3)."""

from collections.abc import Callable

import httpx
import pytest

from conformance.communication.asking import get, new_id, refused, statement, store
from support.served import Served

HEADER = "X-Experience-API-Version"
RESOURCES = ["statements", "activities", "activities/profile", "activities/state", "agents", "agents/profile"]


@pytest.mark.requirement("Communication 3.3.s3.b1", "every reply has the header")
@pytest.mark.requirement("Communication 3.3.s3.b2", "its value is the latest patch of the version asked in")
def test_every_reply_names_the_version(lrs: httpx.Client, xapi_version: str) -> None:
    [one] = store(lrs, statement())
    for reply in (
        lrs.get("statements", params={"statementId": one}),
        lrs.get("statements", params={"foo": "bar"}),
        lrs.get("statements", params={"statementId": new_id()}),
        lrs.post("statements", json=statement()),
        lrs.post("statements", json={}),
        lrs.delete("statements"),
        lrs.get("about"),
        lrs.get("agents"),
        lrs.get("nothing"),
        lrs.get("statements", auth=httpx.BasicAuth("no", "body")),
    ):
        assert reply.headers[HEADER] == xapi_version


TAKEN = {
    "1.0.3": ["1.0", "1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.0.9"],
    "2.0.0": ["2.0", "2.0.0", "2.0.1"],
}


@pytest.mark.requirement("Communication 3.3.s3.b3", "1.0 is taken as 1.0.0")
@pytest.mark.requirement("Communication 3.3.s3.b5", "any patch of the version is taken")
def test_every_patch_is_taken(lrs: httpx.Client, xapi_version: str) -> None:
    for header in TAKEN[xapi_version]:
        reply = lrs.get("statements", params={"limit": "1"}, headers={HEADER: header})
        assert (reply.status_code, reply.headers[HEADER]) == (200, xapi_version)


@pytest.mark.requirement("Communication 3.3.s3.b4", "versions before 1.0.0 are refused")
@pytest.mark.requirement("Communication 3.3.s3.b6", "versions that are not served are refused")
@pytest.mark.requirement("Communication 3.3.s3.b7", "the refusal is 400 with a description")
@pytest.mark.parametrize("header", ["0.8", "0.9", "0.95", "1.1.0", "1.1", "1", "2.1.0", "3.0.0", "BAD", "", "1.0.x"])
def test_other_versions_are_refused(lrs: httpx.Client, header: str) -> None:
    for path in RESOURCES:
        refused(lrs.get(path, headers={HEADER: header}))


@pytest.mark.requirement("Communication 3.3.s4.b1", "a request without the header is 400, with the header on the reply")
@pytest.mark.parametrize("path", RESOURCES)
def test_a_request_without_the_header_is_refused(
    bare: httpx.Client, shared_served: Served, path: str, xapi_version: str
) -> None:
    credentials = httpx.BasicAuth(shared_served.key, shared_served.secret)
    reply = bare.get(path, auth=credentials)
    refused(reply)
    assert reply.headers[HEADER] == "1.0.3"


@pytest.mark.requirement(
    "IEEE 9274.1.1 4.1.7",
    "a store that is set to 2.0.0 names 2.0.0 when it refuses a request without the header",
    versions=("2.0.0",),
)
@pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)
def test_the_version_of_such_a_refusal_may_be_chosen(serve: Callable[..., Served], xapi_version: str) -> None:
    served = serve(default_xapi_version=xapi_version)
    del served.client.headers[HEADER]
    for path in RESOURCES:
        reply = served.client.get(f"xAPI/{path}")
        refused(reply)
        assert reply.headers[HEADER] == xapi_version


@pytest.mark.requirement("Communication 3.3.s4.b1", "statements without the header are not stored")
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_statement_without_the_header_is_not_stored(
    lrs: httpx.Client, bare: httpx.Client, shared_served: Served, method: str
) -> None:
    sent = statement(id=new_id())
    credentials = httpx.BasicAuth(shared_served.key, shared_served.secret)
    parameters = {"statementId": sent["id"]} if method == "PUT" else {}
    refused(bare.request(method, "statements", params=parameters, json=sent, auth=credentials))
    assert lrs.get("statements", params={"statementId": sent["id"]}).status_code == 404


@pytest.mark.requirement("Communication 3.3.s5.b1", "statements are not converted into another version")
def test_a_statement_keeps_what_it_was_sent_with(lrs: httpx.Client, xapi_version: str) -> None:
    sent = statement(id=new_id())
    store(lrs, sent)
    for header in ("1.0.0", "1.0.3", "2.0.0"):
        reply = lrs.get("statements", params={"statementId": sent["id"]}, headers={HEADER: header})
        found = reply.json()
        assert {name: found[name] for name in sent} == sent
        assert found["version"] == {"1.0.3": "1.0.0", "2.0.0": "2.0.0"}[xapi_version]


@pytest.mark.requirement(
    "Communication 3.3.s5.b1", "what 2.0 added comes back to a client of 1.0.3 as it was sent", versions=("2.0.0",)
)
def test_what_is_new_in_2_0_is_returned_as_it_is(lrs: httpx.Client) -> None:
    context = {"contextAgents": [{"objectType": "contextAgent", "agent": {"mbox": "mailto:a@example.com"}}]}
    [one] = store(lrs, statement(context=context))
    assert get(lrs, one)["context"] == context
    reply = lrs.get("statements", params={"statementId": one}, headers={HEADER: "1.0.3"})
    assert reply.json()["context"] == context
