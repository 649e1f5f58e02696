"""The log itself: order, times, topics, and that every statement can be given back as it came."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from lrs.log.entry import STATEMENT_STORED, LogEntry
from lrs.log.facts import FACTS, TENANT_CREATED
from lrs.xapi import stored_text
from mastrail.checks.finding import Finding

_ASSIGNED = ("authority", "version")
_KEPT_TAILS = 4096
_LENGTH_BYTES = 4


class Place(NamedTuple):
    """An entry as the next one follows it; (0, None) before the first one."""

    position: int
    recorded: datetime | None


BEGINNING = Place(0, None)


def place_of(entry: LogEntry) -> Place:
    """Return the place of an entry."""
    return Place(entry.position, entry.recorded)


def check_order(place: Place, before: Place) -> Iterator[Finding]:
    """Yield what is wrong between two neighbours: positions are dense, recorded never decreases."""
    if place.position != before.position + 1:
        yield Finding("log", f"position {before.position + 1} is missing", place.position)
    if place.recorded is not None and before.recorded is not None and place.recorded < before.recorded:
        yield Finding("log", "it was recorded before the entry before it", place.position)


def check_entry(entry: LogEntry, statement: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Yield what is wrong with one entry; ``statement`` is what ``read_back`` returns for a statement.

    Uniqueness of ids is the primary key of the table; an id is looked at here against the statement that bears it.
    """
    if (entry.topic == TENANT_CREATED) != (entry.position == 1):
        yield Finding("log", "the entry that creates the tenant is the first one, and no other", entry.position)
    if entry.topic == STATEMENT_STORED:
        yield from _statement(entry, statement)
    elif entry.topic not in FACTS:
        yield Finding("log", "the topic is unknown", entry.position)
    elif not _is_object(entry.payload):
        yield Finding("log", "the payload is not a JSON object", entry.position)


def read_back(payload: bytes) -> dict[str, Any] | None:
    """Return the stored text of a statement, parsed; None when it, or what was received, is no JSON object, or empty.

    Mostly the stored text is the received one with members appended. Where it is an object and what was appended are
    members, the received text is an object too, and is not parsed a second time.
    """
    try:
        received, text = stored_text.received(payload), stored_text.stored_text(payload)
        statement = orjson.loads(text)
        tail = payload[_LENGTH_BYTES + len(received) :]
        is_whole = text.endswith(b"}") and (_is_continued(received, tail) or _is_object(received))
    except ValueError:
        return None
    return statement if is_whole and statement and isinstance(statement, dict) else None


def _is_continued(received: bytes, tail: bytes) -> bool:
    return received.endswith(b"}") and (tail == b"}" or (tail.startswith(b",") and _are_members(tail)))


@lru_cache(maxsize=_KEPT_TAILS)
def _are_members(tail: bytes) -> bool:
    return _is_object(b"{" + tail[1:])


def _statement(entry: LogEntry, statement: Mapping[str, Any] | None) -> Iterator[Finding]:
    try:
        is_own = statement is not None and UUID(statement["id"]) == entry.entry_id
    except (ValueError, KeyError, TypeError, AttributeError):
        statement = None
    if statement is None:
        yield Finding("log", "the statement cannot be read back", entry.position)
        return
    if not is_own:
        yield Finding("log", "the statement has another id than its entry", entry.position)
    missing = [name for name in _ASSIGNED if name not in statement]
    if missing:
        yield Finding("log", f"the statement lacks {', '.join(missing)}", entry.position)


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False
