"""One server per data folder: an exclusive lock on a file in it, held as long as the process lives."""

import fcntl
import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from time import sleep
from types import TracebackType

from lrs.log.faults import StoreLocked, StoreUnavailable

LOG_FILE = "log.sqlite"
LOCK_FILE = "server.lock"
_TRIES = 5
_PAUSE_SECONDS = 0.05


class ServerLock:
    """A held lock; closing it, or the end of the process however it comes, lets it go."""

    def __init__(self, descriptors: Sequence[int]) -> None:
        self._descriptors = list(descriptors)

    def close(self) -> None:
        """Let the lock go; a second time does nothing."""
        while self._descriptors:
            os.close(self._descriptors.pop())

    def __enter__(self) -> "ServerLock":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def acquire_server_lock(data_dir: Path) -> ServerLock:
    """Take the lock of ``data_dir``, which is created when it is missing, and of the folder where its log really lies.

    Raises StoreLocked, naming the folder and the process that holds it, and StoreUnavailable when the folder cannot be
    used.
    """
    with ExitStack() as held:
        taken = [_acquire(data_dir)]
        held.callback(os.close, taken[0])
        log = data_dir / LOG_FILE
        if log.is_symlink() and not log.resolve().parent.samefile(data_dir):
            taken.append(_acquire(log.resolve().parent))
        held.pop_all()
    return ServerLock(taken)


def _acquire(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"the data folder {folder} cannot be used: {error.strerror}") from error
    if not _locked(descriptor):
        holder = os.read(descriptor, 32).decode("ascii", errors="replace").strip()
        os.close(descriptor)
        named = f" (process {holder})" if holder else ""
        raise StoreLocked(f"another server{named} is using the data folder {folder}")
    with suppress(OSError):  # the lock holds also where the disk is too full to say whose it is
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
    return descriptor


def _locked(descriptor: int) -> bool:
    """Take the lock, and return whether it could be had; who only asks for it has it for no more than a moment."""
    for _ in range(_TRIES):
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        sleep(_PAUSE_SECONDS)
    return False


def is_served_by_another(folder: Path) -> bool:
    """Tell whether another process than this one holds the lock of ``folder``."""
    try:
        descriptor = os.open(folder / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.read(descriptor, 32).strip() != str(os.getpid()).encode("ascii")
    finally:
        os.close(descriptor)
    return False
