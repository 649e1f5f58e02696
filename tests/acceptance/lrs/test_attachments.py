import hashlib
import json
from collections.abc import Callable
from email.parser import BytesParser
from typing import Any
from uuid import uuid4

import httpx
import pytest

Make = Callable[..., dict]
PHOTO = bytes(range(256)) * 5


def sha2(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def described(content: bytes = PHOTO, **members: object) -> dict:
    plain = {
        "usageType": "http://example.com/photo",
        "display": {"en": "photo"},
        "contentType": "image/png",
        "length": len(content),
        "sha2": sha2(content),
    }
    return plain | members


def part(content: bytes, **headers: str | None) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}".encode() for name, value in headers.items() if value is not None]
    return b"--x\r\n" + b"\r\n".join(lines) + b"\r\n\r\n" + content + b"\r\n"


def attached(content: bytes = PHOTO, **changed: str | None) -> bytes:
    headers = {
        "Content_Type": "image/png",
        "Content_Transfer_Encoding": "binary",
        "X_Experience_API_Hash": sha2(content),
    }
    return part(content, **(headers | changed))


def statements(content: object, content_type: str = "application/json") -> bytes:
    return part(json.dumps(content).encode(), Content_Type=content_type)


def send(http: httpx.Client, *parts: bytes, boundary: str = "x") -> httpx.Response:
    headers = {"Content-Type": f"multipart/mixed; boundary={boundary}"}
    return http.post("statements", content=b"".join(parts) + b"--x--\r\n", headers=headers)


def parts_of(reply: httpx.Response) -> list[Any]:
    kind = reply.headers["content-type"]
    assert kind.startswith("multipart/mixed; boundary=")
    return BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + reply.content).get_payload()


@pytest.mark.parametrize("leading", [b"", b"\r\n"])
def test_an_attachment_comes_back_with_its_statement(http: httpx.Client, statement: Make, leading: bytes):
    kept = send(http, leading + statements(statement(attachments=[described()])), attached())
    assert kept.status_code == 200, kept.text
    by_id = {"statementId": kept.json()[0], "attachments": "true"}
    first, photo = parts_of(http.get("statements", params=by_id))
    assert json.loads(first.get_payload(decode=True))["attachments"] == [described()]
    assert first.get_content_type() == "application/json"
    assert photo.get_payload(decode=True) == PHOTO
    assert photo["X-Experience-API-Hash"] == sha2(PHOTO)
    assert photo["Content-Transfer-Encoding"] == "binary"
    assert photo["Content-Type"] == "image/png"


def test_one_part_serves_every_statement_that_names_it(http: httpx.Client, statement: Make):
    batch = [statement(attachments=[described()]), statement(attachments=[described()])]
    assert send(http, statements(batch), attached()).status_code == 200
    assert len(parts_of(http.get("statements", params={"attachments": "true"}))) == 2


def test_a_substatement_may_have_attachments_too(http: httpx.Client, statement: Make):
    inner = statement(attachments=[described()]) | {"objectType": "SubStatement"}
    assert send(http, statements(statement(object=inner)), attached()).status_code == 200
    assert len(parts_of(http.get("statements", params={"attachments": "true"}))) == 2


def test_asking_for_attachments_gives_multipart_even_without_any(http: httpx.Client, statement: Make):
    http.post("statements", json=statement())
    (only,) = parts_of(http.get("statements", params={"attachments": "true"}))
    assert len(json.loads(only.get_payload(decode=True))["statements"]) == 1


def test_not_asking_gives_json(http: httpx.Client, statement: Make):
    send(http, statements(statement(attachments=[described()])), attached())
    for params in ({}, {"attachments": "false"}):
        assert http.get("statements", params=params).headers["content-type"] == "application/json"


def test_a_statement_may_point_to_a_file_instead(http: httpx.Client, statement: Make):
    pointing = statement(attachments=[described(fileUrl="http://example.com/photo.png")])
    assert http.post("statements", json=pointing).status_code == 200
    assert send(http, statements(pointing)).status_code == 200


def test_multipart_without_any_attachment_is_taken(http2: httpx.Client, statement: Make):
    assert send(http2, statements(statement())).status_code == 200


def test_a_put_may_bring_attachments(http: httpx.Client, statement: Make):
    body = statements(statement(attachments=[described()])) + attached() + b"--x--"
    put = http.put(
        "statements",
        params={"statementId": str(uuid4())},
        content=body,
        headers={"Content-Type": "multipart/mixed; boundary=x"},
    )
    assert put.status_code == 204


def test_an_empty_attachment_does_not_end_the_reply(http: httpx.Client, statement: Make):
    sent = statement(attachments=[described(b""), described()])
    assert send(http, statements(sent), attached(b""), attached()).status_code == 200
    _, empty, photo = parts_of(http.get("statements", params={"attachments": "true"}))
    assert empty.get_payload(decode=True) == b""
    assert photo.get_payload(decode=True) == PHOTO


def test_a_large_attachment_passes_through(http: httpx.Client, statement: Make):
    video = bytes(5_000_000)
    assert send(http, statements(statement(attachments=[described(video)])), attached(video)).status_code == 200
    assert parts_of(http.get("statements", params={"attachments": "true"}))[1].get_payload(decode=True) == video


WRONG = {
    "content without a statement that names it": lambda make: [statements(make()), attached()],
    "a statement without its content": lambda make: [statements(make(attachments=[described()]))],
    "a hash that is not the content's": lambda make: [
        statements(make(attachments=[described()])),
        attached(X_Experience_API_Hash=sha2(b"other")),
    ],
    "no hash": lambda make: [statements(make(attachments=[described()])), attached(X_Experience_API_Hash=None)],
    "another transfer encoding": lambda make: [
        statements(make(attachments=[described()])),
        attached(Content_Transfer_Encoding="base64"),
    ],
    "no transfer encoding": lambda make: [
        statements(make(attachments=[described()])),
        attached(Content_Transfer_Encoding=None),
    ],
    "a first part that is not JSON": lambda make: [statements(make(), "text/plain")],
    "statements spread over parts": lambda make: [statements(make()), statements(make())],
    "no part at all": lambda _make: [],
}


@pytest.mark.parametrize("wrong", WRONG)
def test_multipart_that_breaks_a_rule_is_refused_whole(http: httpx.Client, statement: Make, wrong: str):
    refused = send(http, *WRONG[wrong](statement))
    assert refused.status_code == 400
    assert refused.json()["faults"]
    assert http.get("statements").json()["statements"] == []


def test_content_that_must_come_along_is_missed_in_plain_json(http: httpx.Client, statement: Make):
    refused = http.post("statements", json=statement(attachments=[described()]))
    assert refused.status_code == 400
    assert refused.json()["faults"][0]["pointer"] == "/attachments/0"


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "multipart/mixed", "application/xml"])
def test_another_form_of_body_is_refused(http: httpx.Client, statement: Make, content_type: str):
    body = statements(statement()) + b"--x--"
    assert http.post("statements", content=body, headers={"Content-Type": content_type}).status_code == 400


def test_a_boundary_that_is_not_the_bodys_is_refused(http: httpx.Client, statement: Make):
    assert send(http, statements(statement()), boundary="y").status_code == 400
