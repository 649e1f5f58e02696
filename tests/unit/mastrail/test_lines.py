"""Files of lines are read plain or packed, and within limits."""

import gzip
from pathlib import Path

import pytest

from mastrail import lines
from mastrail.faults import CannotRun
from mastrail.lines import open_lines


def read(path: Path) -> list[bytes]:
    with open_lines(path) as found:
        return list(found)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_plain_and_packed_files_give_the_same_lines(tmp_path: Path, pack: type[bytes]) -> None:
    path = tmp_path / "lines"
    path.write_bytes(pack(b"one\r\n\ntwo"))
    assert read(path) == [b"one", b"", b"two"]


def test_a_damaged_packed_file_is_refused_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(gzip.compress(b"one\ntwo\n")[:-6])
    with pytest.raises(CannotRun, match="is damaged after line 2"):
        read(path)


def test_a_line_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(gzip.compress(b"short\n" + b"x" * (lines.MAX_LINE_BYTES + 1)))
    with pytest.raises(CannotRun, match="line 2 is longer"):
        read(path)
