"""How long a connection is waited for: one whose server keeps silent for too long is cut; nobody waits for ever.

A server that stands still answers nothing and closes nothing, and its system goes on acknowledging what is sent; no
setting of TCP notices that. Whoever waits gets the same error as when the server ends the connection.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

_LOOK_SECONDS = 0.5


class Patience:
    """Cuts the connections that are used for longer than their users said they may be."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[int, tuple[float, os.stat_result]] = {}
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def limited(self, descriptor: int, seconds: float) -> Iterator[None]:
        """Cut the connection on ``descriptor`` when the block takes longer than ``seconds``."""
        with self._lock:
            self._until[descriptor] = monotonic() + seconds, os.fstat(descriptor)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="lrs-patience", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._until.pop(descriptor, None)

    def close(self) -> None:
        """End the thread; what is in use is not cut any more."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.wait(_LOOK_SECONDS):
            now = monotonic()
            with self._lock:
                late = {one: of for one, (until, of) in self._until.items() if now > until}
                for descriptor in late:
                    del self._until[descriptor]
            for descriptor, lent in late.items():
                _cut(descriptor, lent)


def _cut(descriptor: int, lent: os.stat_result) -> None:
    """Shut the connection down, unless it was closed meanwhile and its number is that of another file."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as connection:
        if os.path.samestat(os.fstat(connection.fileno()), lent):
            connection.shutdown(socket.SHUT_RDWR)
