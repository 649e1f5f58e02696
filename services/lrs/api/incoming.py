"""The body of a statement request: plain JSON, or multipart/mixed when attachments come along (Communication 1.5)."""

from dataclasses import dataclass

from lrs.api import multipart
from lrs.api.messages import JSON, Call
from lrs.ingest.attachments import Attachment
from lrs.xapi.faults import Fault, InvalidRequest


@dataclass(frozen=True, slots=True)
class Incoming:
    """The bytes of the statements, and the attachments of a multipart request (None for any other)."""

    statements: bytes
    attachments: tuple[Attachment, ...] | None = None


async def read_statements(call: Call) -> Incoming:
    """Return what the request brings.

    Raises InvalidRequest for another Content-Type or a malformed multipart body, TooLarge over the limit.
    """
    content_type = call.header("content-type")
    if content_type is None:
        call.advice.append("missing-content-type")
        return Incoming(await call.body.read())
    kind = content_type.partition(";")[0].strip().lower()
    if kind == JSON:
        return Incoming(await call.body.read())
    if kind == multipart.MIXED:
        return await _mixed(call, content_type)
    message = f"statements are sent as {JSON} or {multipart.MIXED}"
    raise InvalidRequest(message, [Fault(message, rule="Communication 1.5")])


async def _mixed(call: Call, content_type: str) -> Incoming:
    parts = await multipart.split(call.body.chunks(), content_type)
    try:
        statements = multipart.statement_part(parts)
        faults = multipart.attachment_faults(parts)
        if faults:
            raise InvalidRequest("an attachment part breaks the rules", faults)
        return Incoming(statements, tuple(_attachment(part) for part in parts[1:]))
    finally:
        multipart.close(parts)


def _attachment(part: multipart.Part) -> Attachment:
    content_type = part.headers.get("content-type", "application/octet-stream")
    return Attachment(part.headers["x-experience-api-hash"].lower(), content_type, part.content())
