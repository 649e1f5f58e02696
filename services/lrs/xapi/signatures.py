"""Signed statements: every signature is read, held against its statement, and given a verdict (Data 2.6)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from cryptography.x509 import Certificate

from lrs.xapi.equivalence import equivalent
from lrs.xapi.faults import Fault, InvalidStatement
from lrs.xapi.jws import MalformedSignature, leads_to, read_signature, verify
from lrs.xapi.schema import fast_validator
from lrs.xapi.version import Version

SIGNATURE_USAGE = "http://adlnet.gov/expapi/attachments/signature"

_CONTENT_TYPE = "application/octet-stream"
_RULES = {Version.V1_0_3: "Data 2.6.s4", Version.V2_0_0: "IEEE 9274.1.1 4.2.6"}


class Verdict(StrEnum):
    """What is known of a statement's signature."""

    ABSENT = "absent"
    WELL_FORMED = "well-formed"
    UNTRUSTED = "untrusted"
    TRUSTED = "trusted"


@dataclass(frozen=True, slots=True)
class Trust:
    """What signatures are judged by: the certificates that are trusted, and the time at which a chain must be valid."""

    anchors: tuple[Certificate, ...]
    moment: datetime


def judge_signatures(
    bodies: Sequence[Mapping[str, Any]], contents: Mapping[str, bytes], trust: Trust, version: Version
) -> list[Verdict]:
    """Return the verdict on each of the statements ``bodies``, which are valid and as their sender wrote them.

    ``contents`` maps the lower-case hash of attachment content to the content. A signature without a certificate is
    well-formed; one with a certificate is trusted when that leads to an anchor, else untrusted. A statement whose
    signature has no content here, only a fileUrl, is as one without. Of several signatures the weakest verdict counts.
    Raises InvalidStatement with every malformed signature (Data 2.6.s5.b1): another content type or algorithm, a
    payload that does not match the statement (of which attachments are no part), a signature that does not fit its
    own certificate.
    """
    verdicts: list[Verdict] = []
    faults: list[Fault] = []
    for index, body in enumerate(bodies):
        found = []
        for number, attachment in _signatures(body):
            content = contents.get(attachment["sha2"].lower())
            try:
                found.append(_judged(body, attachment, content, trust, version))
            except MalformedSignature as error:
                faults.append(Fault(str(error), f"/attachments/{number}", _RULES[version], index))
        verdicts.append(_weakest(found))
    if faults:
        raise InvalidStatement(faults[0].message, faults)
    return verdicts


def _signatures(body: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, attachment in enumerate(body.get("attachments", ())):
        if attachment["usageType"] == SIGNATURE_USAGE:
            yield number, attachment


def _judged(
    body: Mapping[str, Any], attachment: Mapping[str, Any], content: bytes | None, trust: Trust, version: Version
) -> Verdict:
    if attachment["contentType"].partition(";")[0].strip().lower() != _CONTENT_TYPE:
        raise MalformedSignature(f"the contentType of a signature is not {_CONTENT_TYPE}")
    if content is None:
        return Verdict.ABSENT
    signature = read_signature(content, compact_only=version is Version.V2_0_0)
    _must_match(signature.payload, body, version)
    if not signature.chain:
        return Verdict.WELL_FORMED
    verify(signature)
    return Verdict.TRUSTED if leads_to(signature.chain, trust.anchors, trust.moment) else Verdict.UNTRUSTED


def _must_match(payload: bytes, body: Mapping[str, Any], version: Version) -> None:
    try:
        signed = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise MalformedSignature("the payload of the signature is not JSON") from error
    if not fast_validator(version, "statement")(signed):
        raise MalformedSignature("the payload of the signature is not a valid statement")
    if not equivalent(signed, body):
        raise MalformedSignature("the payload of the signature is another statement than the one received")


def _weakest(found: Sequence[Verdict]) -> Verdict:
    return next((verdict for verdict in Verdict if verdict in found), Verdict.ABSENT)
