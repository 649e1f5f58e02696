"""Facts as they come out of the log, made up for the tests of the notary."""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from lrs.log.entry import LogEntry

START = datetime(2026, 11, 22, 1, 2, 3, 123456, tzinfo=UTC)
DATA_KEY = bytes(range(32))
ORIGIN = "store.example/log"


def statement_payload(received: bytes, tail: bytes = b"}") -> bytes:
    return len(received).to_bytes(4, "big") + received + tail


def fact(position: int, *, topic: str = "xapi.statement.stored.v1", content: bytes | None = None) -> LogEntry:
    recorded = START + timedelta(milliseconds=position)
    payload = statement_payload(b'{"n":%d}' % position if content is None else content)
    micros = (recorded - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    blob = struct.pack(">Bq", 1, micros) + payload
    return LogEntry(position, uuid5(NAMESPACE_OID, str(position)), topic, recorded, payload, blob)


def facts(count: int, *, step: int = 1) -> list[LogEntry]:
    """``count`` facts at positions 1, 1 + step, ..: a step over 1 leaves holes, as rollbacks do."""
    return [fact(1 + place * step) for place in range(count)]


def page_reader(log: Sequence[LogEntry]):
    def read(after: int, limit: int) -> list[LogEntry]:
        return [entry for entry in log if entry.position > after][:limit]

    return read
