"""What this process noticed of damage to the stored data: it is told once, and nothing is written from then on."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from lrs.log.faults import StoreDamaged, StoreReadOnly

_log = logging.getLogger(__name__)


class Damage:
    """Whether the stored data was found damaged; ``noticed`` says what was found first, None while all is well.

    To write on would bury the damage under what is new, and could spread it. What can be read is served.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.noticed: str | None = None

    def note(self, reason: str) -> None:
        """Serve the data for reading only from now on, until it was repaired and the process started again."""
        with self._lock:
            is_news, self.noticed = self.noticed is None, self.noticed or reason
        if is_news:
            _log.error("the store is damaged and from now on only read", extra={"reason": reason})

    def require_writable(self) -> None:
        """Raise StoreReadOnly when damage was noticed."""
        if self.noticed is not None:
            raise StoreReadOnly(f"the store is only read: {self.noticed}")

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Turn damage that a write meets into StoreReadOnly: for who writes it is the same as damage known before."""
        try:
            yield
        except StoreDamaged as error:
            self.note(str(error))
            raise StoreReadOnly(f"the store is only read: {error}") from error
