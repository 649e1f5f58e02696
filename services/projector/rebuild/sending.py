"""Sending without waiting: a thread for each pipe, so that no worker stands still because another is busy."""

from multiprocessing.connection import Connection
from queue import Queue
from threading import Thread

_WAITING = 4


class Sender:
    """Sends bytes through a pipe in their order, from a thread of its own; only a few may wait."""

    def __init__(self, pipe: "Connection[bytes, bytes]") -> None:
        self._pipe = pipe
        self._queue: Queue[bytes | None] = Queue(_WAITING)
        self._broken = False
        self._thread = Thread(target=self._run, name="rebuild-sender", daemon=True)
        self._thread.start()

    def send(self, content: bytes) -> None:
        """Let ``content`` be sent. Raises EOFError once nobody reads any more."""
        if self._broken:
            raise EOFError("nobody reads at the other end")
        self._queue.put(content)

    def close(self) -> None:
        """Wait until everything is sent."""
        self._queue.put(None)
        self._thread.join()
        self._pipe.close()

    def _run(self) -> None:
        while (content := self._queue.get()) is not None:
            try:
                if not self._broken:
                    self._pipe.send_bytes(content)
            except OSError:
                self._broken = True
