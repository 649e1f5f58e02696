"""The payload of a stored statement: what was received, and what it became, in one blob (Data 2.3.1).

Layout: 4 bytes big-endian length n, the n bytes as received, the tail. A tail that begins with ``{`` is the full stored
text; any other continues the received text in place of its last brace. The stored text has every property that the
record store assigns but those that are the time of recording, known only once the entry has its place in the log:
``stored``, and ``timestamp`` where the client sent none (Data 2.4.7.s3.b2).
"""

import struct
from datetime import datetime

import msgspec

from lrs.xapi.timestamps import write_timestamp

_LENGTH = struct.Struct(">I")


class Garbled(ValueError):
    """The payload is not what ``pack`` made."""


class _Stamped(msgspec.Struct):
    timestamp: msgspec.Raw = msgspec.Raw()


_stamped = msgspec.json.Decoder(_Stamped)


def pack(received: bytes, tail: bytes) -> bytes:
    """Return the payload of the statement ``received`` whose stored text is made with ``tail``."""
    return b"".join((_LENGTH.pack(len(received)), received, tail))


def received(payload: bytes) -> bytes:
    """Return the statement exactly as the client sent it. Raises Garbled."""
    return payload[_LENGTH.size : _LENGTH.size + _length(payload)]


def stored_text(payload: bytes) -> bytes:
    """Return the statement with its assigned properties, without those that are the time of recording.

    Raises Garbled.
    """
    end = _LENGTH.size + _length(payload)
    tail = payload[end:]
    if tail[:1] == b"{":
        return tail
    return payload[_LENGTH.size : end - 1] + tail


def exact(payload: bytes, recorded: datetime) -> bytes:
    """Return the statement as ``format=exact`` gives it.

    ``recorded`` is its ``stored`` (Data 2.4.8), and its ``timestamp`` where the client sent none. Raises Garbled.
    """
    text = stored_text(payload)
    moment = b'"' + write_timestamp(recorded).encode() + b'"'
    try:
        has_timestamp = bytes(_stamped.decode(text).timestamp)
    except msgspec.DecodeError as error:
        raise Garbled("the stored text is not JSON") from error
    return text[:-1] + (b"" if has_timestamp else b',"timestamp":' + moment) + b',"stored":' + moment + b"}"


def _length(payload: bytes) -> int:
    try:
        (length,) = _LENGTH.unpack_from(payload)
    except struct.error as error:
        raise Garbled("the payload is cut short") from error
    if _LENGTH.size + length > len(payload):
        raise Garbled("the payload is cut short")
    return int(length)
