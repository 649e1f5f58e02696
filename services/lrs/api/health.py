"""Is the server alive, can it take statements, and what does it count: three pages without credentials."""

import asyncio

from fastapi import APIRouter, Response

from lrs.api.metrics import Metrics
from lrs.api.threads import Threads
from lrs.log.faults import StoreFault
from lrs.log.store import Store
from lrs.xapi.faults import Overloaded

_PATIENCE_SECONDS = 5.0


def health_router(store: Store, threads: Threads, metrics: Metrics) -> APIRouter:
    """Return the router of ``/health/live``, ``/health/ready`` and ``/metrics``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> Response:
        return Response(b'{"status":"live"}', media_type="application/json")

    @router.get("/health/ready")
    async def ready() -> Response:
        try:
            await asyncio.wait_for(threads.run(store.head), _PATIENCE_SECONDS)
        except (StoreFault, Overloaded, TimeoutError):
            return Response(b'{"status":"unavailable"}', status_code=503, media_type="application/json")
        if store.damage is not None:
            return Response(b'{"status":"read-only"}', status_code=503, media_type="application/json")
        return Response(b'{"status":"ready"}', media_type="application/json")

    @router.get("/metrics")
    async def counters() -> Response:
        page = await asyncio.to_thread(metrics.page)
        return Response(page.body, media_type=page.content_type)

    return router
