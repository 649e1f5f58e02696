"""Give a checked statement the properties that the record store assigns, and keep every other byte as it came.

Assigned are id, timestamp, authority and version when absent; authority always (Data 2.3.1, 2.4.7 to 2.4.10).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import orjson

from lrs.xapi.check import Checked
from lrs.xapi.members import join_members, split_members
from lrs.xapi.stored_text import pack
from lrs.xapi.timestamps import write_timestamp
from lrs.xapi.version import Version


class Completed(msgspec.Struct, frozen=True, gc=False):
    """A statement ready for the log: its id, the payload of its entry, and its body with the assigned properties.

    A ``timestamp`` that the client did not send is in the body only: in the log it is the time of recording.
    """

    entry_id: UUID
    payload: bytes
    body: dict[str, Any]


def complete(
    checked: Checked, *, statement_id: UUID, authority: Mapping[str, Any], timestamp: datetime, version: Version
) -> Completed:
    """Return ``checked`` completed.

    ``statement_id`` and ``timestamp`` are used when the client sent none; ``authority`` is that of the credentials and
    replaces whatever the client claimed. The text is written anew only when the client sent ``stored``, another
    authority, or a single context Activity, which is returned as an array (Data 2.4.6.2.s4.b3).
    """
    body = checked.body
    assigned: dict[str, Any] = {}
    if "id" not in body:
        assigned["id"] = str(statement_id)
    if body.get("authority") != authority:
        assigned["authority"] = authority
    if "version" not in body:
        assigned["version"] = version.statement_default
    if "stored" in body or ("authority" in body and "authority" in assigned) or _has_single_activity(body):
        tail = _rewritten(checked.received, assigned)
        body = orjson.loads(tail)
    else:
        tail = (b"," + orjson.dumps(assigned)[1:]) if assigned else b"}"
        body = {**body, **assigned}
    if "timestamp" not in body:
        body["timestamp"] = write_timestamp(timestamp)
    return Completed(checked.id or statement_id, pack(checked.received, tail), body)


def _has_single_activity(body: Mapping[str, Any]) -> bool:
    if _names_a_single_one(body):
        return True
    target = body["object"]
    return "objectType" in target and target["objectType"] == "SubStatement" and _names_a_single_one(target)


def _names_a_single_one(part: Mapping[str, Any]) -> bool:
    if "context" not in part or "contextActivities" not in part["context"]:
        return False
    return dict in map(type, part["context"]["contextActivities"].values())


def _rewritten(received: bytes, assigned: Mapping[str, Any]) -> bytes:
    members = split_members(received)
    members.pop("stored", None)
    if "authority" in assigned:
        members.pop("authority", None)
    _context_as_arrays(members)
    target = split_members(members["object"])
    if _context_as_arrays(target):
        members["object"] = join_members(target)
    for key, value in assigned.items():
        members[key] = orjson.dumps(value)
    return join_members(members)


def _context_as_arrays(part: dict[str, bytes]) -> bool:
    """Turn every single context Activity of ``part`` into an array of one; return whether there was any."""
    context = split_members(part["context"]) if "context" in part else {}
    activities = split_members(context["contextActivities"]) if "contextActivities" in context else {}
    single = [key for key, value in activities.items() if value.lstrip()[:1] == b"{"]
    for key in single:
        activities[key] = b"[" + activities[key] + b"]"
    if single:
        context["contextActivities"] = join_members(activities)
        part["context"] = join_members(context)
    return bool(single)
