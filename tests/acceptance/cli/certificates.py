"""A certificate authority for tests, and statements that its people sign."""

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
BOUNDARY = {"Content-Type": "multipart/mixed; boundary=x"}


class Holder:
    """Somebody with a key and a certificate, issued by another holder or by themselves."""

    def __init__(self, name: str, issuer: "Holder | None" = None, *, is_ca: bool = True, days: int = 10) -> None:
        """Make the certificate valid from twenty days ago until ``days`` from now; negative: it has expired."""
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        by = issuer or self
        now = datetime.now(UTC)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(by.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=20))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .sign(by.key, hashes.SHA256())
        )

    @property
    def pem(self) -> bytes:
        """The certificate as a file holds it."""
        return self.certificate.public_bytes(Encoding.PEM)

    def signed(self, statement: dict[str, Any], chain: Sequence["Holder"]) -> bytes:
        """Return the signature of ``statement`` with the certificates of ``chain`` in its header."""
        certificates = [base64.b64encode(one.certificate.public_bytes(Encoding.DER)).decode() for one in chain]
        header = {"alg": "RS256", **({"x5c": certificates} if chain else {})}
        text = b".".join(_encoded(json.dumps(part).encode()) for part in (header, statement))
        return text + b"." + _encoded(self.key.sign(text, padding.PKCS1v15(), hashes.SHA256()))


def signed_request(signer: Holder, *chain: Holder) -> tuple[str, bytes]:
    """Return the id of a new statement that ``signer`` signed, and the multipart body that brings both."""
    statement = {
        "id": str(uuid4()),
        "actor": {"mbox": "mailto:ada@example.com"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "http://example.com/course"},
    }
    token = signer.signed(statement, chain)
    sha2 = hashlib.sha256(token).hexdigest()
    described = {"usageType": SIGNATURE, "display": {"en": "signature"}, "contentType": "application/octet-stream"}
    sent = {**statement, "attachments": [{**described, "length": len(token), "sha2": sha2}]}
    head = f"X-Experience-API-Hash: {sha2}\r\nContent-Transfer-Encoding: binary\r\n\r\n".encode()
    parts = (
        b"Content-Type: application/json\r\n\r\n" + json.dumps(sent).encode(),
        b"Content-Type: application/octet-stream\r\n" + head + token,
    )
    return statement["id"], b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--"


def _encoded(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
