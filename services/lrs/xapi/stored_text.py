"""The payload of a stored statement: what was received, and what it became, in one blob (Data 2.3.1).

Layout: 4 bytes big-endian length n, the n bytes as received, the tail. A tail that begins with ``{`` is the full stored
text; any other continues the received text in place of its last brace. The stored text has every property that the
record store assigns but ``stored``, which is known only once the entry has its place in the log.
"""

import struct
from datetime import datetime

from lrs.xapi.timestamps import write_timestamp

_LENGTH = struct.Struct(">I")


def pack(received: bytes, tail: bytes) -> bytes:
    """Return the payload of the statement ``received`` whose stored text is made with ``tail``."""
    return _LENGTH.pack(len(received)) + received + tail


def received(payload: bytes) -> bytes:
    """Return the statement exactly as the client sent it."""
    return payload[_LENGTH.size : _LENGTH.size + _length(payload)]


def stored_text(payload: bytes) -> bytes:
    """Return the statement with its assigned properties, without ``stored``."""
    end = _LENGTH.size + _length(payload)
    tail = payload[end:]
    if tail[:1] == b"{":
        return tail
    return payload[_LENGTH.size : end - 1] + tail


def exact(payload: bytes, recorded: datetime) -> bytes:
    """Return the statement as ``format=exact`` gives it, ``stored`` being the time it was recorded (Data 2.4.8)."""
    return stored_text(payload)[:-1] + b',"stored":"' + write_timestamp(recorded).encode() + b'"}'


def _length(payload: bytes) -> int:
    (length,) = _LENGTH.unpack_from(payload)
    return int(length)
