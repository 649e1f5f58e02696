"""From the request path to the journal without ever holding a request up: a bounded queue and one thread."""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from datetime import datetime

from lrs.log.faults import StoreFault
from lrs.log.journal import Journal, Rejected

_log = logging.getLogger(__name__)
_FLUSH_SECONDS = 0.5
_MAX_ADVICE = 10_000


class Rejections:
    """Takes refused requests and advice at once and writes them a little later. Safe to use from several threads.

    What does not fit into the queue, or cannot be written, is dropped and told to ``dropped``.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        now: Callable[[], datetime],
        max_queue: int = 256,
        max_queue_bytes: int = 16 * 1024 * 1024,
    ) -> None:
        self.dropped: Callable[[int], None] = lambda _requests: None
        self._journal = journal
        self._now = now
        self._max_queue = max_queue
        self._max_queue_bytes = max_queue_bytes
        self._queue: deque[Rejected] = deque()
        self._bytes = 0
        self._advice: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lrs-rejections", daemon=True)
        self._thread.start()

    def offer(self, request: Rejected) -> None:
        """Take ``request``, or drop it when too much waits already."""
        size = len(request.body or b"")
        with self._lock:
            fits = len(self._queue) < self._max_queue and self._bytes + size <= self._max_queue_bytes
            if fits:
                self._queue.append(request)
                self._bytes += size
        if not fits:
            self.dropped(1)

    def advise(self, key: str, advice: Sequence[str]) -> None:
        """Count each of ``advice`` for the credential ``key``."""
        with self._lock:
            if len(self._advice) < _MAX_ADVICE:
                self._advice.update((key, name) for name in advice)

    def close(self) -> None:
        """Write what waits and end the thread."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(_FLUSH_SECONDS):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        with self._lock:
            requests, advice = list(self._queue), dict(self._advice)
            self._queue.clear()
            self._advice.clear()
            self._bytes = 0
        if not requests and not advice:
            return
        try:
            self._journal.write(requests, advice, self._now())
        except StoreFault as error:
            _log.warning("the journal of refused requests cannot be written", exc_info=error)
            self.dropped(len(requests))
