"""GET /api/v1/mastery-events: every transition, in order, once, by a cursor."""

import asyncio
from time import monotonic

from fastapi import APIRouter, Request, Response

from lrs.api.threads import Threads
from projector.api.asking import LAST_POSSIBLE, Authorize, raw_json, whole_number
from projector.api.describing import Given, Parameter, Routes
from projector.store.live import LiveProjection
from projector.store.projection import FeedEvent

_LONGEST_WAIT_SECONDS = 30
_LOOK_EVERY_SECONDS = 0.05
_PAGE_EVENTS = 100
_AFTER = Parameter(
    "after", "the `next` of the page before; none: from the beginning", {"type": "integer", "minimum": 0}
)
_LIMIT = Parameter("limit", "most events in the page", {"type": "integer", "minimum": 1})
_WAIT = Parameter("wait", "seconds to wait for the first event", {"type": "integer", "minimum": 0, "maximum": 30})


def feed_router(
    projection: LiveProjection, *, authorize: Authorize, threads: Threads, max_page_events: int = 1000
) -> APIRouter:
    """Return the route of the feed."""
    routes = Routes(APIRouter(tags=["events"]), authorize)

    def read(after: int, limit: int) -> list[FeedEvent]:
        with projection.snapshot() as snapshot:
            return snapshot.events(after, limit)

    @routes.get("/api/v1/mastery-events", _AFTER, _LIMIT, _WAIT)
    async def mastery_events(request: Request, given: Given) -> Response:
        """Return the events after a cursor, oldest first, and the cursor to go on from.

        ``after`` is the ``next`` of the page before (none: from the beginning), ``limit`` the most events in the page,
        ``wait`` the seconds to wait for the first event when there is none yet.
        """
        after = whole_number(given, "after", default=0, most=LAST_POSSIBLE)
        limit = whole_number(given, "limit", default=_PAGE_EVENTS, least=1, most=max_page_events)
        deadline = monotonic() + whole_number(given, "wait", default=0, most=_LONGEST_WAIT_SECONDS)
        events = await threads.run(read, after, limit + 1)
        while not events and monotonic() < deadline and not await request.is_disconnected():
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
            events = await threads.run(read, after, limit + 1)
        return raw_json(_page(events[:limit], after, more=len(events) > limit))

    return routes.router


def _page(events: list[FeedEvent], after: int, *, more: bool) -> bytes:
    following = str(events[-1].seq if events else after).encode()
    end = b'],"next":"' + following + b'","more":' + (b"true" if more else b"false") + b"}"
    return b'{"events":[' + b",".join(event.body for event in events) + end
