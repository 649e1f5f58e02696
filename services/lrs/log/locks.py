"""One server per data folder: an exclusive lock on a file in it, held as long as the process lives."""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from lrs.log.faults import StoreLocked, StoreUnavailable

LOCK_FILE = "server.lock"


class ServerLock:
    """A held lock; closing it, or the end of the process however it comes, lets it go."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def close(self) -> None:
        """Let the lock go; a second time does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> "ServerLock":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def acquire_server_lock(data_dir: Path) -> ServerLock:
    """Take the lock of ``data_dir``, which is created when it is missing.

    Raises StoreLocked, naming the folder and the process that holds it, and StoreUnavailable when the folder cannot be
    used.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"the data folder {data_dir} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(descriptor, 32).decode("ascii", errors="replace").strip()
        os.close(descriptor)
        named = f" (process {holder})" if holder else ""
        raise StoreLocked(f"another server{named} is using the data folder {data_dir}") from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
    return ServerLock(descriptor)
