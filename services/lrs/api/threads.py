"""The bounded pool of threads in which everything that waits for the database runs."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from lrs.xapi.faults import Overloaded

T = TypeVar("T")


class Threads:
    """At most ``threads`` calls run at once and ``max_waiting`` more wait; beyond that a request has to come back."""

    def __init__(self, threads: int, max_waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="lrs-read")
        self._most = threads + max_waiting
        self._open = 0

    async def run(self, call: Callable[..., T], *arguments: Any) -> T:
        """Return what ``call`` returns. Raises Overloaded without calling it when too many wait already."""
        if self._open >= self._most:
            raise Overloaded("too many reads are waiting; nothing was done; try again")
        self._open += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call, *arguments)
        finally:
            self._open -= 1

    def close(self) -> None:
        """Let running calls finish and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)
