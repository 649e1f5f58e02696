"""The outbox relay: events of the feed to one target, each once, and the cursor only after the acknowledgement."""

import logging
from threading import Event

from projector.publish.target import Target, TargetUnavailable
from projector.store.faults import ProjectionUnavailable
from projector.store.projection import Projection
from projector.store.versions import FEED

logger = logging.getLogger(__name__)

_PAGE_EVENTS = 500
_FIRST_DELAY_SECONDS = 0.2
_MOST_DELAY_SECONDS = 30.0


class Relay:
    """Sends the feed of one projection to one target, from the cursor on. One thread; folding never waits for it."""

    def __init__(self, projection: Projection, target: Target, *, page_events: int = _PAGE_EVENTS) -> None:
        self._projection = projection
        self._target = target
        self._page_events = page_events
        self._cursor = 0
        self._is_open = False

    def step(self) -> int:
        """Send the next page and move the cursor; return how many events lie behind it now that did not before.

        Raises TargetUnavailable or ProjectionUnavailable; the next call begins with what the target really has.
        """
        if not self._is_open:
            self._open()
        try:
            with self._projection.snapshot() as snapshot:
                events = snapshot.events(self._cursor, self._page_events)
            if events:
                self._target.send(events)
                self._projection.put_cursors({self._target.name: events[-1].seq})
                self._cursor = events[-1].seq
        except (TargetUnavailable, ProjectionUnavailable):
            self.close()
            raise
        return len(events)

    def run(self, stop: Event, *, poll_seconds: float) -> None:
        """Send until ``stop`` is set; while the target is away, try again, later each time (0.2 s to 30 s)."""
        delay_seconds = _FIRST_DELAY_SECONDS
        while not stop.is_set():
            try:
                sent = self.step()
            except (TargetUnavailable, ProjectionUnavailable) as error:
                facts = {"target": self._target.name, "reason": str(error), "delay_seconds": delay_seconds}
                logger.warning("events are not published now", extra=facts)
                stop.wait(delay_seconds)
                delay_seconds = min(delay_seconds * 2, _MOST_DELAY_SECONDS)
                continue
            delay_seconds = _FIRST_DELAY_SECONDS
            if not sent:
                stop.wait(poll_seconds)
        self.close()

    def close(self) -> None:
        """Give the target up; the next step opens it again."""
        self._target.close()
        self._is_open = False

    def _open(self) -> None:
        with self._projection.snapshot() as snapshot:
            self._cursor = snapshot.cursors().get(self._target.name, 0)
            feed = snapshot.fact(FEED) or str(self._projection.version)
        try:
            self._target.open(feed)
        except TargetUnavailable:
            self._target.close()
            raise
        self._is_open = True
