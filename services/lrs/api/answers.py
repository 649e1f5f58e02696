"""What other threads answer, brought to the event loop: answers that come together wake it once."""

import asyncio
from collections import deque
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Answers:
    """Lets requests of one event loop wait for futures that other threads complete, many at the end of one commit."""

    def __init__(self) -> None:
        self._came: deque[tuple[asyncio.Future[Any], Future[Any]]] = deque()
        self._is_woken = False

    async def of(self, answer: Future[T]) -> T:
        """Return the result of ``answer`` once it is there, or raise its exception."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[T] = loop.create_future()

        def came(done: Future[T]) -> None:
            self._came.append((waiting, done))
            # Two threads may both wake the loop, which then finds nothing the second time.
            if not self._is_woken and not loop.is_closed():
                self._is_woken = True
                loop.call_soon_threadsafe(self._hand_over)

        answer.add_done_callback(came)
        return await waiting

    def _hand_over(self) -> None:
        self._is_woken = False  # first: what comes from here on may wake the loop again
        while self._came:
            waiting, done = self._came.popleft()
            if waiting.done():
                continue  # the request was given up
            error = done.exception()
            if error is None:
                waiting.set_result(done.result())
            else:
                waiting.set_exception(error)
