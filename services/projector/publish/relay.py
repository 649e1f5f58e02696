"""The outbox relay: what waits goes to one target, each once, and the cursor only after the acknowledgement."""

import logging
from threading import Event
from typing import Generic

from lrs.log.faults import StoreFault
from projector.publish.target import Sent, Source, Target, TargetUnavailable, Waiting
from projector.store.faults import ProjectionUnavailable
from projector.store.projection import FeedEvent, Projection
from projector.store.versions import FEED

logger = logging.getLogger(__name__)

_PAGE_EVENTS = 500
_FIRST_DELAY_SECONDS = 0.2
_MOST_DELAY_SECONDS = 30.0
Unavailable = (TargetUnavailable, ProjectionUnavailable, StoreFault)


class Courier(Generic[Sent]):
    """Sends from one source to one target, from the cursor on. One thread; folding never waits for it."""

    def __init__(self, source: Source[Sent], target: Target[Sent], *, page_events: int = _PAGE_EVENTS) -> None:
        self._source = source
        self._target = target
        self._page_events = page_events
        self._cursor = 0
        self._is_open = False

    def step(self) -> int:
        """Send the next page and move the cursor; return how many lie behind it now that did not before.

        Raises TargetUnavailable, ProjectionUnavailable or StoreFault; the next call begins with what the target
        really has.
        """
        if not self._is_open:
            self._open()
        try:
            page = self._source.waiting(self._cursor, self._page_events)
            if page.passed:
                if page.sent:
                    self._target.send(page.sent)
                self._source.acknowledged(page)
                self._cursor = page.up_to
        except Unavailable:
            self.close()
            raise
        return page.passed

    def run(self, stop: Event, *, poll_seconds: float) -> None:
        """Send until ``stop`` is set; while the target is away, try again, later each time (0.2 s to 30 s)."""
        delay_seconds = _FIRST_DELAY_SECONDS
        while not stop.is_set():
            try:
                sent = self.step()
            except Unavailable as error:
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
        feed = self._source.feed()
        try:
            self._target.open(feed, self._source.id_at)
            self._cursor = self._source.cursor()
        except Unavailable:
            self._target.close()
            raise
        self._is_open = True


class Relay(Courier[FeedEvent]):
    """Sends the feed of one projection to one target."""

    def __init__(self, projection: Projection, target: Target[FeedEvent], *, page_events: int = _PAGE_EVENTS) -> None:
        super().__init__(FeedSource(projection, target.name), target, page_events=page_events)


class FeedSource:
    """The feed of one projection, with the cursor of that name."""

    def __init__(self, projection: Projection, name: str) -> None:
        self._projection = projection
        self._name = name

    def feed(self) -> str:
        """Return the name of the feed; a projection that tells the same has the same."""
        with self._projection.snapshot() as snapshot:
            return snapshot.fact(FEED) or str(self._projection.version)

    def cursor(self) -> int:
        """Return the ``seq`` of the last event that was acknowledged."""
        with self._projection.snapshot() as snapshot:
            return snapshot.cursors().get(self._name, 0)

    def id_at(self, number: int) -> str | None:
        """Return the id of the event with that ``seq``."""
        with self._projection.snapshot() as snapshot:
            found = snapshot.events(number - 1, 1)
        return found[0].event_id if found and found[0].seq == number else None

    def waiting(self, after: int, limit: int) -> Waiting[FeedEvent]:
        """Return the next events."""
        with self._projection.snapshot() as snapshot:
            events = snapshot.events(after, limit)
        return Waiting(events, events[-1].seq if events else after, len(events))

    def acknowledged(self, sent: Waiting[FeedEvent]) -> None:
        """Move the cursor."""
        self._projection.put_cursors({self._name: sent.up_to})
