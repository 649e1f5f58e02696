"""Signed statements: a signature is read, held against its statement, and stored with it (Data 2.6)."""

import hashlib
import json
from collections.abc import Callable

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import OctKey, RSAKey

from conformance.communication.asking import new_id, statement

requirement = pytest.mark.requirement
USAGE = "http://adlnet.gov/expapi/attachments/signature"
RSA = RSAKey.generate_key(2048)


def token_of(payload: object, algorithm: str = "RS256") -> bytes:
    """Return a signature of a payload: of bytes as they are, of anything else as JSON."""
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    key = OctKey.generate_key(256) if algorithm.startswith("HS") else RSA
    return jws.serialize_compact({"alg": algorithm}, content, key, algorithms=[algorithm]).encode()


def send(lrs: httpx.Client, sent: dict, token: bytes, content_type: str = "application/octet-stream") -> httpx.Response:
    """Send a statement with the signature as its attachment."""
    attachment = {
        "usageType": USAGE,
        "display": {"en-US": "Signed by the tests"},
        "description": {"en-US": "A signature"},
        "contentType": content_type,
        "length": len(token),
        "sha2": hashlib.sha256(token).hexdigest(),
    }
    text = json.dumps(sent | {"attachments": [attachment]}).encode()
    body = b"--signed\r\nContent-Type: application/json\r\n\r\n" + text + b"\r\n--signed\r\n"
    body += f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: binary\r\n".encode()
    body += f"X-Experience-API-Hash: {attachment['sha2']}\r\n\r\n".encode() + token + b"\r\n--signed--\r\n"
    return lrs.post("statements", content=body, headers={"Content-Type": "multipart/mixed; boundary=signed"})


@requirement("Data 2.6.s4.b4", "a signature by RS256, RS384 or RS512 is taken (XAPI-00117)")
@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_a_signature_by_rsa_is_taken_and_stored(lrs: httpx.Client, algorithm: str):
    own = statement(id=new_id())
    token = token_of(own, algorithm)
    assert send(lrs, own, token).status_code == 200
    back = lrs.get("statements", params={"statementId": own["id"], "attachments": "true"})
    assert token in back.content


@requirement("Data 2.6.s4.b4", "a signature by another algorithm is refused (XAPI-00117)")
@pytest.mark.parametrize("algorithm", ["HS256", "PS256"])
def test_a_signature_by_another_algorithm_is_refused(lrs: httpx.Client, algorithm: str):
    own = statement(id=new_id())
    assert send(lrs, own, token_of(own, algorithm)).status_code == 400


@requirement("Data 2.6.s4.b1", "the content type of a signature is application/octet-stream (XAPI-00115)")
def test_a_signature_of_another_content_type_is_refused(lrs: httpx.Client):
    own = statement(id=new_id())
    assert send(lrs, own, token_of(own), content_type="text/plain; charset=ascii").status_code == 400


@requirement("Data 2.6.s4.b1", "the attachment is a JSON web signature (XAPI-00115)")
@pytest.mark.parametrize("broken", [b"", b"nonsense", b"a.b", b"a.b.c.d", b"e30.e30.!!"])
def test_an_attachment_that_is_no_signature_is_refused(lrs: httpx.Client, broken: bytes):
    assert send(lrs, statement(id=new_id()), broken).status_code == 400


@requirement("Data 2.6.s4.b3", "the payload of a signature is a statement in JSON (XAPI-00116)")
@pytest.mark.parametrize("payload", [b"nonsense", b'{"actor": ', b"[]", b"12", b"{}"])
def test_a_payload_that_is_no_statement_is_refused(lrs: httpx.Client, payload: bytes):
    assert send(lrs, statement(id=new_id()), token_of(payload)).status_code == 400


Change = Callable[[dict], dict]


@requirement("Data 2.6.s5.b2", "the payload of a signature is the statement that carries it")
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda own: own | {"verb": {"id": "http://example.com/verbs/other"}}, id="another verb"),
        pytest.param(lambda own: own | {"id": new_id()}, id="another id"),
        pytest.param(lambda own: own | {"result": {"success": True}}, id="a result more"),
        pytest.param(lambda own: own | {"actor": {"mbox": "mailto:b@example.com"}}, id="another actor"),
    ],
)
def test_a_signature_of_another_statement_is_refused(lrs: httpx.Client, change: Change):
    own = statement(id=new_id())
    assert send(lrs, own, token_of(change(own))).status_code == 400


@requirement("Data 2.6.s5.b2", "a payload written otherwise, with the same meaning, is the same statement")
def test_the_order_and_the_spaces_of_the_payload_are_free(lrs: httpx.Client):
    own = statement(id=new_id())
    payload = json.dumps(dict(reversed(own.items())), indent=2).encode()
    assert send(lrs, own, token_of(payload)).status_code == 200


@requirement(
    "IEEE 9274.1.1 4.2.7",
    "durations that differ by less than 0.01 seconds are equal in a comparison",
    versions=("2.0.0",),
)
def test_a_signed_duration_is_compared_to_a_hundredth(lrs: httpx.Client):
    signed = statement(id=new_id(), result={"duration": "P1DT12H36M0.12S"})
    finer = signed | {"result": {"duration": "P1DT12H36M0.1237S"}}
    other = signed | {"id": new_id(), "result": {"duration": "P1DT12H36M0.13S"}}
    assert send(lrs, finer, token_of(signed)).status_code == 200
    assert send(lrs, other, token_of(signed | {"id": other["id"]})).status_code == 400
