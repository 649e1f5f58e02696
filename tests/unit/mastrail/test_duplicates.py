"""Which statements count as copies, and how long they are remembered."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson

from lrs.log.entry import STATEMENT_STORED, LogEntry
from lrs.xapi.stored_text import pack
from mastrail.duplicates import content_digest, duplicates

START = datetime(2026, 1, 1, tzinfo=UTC)


class Log:
    """A log of (minutes, content) statements."""

    def __init__(self, *statements: tuple[int, str]) -> None:
        self.entries = [
            LogEntry(
                place, UUID(int=place), STATEMENT_STORED, START + timedelta(minutes=minutes), _payload(content), b""
            )
            for place, (minutes, content) in enumerate(statements, start=1)
        ]

    def read(self, after: int, limit: int) -> list[LogEntry]:
        return self.entries[after : after + min(limit, 2)]


def _payload(content: str) -> bytes:
    return pack(orjson.dumps({"verb": content}), b"}")


def found(log: Log, minutes: int, most_held: int = 100) -> list[tuple[int, int]]:
    window = timedelta(minutes=minutes)
    return [(one.statement_id.int, one.earlier_id.int) for one in duplicates(log, window, most_held=most_held)]


def test_copies_within_the_window_are_found_each_with_the_one_before() -> None:
    log = Log((0, "a"), (1, "b"), (2, "a"), (3, "a"), (60, "a"))
    assert found(log, 10) == [(3, 1), (4, 3)]
    assert found(log, 57) == [(3, 1), (4, 3), (5, 4)]


def test_no_more_is_held_than_allowed() -> None:
    assert found(Log((0, "a"), (0, "b"), (0, "c"), (0, "a")), 10, most_held=1) == []


def test_only_what_a_store_assigns_makes_no_difference() -> None:
    plain = {"actor": {"mbox": "mailto:a@example.com"}, "result": {"score": {"raw": 1}}}
    assigned = {"id": "x", "stored": "y", "timestamp": "z", "version": "1.0.3"}
    digest = content_digest(orjson.dumps(plain))
    assert content_digest(orjson.dumps({**assigned, **dict(reversed(plain.items()))})) == digest
    assert content_digest(orjson.dumps({**plain, "authority": {"mbox": "mailto:b@example.com"}})) != digest
