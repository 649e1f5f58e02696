"""The frame around every payload in the log: version, recorded time, sealed payload.

byte 0 is the frame version, bytes 1 to 8 are ``recorded`` as big-endian signed microseconds since 1970 UTC, the rest is
sealed: the payload as it is in version 1, the compressed payload (``lrs.log.compression``) in version 2. Merkle leaves
and proofs cover the whole frame, so it never changes once it is stored.
"""

import struct
from datetime import UTC, datetime, timedelta

from lrs.log.faults import StoreDamaged

PLAIN = 1
COMPRESSED = 2
_VERSIONS = (PLAIN, COMPRESSED)
_HEAD = struct.Struct(">Bq")
_TIME = struct.Struct(">q")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def pack(recorded_micros: int, sealed: bytes, version: int = PLAIN) -> bytes:
    """Return the stored blob of ``sealed``."""
    return _HEAD.pack(version, recorded_micros) + sealed


def undated(sealed: bytes, version: int) -> bytes:
    """Return the frame of ``sealed`` without its time, which nobody knows before the lock is held."""
    return bytes((version,)) + sealed


def date(recorded_micros: int, undated_frame: bytes) -> bytes:
    """Return the stored blob of a frame that had no time yet."""
    return undated_frame[:1] + _TIME.pack(recorded_micros) + undated_frame[1:]


def undate(blob: bytes) -> bytes:
    """Return the frame of a stored blob without its time."""
    return blob[:1] + blob[_HEAD.size :]


def recorded_micros(blob: bytes) -> int:
    """Return the recorded time of a blob (its first nine bytes are enough).

    Raises StoreDamaged when the blob is no frame of a known version.
    """
    if len(blob) < _HEAD.size or blob[0] not in _VERSIONS:
        raise StoreDamaged("the stored blob has no frame of a known version")
    return int(_HEAD.unpack_from(blob)[1])


def version(blob: bytes) -> int:
    """Return the version of a blob."""
    return blob[0]


def sealed(blob: bytes) -> bytes:
    """Return the sealed payload of a blob."""
    return blob[_HEAD.size :]


def to_micros(moment: datetime) -> int:
    """Return microseconds since 1970 of an aware time."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the UTC time of microseconds since 1970. Raises StoreDamaged for what is no time."""
    try:
        return _EPOCH + timedelta(microseconds=micros)
    except OverflowError as error:
        raise StoreDamaged("the recorded time of a stored entry is none") from error
