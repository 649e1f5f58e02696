"""Attachment content and the statements that speak of it: neither may be without the other (Communication 1.5.2)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lrs.log.entry import SideRow
from lrs.xapi.complete import Completed
from lrs.xapi.faults import Fault, InvalidStatement

RULE = "Communication 1.5.2"


@dataclass(frozen=True, slots=True)
class Attachment:
    """Attachment content that came with a request; ``sha2`` in lower-case hex."""

    sha2: str
    content_type: str
    content: bytes


def attachment_rows(
    statements: Sequence[Completed], attachments: Sequence[Attachment] | None
) -> list[tuple[SideRow, ...]]:
    """Return for each statement the rows that store its attachment content, each content with the first that names it.

    ``attachments`` is None for a request that is not multipart. Raises InvalidStatement when a statement's attachment
    has neither content nor fileUrl, or when content came that no statement names.
    """
    waiting = {attachment.sha2: attachment for attachment in attachments or ()}
    present = frozenset(waiting)
    faults: list[Fault] = []
    rows: list[tuple[SideRow, ...]] = []
    for place, statement in enumerate(statements):
        own: list[SideRow] = []
        for pointer, described in _described(statement.body):
            sha2 = described["sha2"].lower()
            if sha2 in waiting:
                own.append(_row(waiting.pop(sha2)))
            elif sha2 not in present and "fileUrl" not in described:
                faults.append(Fault("the attachment has neither content nor fileUrl", pointer, RULE, place))
        rows.append(tuple(own))
    faults.extend(Fault(f"no statement names the part with the hash {sha2}", rule=RULE) for sha2 in waiting)
    if faults:
        raise InvalidStatement("attachments and statements do not match", faults)
    return rows


def hashes_of(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the hash of every attachment that a statement names, in lower-case hex."""
    for _, described in _described(body):
        yield described["sha2"].lower()


def _described(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, described in enumerate(body.get("attachments", ())):
        yield f"/attachments/{number}", described
    inner = body["object"]
    if inner.get("objectType") == "SubStatement":
        for number, described in enumerate(inner.get("attachments", ())):
            yield f"/object/attachments/{number}", described


def _row(attachment: Attachment) -> SideRow:
    return SideRow(
        "insert_attachment",
        {"sha2": attachment.sha2, "content_type": attachment.content_type, "content": attachment.content},
    )
