import hashlib
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import OctKey, RSAKey

from lrs.read.signatures import judged_statements
from lrs.xapi.signatures import Verdict

Make = Callable[..., dict]
RSA = RSAKey.generate_key(2048)


def signed(statement: dict, algorithm: str = "RS256", payload: dict | bytes | None = None) -> tuple[dict, bytes]:
    key = OctKey.generate_key(256) if algorithm.startswith("HS") else RSA
    content = payload if isinstance(payload, bytes) else json.dumps(payload or statement).encode()
    token = jws.serialize_compact({"alg": algorithm}, content, key, algorithms=[algorithm]).encode()
    attachment = {
        "usageType": "http://adlnet.gov/expapi/attachments/signature",
        "display": {"en": "signature"},
        "contentType": "application/octet-stream",
        "length": len(token),
        "sha2": hashlib.sha256(token).hexdigest(),
    }
    return statement | {"attachments": [attachment]}, token


def send(http: httpx.Client, statement: dict, token: bytes) -> httpx.Response:
    body = b"--x\r\nContent-Type: application/json\r\n\r\n" + json.dumps(statement).encode()
    body += b"\r\n--x\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n"
    body += f"X-Experience-API-Hash: {statement['attachments'][0]['sha2']}\r\n\r\n".encode() + token + b"\r\n--x--"
    return http.post("statements", content=body, headers={"Content-Type": "multipart/mixed; boundary=x"})


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_a_signed_statement_is_taken_and_its_verdict_is_kept(
    lrs: Any, http: httpx.Client, statement: Make, algorithm: str
):
    assert send(http, *signed(statement(), algorithm)).status_code == 200
    position, _ = lrs.store.head()
    assert [(one.position, one.verdict) for one in judged_statements(lrs.store)] == [(position, Verdict.WELL_FORMED)]


def test_a_statement_without_a_signature_has_no_verdict(lrs: Any, http: httpx.Client, statement: Make):
    http.post("statements", json=statement())
    assert list(judged_statements(lrs.store)) == []


@pytest.mark.parametrize("payload", [b"nonsense", {"verb": {"id": "http://example.com/other"}}])
def test_a_signature_of_something_else_is_refused(http: httpx.Client, statement: Make, payload: dict | bytes):
    other = statement() | payload if isinstance(payload, dict) else payload
    refused = send(http, *signed(statement(), payload=other))
    assert refused.status_code == 400
    assert refused.json()["faults"][0]["pointer"] == "/attachments/0"


def test_a_signature_of_another_algorithm_is_refused(http: httpx.Client, statement: Make):
    assert send(http, *signed(statement(), "HS256")).status_code == 400
