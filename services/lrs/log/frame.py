"""The frame around every payload in the log: version, recorded time, sealed payload.

byte 0 is the frame version, bytes 1 to 8 are ``recorded`` as big-endian signed microseconds since 1970 UTC, the rest is
the sealed payload. Merkle leaves and proofs cover the whole frame, so it never changes once it is stored.
"""

import struct
from datetime import UTC, datetime, timedelta

from lrs.log.faults import StoreDamaged

VERSION = 1
_HEAD = struct.Struct(">Bq")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def pack(recorded_micros: int, sealed: bytes) -> bytes:
    """Return the stored blob of ``sealed``."""
    return _HEAD.pack(VERSION, recorded_micros) + sealed


def recorded_micros(blob: bytes) -> int:
    """Return the recorded time of a blob (its first nine bytes are enough).

    Raises StoreDamaged when the blob is no frame of a known version.
    """
    if len(blob) < _HEAD.size or blob[0] != VERSION:
        raise StoreDamaged("the stored blob has no frame of a known version")
    return int(_HEAD.unpack_from(blob)[1])


def sealed(blob: bytes) -> bytes:
    """Return the sealed payload of a blob."""
    return blob[_HEAD.size :]


def to_micros(moment: datetime) -> int:
    """Return microseconds since 1970 of an aware time."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the UTC time of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)
