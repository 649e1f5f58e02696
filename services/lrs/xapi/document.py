"""The rules of state and profile documents: merge, entity tag, and the preconditions of a change.

Communication 2.2 (documents) and 3.1 (concurrency).
"""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from lrs.xapi.faults import Fault, InvalidRequest, PreconditionFailed, StateConflict
from lrs.xapi.members import join_members, split_members
from lrs.xapi.version import Version

_MERGE_RULE = "Communication 2.2.s8.b1"
_CONCURRENCY_RULE = "Communication 3.1"
_TAGS = re.compile(r'(?:W/)?"([^"]*)"|([^",\s]+)')


class Resource(StrEnum):
    """The resources that hold documents."""

    STATE = "activities/state"
    ACTIVITY_PROFILE = "activities/profile"
    AGENT_PROFILE = "agents/profile"


@dataclass(frozen=True, slots=True)
class Preconditions:
    """The If-Match and If-None-Match headers of a request, None where one is absent."""

    if_match: str | None = None
    if_none_match: str | None = None


def etag(contents: bytes) -> str:
    """Return the entity tag of a document: its SHA-1 in hexadecimal digits, in quotes (Communication 3.1.s4.b2)."""
    return f'"{hashlib.sha1(contents, usedforsecurity=False).hexdigest()}"'


def merge(stored: bytes, stored_type: str, posted: bytes, posted_type: str) -> bytes:
    """Return the JSON object ``stored`` with the properties of ``posted`` set in it, one level deep.

    Values keep the bytes they were sent with. Raises InvalidRequest if either is not a JSON object of the type
    application/json; nothing may then be changed (Communication 2.2.s7 and s8).
    """
    members = _object(stored, stored_type, "the stored document")
    members.update(_object(posted, posted_type, "the posted document"))
    return join_members(members)


def must_be_object_if_json(posted: bytes, posted_type: str) -> None:
    """Refuse a POST of application/json that is not a JSON object, even where nothing is stored yet."""
    if _is_json(posted_type):
        _object(posted, posted_type, "the posted document")


def check_preconditions(
    version: Version, resource: Resource, method: str, asked: Preconditions, current: str | None
) -> None:
    """Refuse a PUT, POST or DELETE whose preconditions do not hold for the entity tag ``current``.

    ``current`` is None when there is no document. Raises PreconditionFailed when a header does not hold; StateConflict
    for a PUT without either header onto an existing document (profiles, and State in 2.0); InvalidRequest for a PUT of
    a new profile without either header in 1.0.3 (Communication 3.1.s3.b1).
    """
    if asked.if_match is not None and not _matches(asked.if_match, current):
        message = "If-Match does not hold: the document has changed or does not exist"
        raise PreconditionFailed(message, [Fault(message, rule=_CONCURRENCY_RULE)])
    if asked.if_none_match is not None and _matches(asked.if_none_match, current):
        message = "If-None-Match does not hold: the document exists"
        raise PreconditionFailed(message, [Fault(message, rule=_CONCURRENCY_RULE)])
    if method == "PUT" and asked == Preconditions():
        _refuse_blind_put(version, resource, current)


def _refuse_blind_put(version: Version, resource: Resource, current: str | None) -> None:
    if resource is Resource.STATE and version is Version.V1_0_3:
        return
    if current is not None:
        message = "the document exists: read it, then send If-Match with its ETag, or If-None-Match to create only"
        raise StateConflict(message, [Fault(message, rule=_CONCURRENCY_RULE)])
    if version is Version.V1_0_3:
        message = "a PUT of a profile needs If-Match or If-None-Match"
        raise InvalidRequest(message, [Fault(message, rule=_CONCURRENCY_RULE)])


def _matches(header: str, current: str | None) -> bool:
    if current is None:
        return False
    if header.strip() == "*":
        return True
    return current.strip('"') in [quoted or bare for quoted, bare in _TAGS.findall(header)]


def _object(text: bytes, content_type: str, which: str) -> dict[str, bytes]:
    if not _is_json(content_type):
        raise _refused(f"{which} is not of the type application/json, so nothing can be merged")
    try:
        text.decode("utf-8")
        return split_members(text)
    except (ValueError, RecursionError) as error:
        raise _refused(f"{which} is not a JSON object") from error


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


def _refused(message: str) -> InvalidRequest:
    return InvalidRequest(message, [Fault(message, rule=_MERGE_RULE)])
