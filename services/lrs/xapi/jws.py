"""JSON web signatures as signed statements use them: RSA with SHA-2, compact or JSON serialisation (RFC 7515)."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import BasicConstraints, Certificate, ExtensionNotFound, load_der_x509_certificate

ALGORITHMS: dict[str, hashes.HashAlgorithm] = {
    "RS256": hashes.SHA256(),
    "RS384": hashes.SHA384(),
    "RS512": hashes.SHA512(),
}

_PARTS = 3
_SMALLEST_KEY_BITS = 2048


class MalformedSignature(ValueError):
    """The signature cannot be read, or does not belong to the certificate that it carries."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A JWS taken apart: header, payload, what was signed, the signature, and the certificates of the header."""

    header: dict[str, Any]
    payload: bytes
    signed: bytes
    signature: bytes
    chain: tuple[Certificate, ...]


def read_signature(content: bytes, *, compact_only: bool) -> Signature:
    """Return the JWS in ``content``. Raises MalformedSignature when it is none or uses another algorithm than RSA.

    ``compact_only`` refuses the JSON serialisation, which 1.0.3 discourages and 2.0 forbids (Data 2.6.s4.b2).
    """
    content = content.strip()
    if compact_only and content[:1] == b"{":
        raise MalformedSignature("the signature is not in the compact serialisation of JSON web signatures")
    protected, payload, signature = _triple(content)
    header = _json(_decoded(protected, "header"), "header")
    if header.get("alg") not in list(ALGORITHMS):
        raise MalformedSignature(f"the algorithm of the signature is not {', '.join(ALGORITHMS)}")
    if "crit" in header:
        raise MalformedSignature("the header of the signature demands extensions that are not supported")
    return Signature(
        header=header,
        payload=_decoded(payload, "payload"),
        signed=protected + b"." + payload,
        signature=_decoded(signature, "value"),
        chain=_chain(header.get("x5c", [])),
    )


def verify(signature: Signature) -> None:
    """Check ``signature`` against the certificate it carries (Data 2.6.s5.b3.b3). Raises MalformedSignature."""
    key = _rsa_key(signature.chain[0])
    if key is None:
        raise MalformedSignature("the certificate of the signature has no RSA key")
    try:
        key.verify(signature.signature, signature.signed, padding.PKCS1v15(), ALGORITHMS[signature.header["alg"]])
    except InvalidSignature as error:
        raise MalformedSignature("the signature does not fit the certificate that it carries") from error


def leads_to(chain: Sequence[Certificate], anchors: Sequence[Certificate], moment: datetime) -> bool:
    """Return whether ``chain``, each certificate issued by the next and valid at ``moment``, ends at an anchor."""
    key = _rsa_key(chain[0])
    if key is None or key.key_size < _SMALLEST_KEY_BITS:
        return False
    if not all(one.not_valid_before_utc <= moment <= one.not_valid_after_utc for one in chain):
        return False
    for place, certificate in enumerate(chain):
        if certificate in anchors or any(_issued(certificate, anchor) for anchor in anchors):
            return True
        if place + 1 == len(chain) or not _issued(certificate, chain[place + 1]):
            return False
    return False


def _rsa_key(certificate: Certificate) -> rsa.RSAPublicKey | None:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, rsa.RSAPublicKey) else None


def _issued(certificate: Certificate, issuer: Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        return issuer.extensions.get_extension_for_class(BasicConstraints).value.ca
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, ExtensionNotFound):
        return False


def _triple(content: bytes) -> tuple[bytes, bytes, bytes]:
    if content[:1] != b"{":
        parts = content.split(b".")
        if len(parts) != _PARTS:
            raise MalformedSignature("the signature is not a JSON web signature of three parts")
        return parts[0], parts[1], parts[2]
    whole = _json(content, "serialisation")
    several = whole.get("signatures")
    first = several[0] if isinstance(several, list) and len(several) == 1 else whole
    found = [first.get("protected"), whole.get("payload"), first.get("signature")] if isinstance(first, dict) else []
    texts = [text.encode() for text in found if isinstance(text, str)]
    if len(texts) != _PARTS:
        raise MalformedSignature("the signature is not one JSON web signature with protected, payload and signature")
    return texts[0], texts[1], texts[2]


def _decoded(text: bytes, part: str) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedSignature(f"the {part} of the signature is not base64url") from error


def _json(text: bytes, part: str) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise MalformedSignature(f"the {part} of the signature is not JSON") from error
    if not isinstance(value, dict):
        raise MalformedSignature(f"the {part} of the signature is not a JSON object")
    return value


def _chain(encoded: Any) -> tuple[Certificate, ...]:
    if not isinstance(encoded, list):
        raise MalformedSignature("the x5c of the signature is not an array of certificates")
    try:
        return tuple(load_der_x509_certificate(base64.b64decode(text, validate=True)) for text in encoded)
    except (binascii.Error, ValueError, TypeError) as error:
        raise MalformedSignature("the x5c of the signature holds something that is no certificate") from error
