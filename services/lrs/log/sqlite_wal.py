"""The write-ahead log of an SQLite file, looked through before SQLite opens it (SQLite file format, section 4).

SQLite takes the frames up to the first that does not fit its checksum, and passes over the others without a word: after
a crash they are the transaction in progress. Damage looks the same at that frame, but not behind it. A transaction is
begun only when the one before has reached the disk, so where a frame continues one that ends a transaction, all up to
that one was durable; when it cannot be read now, something destroyed it.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lrs.log.faults import StoreDamaged
from lrs.log.locks import is_served_by_another

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_CHECKED_BYTES = 8  # of the header of a frame: the page and what ends a transaction
_LITTLE_ENDIAN, _BIG_ENDIAN = 0x377F0682, 0x377F0683
_PAGE_BYTES = 4096
_WORD = 0xFFFFFFFF
_LOOKS = 3

_Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Start:
    """What the header says. Without ``salts`` it cannot be read."""

    page_bytes: int
    order: str
    salts: _Pair | None
    sums: _Pair


@dataclass(frozen=True, slots=True)
class _Frame:
    """``ends`` tells whether it is the last of a transaction; ``sums`` is the checksum up to here, as it is stored."""

    ends: bool
    salts: _Pair
    sums: _Pair
    checked: bytes

    def continues(self, sums: _Pair, order: str) -> bool:
        """Tell whether the checksum before this frame leads to that of this frame."""
        return _summed(self.checked, sums, order) == self.sums


def require_readable(file: Path) -> None:
    """Raise StoreDamaged when the write-ahead log beside ``file`` has durable transactions that SQLite would pass over.

    While a server has the file, it has looked through the log already. One that others write to meanwhile may look
    damaged for a moment: only what is found again and again counts.
    """
    if is_served_by_another(file.parent):
        return
    try:
        for _ in range(_LOOKS):
            with Path(f"{file}-wal").open("rb") as log:
                if not _hides_transactions(log.fileno()):
                    return
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreDamaged(f"the write-ahead log {file.name}-wal cannot be read: {error.strerror}") from error
    raise StoreDamaged(
        f"the write-ahead log {file.name}-wal is damaged, and acknowledged entries lie behind the damage: "
        "leave the files as they are, and restore a backup"
    )


def _hides_transactions(descriptor: int) -> bool:
    header = os.pread(descriptor, _HEADER.size, 0)
    if len(header) < _HEADER.size:
        return False
    start = _start(header)
    is_whole, before = start.salts is not None, _Frame(False, start.salts or (0, 0), start.sums, b"")
    for frame in _frames(descriptor, start.page_bytes):
        if is_whole:
            is_whole = frame.salts == before.salts and frame.continues(before.sums, start.order)
        elif before.ends and _may_continue(frame, before, start) and frame.continues(before.sums, start.order):
            return True
        before = frame
    return False


def _may_continue(frame: _Frame, before: _Frame, start: _Start) -> bool:
    """Tell whether both frames are of the log's present round; behind its end lie those of earlier ones."""
    return frame.salts == before.salts == (start.salts or before.salts)


def _start(header: bytes) -> _Start:
    magic, _, page_bytes, _, *last = _HEADER.unpack(header)
    order = ">" if magic == _BIG_ENDIAN else "<"
    salts, sums = (last[0], last[1]), (last[2], last[3])
    is_sound = magic in (_LITTLE_ENDIAN, _BIG_ENDIAN) and _summed(header[:-_CHECKED_BYTES], (0, 0), order) == sums
    return _Start(page_bytes, order, salts, sums) if is_sound else _Start(_PAGE_BYTES, "<", None, sums)


def _frames(descriptor: int, page_bytes: int) -> Iterator[_Frame]:
    place, size = _HEADER.size, _FRAME.size + page_bytes
    while len(content := os.pread(descriptor, size, place)) == size:
        _, pages, *last = _FRAME.unpack_from(content)
        checked = content[:_CHECKED_BYTES] + content[_FRAME.size :]
        yield _Frame(pages > 0, (last[0], last[1]), (last[2], last[3]), checked)
        place += size


def _summed(content: bytes, sums: _Pair, order: str) -> _Pair:
    """Return the checksum of section 4.2, which goes on from that of what came before."""
    first, second = sums
    words = iter(struct.unpack(f"{order}{len(content) // 4}I", content))
    for even, odd in zip(words, words, strict=True):
        first = (first + even + second) & _WORD
        second = (second + odd + first) & _WORD
    return first, second
