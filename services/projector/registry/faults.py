"""Why the registry refuses a document or a change."""

from lrs.xapi.faults import Fault, InvalidRequest, Refusal


class InvalidDocument(InvalidRequest):
    """The document breaks its schema or a rule; every fault carries the JSON pointer and the reason."""


class VersionConflict(Refusal):
    """That version is published already with other content: a version never changes, publish a new one."""


def invalid(message: str, pointer: str = "", rule: str = "") -> InvalidDocument:
    """Return the refusal of a document for one reason."""
    return InvalidDocument(f"{pointer or '/'}: {message}", (Fault(message, pointer, rule),))
