"""What the processes of a rebuild tell each other, as bytes (MessagePack)."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from lrs.log.entry import LogEntry
from projector.mastery.joining import Told
from projector.mastery.times import instant, moment_of


class Passed(msgspec.Struct, array_like=True):
    """An entry of the log that one worker read for another."""

    position: int
    entry_id: UUID
    topic: str
    recorded: int
    payload: bytes


class Part(msgspec.Struct, tag=True):
    """What the share of a worker changed in a page that ends at ``position``: rows by query, and events."""

    position: int
    rows: dict[str, list[Mapping[str, Any]]]
    told: list[Told]


class Stopped(msgspec.Struct, tag=True):
    """That an entry cannot be folded."""

    position: int
    topic: str


class Failed(msgspec.Struct, tag=True):
    """That a worker cannot go on, and why."""

    why: str


Message = Part | Stopped | Failed

_encode = msgspec.msgpack.Encoder().encode
_decode_entries = msgspec.msgpack.Decoder(list[Passed]).decode
_decode_message = msgspec.msgpack.Decoder(Message).decode


def pack_entries(entries: Iterable[LogEntry]) -> bytes:
    """Return the bytes of entries, without their blobs."""
    return _encode(
        [Passed(one.position, one.entry_id, one.topic, instant(one.recorded), one.payload) for one in entries]
    )


def unpack_entries(content: bytes) -> list[LogEntry]:
    """Return the entries, without their blobs."""
    return [
        LogEntry(one.position, one.entry_id, one.topic, moment_of(one.recorded), one.payload, b"")
        for one in _decode_entries(content)
    ]


def pack(message: Message) -> bytes:
    """Return the bytes of a message."""
    return _encode(message)


def unpack(content: bytes) -> Message:
    """Return the message."""
    message: Message = _decode_message(content)
    return message
