"""Signed statements (Data 2.6): what is refused, and what is known of the rest."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from lrs.xapi.faults import InvalidStatement
from lrs.xapi.jws import ALGORITHMS
from lrs.xapi.signatures import SIGNATURE_USAGE, Trust, Verdict, judge_signatures
from lrs.xapi.version import Version
from unit.lrs.xapi.statement_samples import SMALLEST

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
STATEMENT = {**SMALLEST, "id": "aa97b177-9383-4934-8543-0f91a7a02836"}
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _certificate(name: str, key: Any, issuer: str, issuer_key: Any, *, ca: bool, days: int = 10) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    return (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(1 + len(name))
        .not_valid_before(MOMENT - timedelta(days=days))
        .not_valid_after(MOMENT + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


ROOT = _certificate("root", OTHER_KEY, "root", OTHER_KEY, ca=True)
LEAF = _certificate("leaf", KEY, "root", OTHER_KEY, ca=False)
TRUST = Trust((ROOT,), MOMENT)
NOBODY = Trust((), MOMENT)


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _x5c(*chain: x509.Certificate) -> list[str]:
    return [base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode() for one in chain]


def _jws(payload: bytes, *chain: x509.Certificate, alg: str = "RS256", key: Any = KEY, **header: Any) -> bytes:
    header = {"alg": alg, **({"x5c": _x5c(*chain)} if chain else {}), **header}
    signed = f"{_base64url(orjson.dumps(header))}.{_base64url(payload)}"
    signature = key.sign(signed.encode(), padding.PKCS1v15(), ALGORITHMS.get(alg, hashes.SHA256()))
    return f"{signed}.{_base64url(signature)}".encode()


def _signed(
    content: bytes, base: dict[str, Any] = STATEMENT, **changes: Any
) -> tuple[dict[str, Any], dict[str, bytes]]:
    sha2 = hashlib.sha256(content).hexdigest()
    attachment = {
        "usageType": SIGNATURE_USAGE,
        "display": {"en": "Signature"},
        "contentType": "application/octet-stream",
        "length": len(content),
        "sha2": sha2.upper(),
        **changes,
    }
    return {**base, "attachments": [*base.get("attachments", []), attachment]}, {sha2: content}


def _verdict(content: bytes, trust: Trust = TRUST, **changes: Any) -> Verdict:
    body, contents = _signed(content, **changes)
    return judge_signatures([body], contents, trust, Version.V1_0_3)[0]


def _refusal(content: bytes, **changes: Any) -> str:
    with pytest.raises(InvalidStatement) as caught:
        _verdict(content, **changes)
    fault = caught.value.faults[0]
    assert (fault.pointer, fault.statement_index, fault.rule) == ("/attachments/0", 0, "Data 2.6.s4")
    return fault.message


@pytest.mark.parametrize("alg", ["RS256", "RS384", "RS512"])
def test_a_signature_without_a_certificate_is_well_formed(alg: str) -> None:
    assert _verdict(_jws(orjson.dumps(STATEMENT), alg=alg)) is Verdict.WELL_FORMED


@pytest.mark.parametrize("chain", [(LEAF,), (LEAF, ROOT)], ids=["leaf", "leaf and root"])
def test_a_certificate_that_leads_to_an_anchor_is_trusted(chain: tuple[x509.Certificate, ...]) -> None:
    assert _verdict(_jws(orjson.dumps(STATEMENT), *chain)) is Verdict.TRUSTED


def test_a_certificate_itself_may_be_the_anchor() -> None:
    assert _verdict(_jws(orjson.dumps(STATEMENT), LEAF), Trust((LEAF,), MOMENT)) is Verdict.TRUSTED


def test_a_certificate_that_leads_nowhere_is_untrusted() -> None:
    content = _jws(orjson.dumps(STATEMENT), LEAF, ROOT)
    assert _verdict(content, NOBODY) is Verdict.UNTRUSTED
    assert _verdict(content, Trust((ROOT,), MOMENT + timedelta(days=11))) is Verdict.UNTRUSTED
    no_authority = _certificate("plain", OTHER_KEY, "plain", OTHER_KEY, ca=False)
    below = _certificate("below", KEY, "plain", OTHER_KEY, ca=False)
    assert _verdict(_jws(orjson.dumps(STATEMENT), below), Trust((no_authority,), MOMENT)) is Verdict.UNTRUSTED


def test_json_serialisation_is_read_in_one_and_refused_in_two() -> None:
    protected, payload, signature = _jws(orjson.dumps(STATEMENT), LEAF).decode().split(".")
    flat = {"payload": payload, "protected": protected, "signature": signature}
    general = {"payload": payload, "signatures": [{"protected": protected, "signature": signature}]}
    assert _verdict(orjson.dumps(flat)) is Verdict.TRUSTED
    assert _verdict(orjson.dumps(general)) is Verdict.TRUSTED
    body, contents = _signed(orjson.dumps(flat))
    with pytest.raises(InvalidStatement, match="compact") as caught:
        judge_signatures([body], contents, TRUST, Version.V2_0_0)
    assert caught.value.faults[0].rule == "IEEE 9274.1.1 4.2.6"


def test_the_payload_may_differ_in_what_a_record_store_sets() -> None:
    payload = {**SMALLEST, "timestamp": "2020-01-01T00:00:00Z", "version": "1.0.3"}
    assert _verdict(_jws(orjson.dumps(payload))) is Verdict.WELL_FORMED


def test_attachments_are_no_part_of_what_was_signed() -> None:
    other = {
        "usageType": "http://x.y/u",
        "display": {"en": "A"},
        "contentType": "text/plain",
        "length": 1,
        "sha2": "ab" * 32,
        "fileUrl": "http://x.y/f",
    }
    base = {**STATEMENT, "attachments": [other]}
    for signed in (STATEMENT, base):
        body, contents = _signed(_jws(orjson.dumps(signed)), base)
        assert judge_signatures([body], contents, TRUST, Version.V2_0_0) == [Verdict.WELL_FORMED]


def test_a_statement_without_signature_or_without_its_content_has_none() -> None:
    body, _ = _signed(_jws(orjson.dumps(STATEMENT)))
    assert judge_signatures([STATEMENT, body], {}, TRUST, Version.V1_0_3) == [Verdict.ABSENT, Verdict.ABSENT]


def test_a_signature_of_another_statement_is_refused() -> None:
    other = {**STATEMENT, "verb": {"id": "http://x.y/other"}}
    assert "another statement" in _refusal(_jws(orjson.dumps(other)))


def test_a_signature_that_does_not_fit_its_certificate_is_refused() -> None:
    assert "does not fit" in _refusal(_jws(orjson.dumps(STATEMENT), LEAF, key=OTHER_KEY))


@pytest.mark.parametrize("alg", ["HS256", "none", "ES256", "rs256", ["RS256"], None])
def test_another_algorithm_is_refused(alg: Any) -> None:
    content = _jws(orjson.dumps(STATEMENT)).split(b".")
    content[0] = _base64url(orjson.dumps({"alg": alg})).encode()
    assert "algorithm" in _refusal(b".".join(content))


def test_another_content_type_is_refused() -> None:
    message = _refusal(_jws(orjson.dumps(STATEMENT)), contentType="text/plain; charset=ascii")
    assert message == "the contentType of a signature is not application/octet-stream"


@pytest.mark.parametrize("payload", [b"not JSON", b"[]", b"{}", orjson.dumps({**STATEMENT, "extra": 1})])
def test_a_payload_that_is_no_statement_is_refused(payload: bytes) -> None:
    assert "payload of the signature" in _refusal(_jws(payload))


def test_a_certificate_that_is_none_is_refused() -> None:
    assert "x5c" in _refusal(_jws(orjson.dumps(STATEMENT), x5c="text"))
    assert "x5c" in _refusal(_jws(orjson.dumps(STATEMENT), x5c=[1]))
    assert "x5c" in _refusal(_jws(orjson.dumps(STATEMENT), x5c=["AAAA"]))
    elliptic = ec.generate_private_key(ec.SECP256R1())
    curve = _certificate("curve", elliptic, "curve", elliptic, ca=True)
    assert "no RSA key" in _refusal(_jws(orjson.dumps(STATEMENT), curve))


def test_demanded_extensions_are_refused() -> None:
    assert "extensions" in _refusal(_jws(orjson.dumps(STATEMENT), crit=["exp"]))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"abc",
        b"a.b",
        b"a.b.c.d",
        b"!.!.!",
        b"{",
        b"{}",
        b"[]",
        b'{"signatures":[1]}',
        b"\xff.\xff.\xff",
        b"W10.W10.W10",
    ],
)
def test_what_is_no_signature_is_refused(content: bytes) -> None:
    assert "signature" in _refusal(content)


def test_every_malformed_signature_of_a_batch_is_listed() -> None:
    first, contents = _signed(b"abc")
    second, more = _signed(b"def")
    with pytest.raises(InvalidStatement) as caught:
        judge_signatures([first, STATEMENT, second], {**contents, **more}, TRUST, Version.V1_0_3)
    assert [fault.statement_index for fault in caught.value.faults] == [0, 2]
