"""A disk that fails and a clock that lies, for one served store: a small C library between the server and the system."""

import errno
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.processes import ServerFailed

SOURCE = Path(__file__).with_name("faults.c")
_LAYOUT = struct.Struct("=qqq104s")
LOG = "log.sqlite"
EVERYTHING = ""


class Faults:
    """What fails for the processes whose environment has ``environment``, and only below ``folder``."""

    def __init__(self, workspace: Path, folder: Path) -> None:
        library, self._file = workspace / "faults.so", workspace / "faults"
        _compile(library)
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAULTS_FILE": str(self._file),
            "FAULTS_FOLDER": str(folder.resolve()),
        }
        self.clock_seconds = 0
        self._file.write_bytes(bytes(_LAYOUT.size))

    @contextmanager
    def failing_sync(self, name: str = LOG) -> Iterator[None]:
        """Let fsync fail, within the block, for files with ``name`` in their path."""
        with self._asking(errno.EIO, 0, name):
            yield

    @contextmanager
    def full_disk(self, name: str = EVERYTHING) -> Iterator[None]:
        """Let there be no room, within the block, for files with ``name`` in their path."""
        with self._asking(0, errno.ENOSPC, name):
            yield

    def step_clock(self, seconds: int) -> None:
        """Move the time of day by ``seconds``."""
        self.clock_seconds += seconds
        self._ask(0, 0, EVERYTHING)

    @contextmanager
    def _asking(self, sync_errno: int, write_errno: int, name: str) -> Iterator[None]:
        self._ask(sync_errno, write_errno, name)
        try:
            yield
        finally:
            self._ask(0, 0, EVERYTHING)

    def _ask(self, sync_errno: int, write_errno: int, name: str) -> None:
        with self._file.open("r+b") as file:  # in place: the servers have it mapped
            file.write(_LAYOUT.pack(sync_errno, write_errno, self.clock_seconds, name.encode()))


def _compile(library: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise ServerFailed("a C compiler (package gcc) is needed to make a disk fail")
    command = [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-o", str(library), str(SOURCE), "-ldl"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise ServerFailed(f"{SOURCE.name} does not compile\n{made.stderr}")
