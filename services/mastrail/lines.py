"""Files of lines: plain or gzip, told apart by their first bytes, or standard input."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mastrail.faults import CannotRun

STDIN = "-"
_GZIP = b"\x1f\x8b"
MAX_LINE_BYTES = 32 * 1024 * 1024


@contextmanager
def open_lines(path: Path) -> Iterator[Iterator[bytes]]:
    """Open ``path`` (``-``: standard input) and yield its lines without their ends, unpacked when it is gzip.

    Raises CannotRun when it cannot be read, or is gzip and damaged, or has a line over 32 MiB.
    """
    if str(path) == STDIN:
        yield _lines(sys.stdin.buffer, path)
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise CannotRun(f"{path} cannot be read: {error.strerror}") from error
    with file:
        yield _lines(file, path)


def _lines(file: IO[bytes], path: Path) -> Iterator[bytes]:
    packed = isinstance(file, io.BufferedReader) and file.peek(len(_GZIP))[: len(_GZIP)] == _GZIP
    unpacked: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=file) if packed else file
    number = 0
    try:
        while line := unpacked.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) > MAX_LINE_BYTES:
                raise CannotRun(f"{path}: line {number} is longer than {MAX_LINE_BYTES} bytes")
            yield line.rstrip(b"\r\n")
    except (EOFError, zlib.error, OSError) as error:
        raise CannotRun(f"{path} is damaged after line {number}") from error
