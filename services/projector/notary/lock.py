"""One writer for a folder: a lock that the operating system drops when its process ends, however it ends."""

import fcntl
import os
from pathlib import Path

from projector.notary.core.faults import NotaryBusy

_FILE_NAME = "lock"


class FolderLock:
    """Held from its making to ``release``. Raises NotaryBusy when another process, or another notary here, holds it."""

    def __init__(self, folder: Path) -> None:
        self._handle = os.open(folder / _FILE_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._handle)
            raise NotaryBusy("another process already keeps this notary's folder") from None

    def release(self) -> None:
        """Let go of the folder."""
        os.close(self._handle)
