"""The log itself: order, times, topics, and that every statement can be given back as it came."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

import orjson

from lrs.log.entry import STATEMENT_STORED, LogEntry
from lrs.log.facts import FACTS, TENANT_CREATED
from lrs.xapi import stored_text
from mastrail.checks.finding import Finding

_ASSIGNED = ("id", "timestamp", "authority", "version", "stored")


def check_log(entries: Iterable[LogEntry]) -> Iterator[Finding]:
    """Yield what is wrong: positions are dense from 1, recorded never decreases, ids are unique, topics known.

    Uniqueness of ids is the primary key of the table; an id is looked at here against the statement that bears it.
    """
    position, recorded = 0, None
    for entry in entries:
        yield from _order(entry, position, recorded)
        position, recorded = entry.position, entry.recorded
        if entry.topic == STATEMENT_STORED:
            yield from _statement(entry)
        elif entry.topic not in FACTS:
            yield Finding("log", "the topic is unknown", entry.position)
        elif not _is_object(entry.payload):
            yield Finding("log", "the payload is not a JSON object", entry.position)


def _order(entry: LogEntry, before: int, recorded_before: datetime | None) -> Iterator[Finding]:
    if entry.position != before + 1:
        yield Finding("log", f"position {before + 1} is missing", entry.position)
    if recorded_before is not None and entry.recorded < recorded_before:
        yield Finding("log", "it was recorded before the entry before it", entry.position)
    if (entry.topic == TENANT_CREATED) != (entry.position == 1):
        yield Finding("log", "the entry that creates the tenant is the first one, and no other", entry.position)


def _statement(entry: LogEntry) -> Iterator[Finding]:
    try:
        received = orjson.loads(stored_text.received(entry.payload))
        statement = orjson.loads(stored_text.exact(entry.payload, entry.recorded))
        is_own = UUID(statement["id"]) == entry.entry_id
    except (ValueError, KeyError, TypeError, IndexError):
        yield Finding("log", "the statement cannot be read back", entry.position)
        return
    if not is_own:
        yield Finding("log", "the statement has another id than its entry", entry.position)
    missing = [name for name in _ASSIGNED if name not in statement]
    if missing or not isinstance(received, dict):
        yield Finding("log", f"the statement lacks {', '.join(missing)}", entry.position)


def _is_object(payload: bytes) -> bool:
    try:
        return isinstance(orjson.loads(payload), dict)
    except orjson.JSONDecodeError:
        return False
