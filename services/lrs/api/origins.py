"""The browser origins that credentials name, for the preflight that comes before any credential."""

import time

from lrs.api.threads import Threads
from lrs.log.store import Store
from lrs.read.credentials import cors_origins

_REMEMBER_SECONDS = 1.0


class Origins:
    """Origins of all valid credentials, read again after a second."""

    def __init__(self, store: Store, threads: Threads) -> None:
        self._store = store
        self._threads = threads
        self._known: frozenset[str] = frozenset()
        self._until = 0.0

    async def of_credentials(self) -> frozenset[str]:
        """Return every origin that some valid credential allows."""
        if time.monotonic() >= self._until:
            self._known = await self._threads.run(cors_origins, self._store)
            self._until = time.monotonic() + _REMEMBER_SECONDS
        return self._known
