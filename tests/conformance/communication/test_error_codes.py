"""Refusals and their statuses (Communication 3.2)."""

import base64
import json
import socket
from typing import Any

import httpx
import pytest

from conformance.communication.asking import (
    PLACES,
    UNTIL_NOW,
    new_agent,
    new_id,
    new_iri,
    parameters_of,
    refused,
    statement,
    store,
)
from support.served import Served

RESOURCES = ["statements", "activities", "agents", "activities/state", "activities/profile", "agents/profile"]


@pytest.mark.requirement("Communication 3.2.s3.b7", "a parameter that is not known is 400, on every resource")
@pytest.mark.parametrize("path", [*RESOURCES, "about"])
def test_an_unknown_parameter_is_refused(lrs: httpx.Client, path: str) -> None:
    given = {
        "activities": {"activityId": new_iri("activities")},
        "agents": {"agent": json.dumps(new_agent())},
        **{place.path: place.parameters for place in (make() for make in PLACES.values())},
    }.get(path, {})
    refused(lrs.get(path, params={**given, "foo": "bar"}))


WRONG_CASE: dict[str, Any] = {
    "StatementId": new_id(),
    "VoidedStatementId": new_id(),
    "Agent": new_agent(),
    "Verb": new_iri("verbs"),
    "Activity": new_iri("activities"),
    "Registration": new_id(),
    "Related_Activities": True,
    "Related_Agents": True,
    "Since": UNTIL_NOW,
    "Until": UNTIL_NOW,
    "Limit": 10,
    "Format": "ids",
    "Attachments": True,
    "Ascending": True,
    "LIMIT": 10,
    "statementid": new_id(),
}


@pytest.mark.requirement("Communication 3.2.s3.b8", "a parameter that differs in case is 400")
@pytest.mark.parametrize("name", sorted(WRONG_CASE))
def test_a_parameter_in_another_case_is_refused(lrs: httpx.Client, name: str) -> None:
    refused(lrs.get("statements", params=parameters_of({name: WRONG_CASE[name]})))


@pytest.mark.requirement("Communication 3.2.s3.b8", "a parameter that differs in case is 400")
def test_put_with_a_parameter_in_another_case_is_refused(lrs: httpx.Client) -> None:
    sent = statement(id=new_id())
    refused(lrs.put("statements", params={"StatementId": sent["id"]}, json=sent))


@pytest.mark.requirement(
    "Communication 3.2.s3.b9", "a batch with one bad statement is refused and nothing of it stored"
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_bad_statement_keeps_the_batch_out(lrs: httpx.Client, place: int) -> None:
    batch = [statement(id=new_id()) for _ in range(3)]
    batch[place]["verb"] = {"id": "should fail"}
    reply = lrs.post("statements", json=batch)
    refused(reply)
    assert [fault["statementIndex"] for fault in reply.json()["faults"]] == [place]
    for one in batch:
        assert lrs.get("statements", params={"statementId": one["id"]}).status_code == 404


@pytest.mark.requirement("Communication 3.2.s3.b2", "a refusal has a message that explains the cause")
def test_a_refusal_explains_itself(lrs: httpx.Client) -> None:
    reply = lrs.post("statements", json=[statement(), {**statement(), "result": {"score": {"scaled": 2}}}])
    assert reply.headers["content-type"] == "application/json"
    [fault] = reply.json()["faults"]
    assert (fault["statementIndex"], fault["pointer"]) == (1, "/result/score/scaled")
    assert fault["message"]
    assert fault["rule"]


@pytest.mark.requirement("Communication 3.2.s3.b1", "a method that a resource does not have is 405")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "statements"),
        ("PATCH", "statements"),
        *((method, path) for path in ("activities", "agents") for method in ("PUT", "POST", "DELETE")),
        ("PATCH", "activities/state"),
    ],
)
def test_another_method_is_not_allowed(
    lrs: httpx.Client, bare: httpx.Client, xapi_version: str, method: str, path: str
) -> None:
    parameters = {"agent": json.dumps(new_agent())} if path == "agents" else {}
    for client in (lrs, bare):
        reply = client.request(method, path, params=parameters, headers={"X-Experience-API-Version": xapi_version})
        assert reply.status_code == 405
        assert method not in reply.headers["allow"].split(", ")


@pytest.mark.requirement("Communication 3.2.s2.b4", "there is nothing at other paths: 404")
@pytest.mark.parametrize("path", ["", "statement", "statements/other", "activities/other", "Statements"])
def test_other_paths_are_not_found(lrs: httpx.Client, path: str) -> None:
    assert lrs.get(path).status_code == 404


@pytest.mark.requirement("Communication 3.2.s3.b10", "credentials without the right for a request: 403")
def test_credentials_without_the_right_are_forbidden(lrs: httpx.Client, statement_keeper: httpx.BasicAuth) -> None:
    for make in PLACES.values():
        place = make()
        for method in ("PUT", "POST", "GET", "DELETE"):
            refused(lrs.request(method, place.path, params=place.parameters, auth=statement_keeper), 403)
    assert lrs.get("statements", params={"limit": "1"}, auth=statement_keeper).status_code == 200


@pytest.mark.requirement(
    "Communication 3.2.s3.b16", "statements, documents and attachments of a reasonable size are taken"
)
def test_a_large_statement_and_a_large_document_are_taken(lrs: httpx.Client) -> None:
    [one] = store(lrs, statement(result={"response": "x" * 1_000_000}))
    assert lrs.head("statements", params={"statementId": one}).status_code == 200
    place = PLACES["State"]()
    content = b"y" * 3_000_000
    sent = lrs.put(place.path, params=place.parameters, content=content, headers={"Content-Type": "text/plain"})
    assert sent.status_code == 204
    assert lrs.get(place.path, params=place.parameters).content == content


@pytest.mark.requirement("Communication 3.2.s3.b11", "a body over the limit of the store: 413")
def test_a_body_over_the_limit_is_refused(lrs: httpx.Client, shared_served: Served, xapi_version: str) -> None:
    secret = base64.b64encode(f"{shared_served.key}:{shared_served.secret}".encode()).decode()
    head = (
        "POST /xAPI/statements HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Basic {secret}",
        f"X-Experience-API-Version: {xapi_version}",
        "Content-Type: application/json",
        "Content-Length: 1000000000",
    )
    with socket.create_connection(("127.0.0.1", shared_served.port), timeout=20) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        assert connection.recv(64).startswith(b"HTTP/1.1 413 ")
