"""The HTTP application, composed from plain values: the xAPI endpoint, health, metrics, room for more."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.x509 import Certificate
from fastapi import APIRouter, FastAPI
from prometheus_client.registry import Collector
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from lrs.api.about import about_resource
from lrs.api.cors import CrossOrigin
from lrs.api.descriptions import description_resources
from lrs.api.documents import document_resources
from lrs.api.health import health_router
from lrs.api.metrics import Metrics
from lrs.api.origins import Origins
from lrs.api.refusals import Refusals
from lrs.api.retrieval import PageLimits, Sources, StatementReads
from lrs.api.service import Gate, Limits, Resource, XapiService
from lrs.api.statement_resource import statement_resource
from lrs.api.statements import StatementWrites
from lrs.api.threads import Threads
from lrs.api.unrouted import no_such_route
from lrs.ingest.authenticator import Authenticator
from lrs.ingest.rejections import Rejections
from lrs.ingest.statements import BatchLimits, Ingest
from lrs.ingest.tokens import Tokens
from lrs.ingest.writer import Writer
from lrs.log.store import Store
from lrs.read.activities import Definitions
from lrs.read.statements import QUERY_LIMIT_SECONDS, StatementReader
from lrs.xapi.version import Version

ENDPOINTS = ("/xAPI", "/xapi")


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """What an operator may set, as plain values; the units are in the names."""

    default_version: str = Version.V1_0_3.value
    cors_origins: Sequence[str] = ()
    max_body_bytes: int = 32 * 1024 * 1024
    max_statements: int = 10_000
    max_depth: int = 64
    page_statements: int = 100
    max_page_statements: int = 500
    query_seconds: float = QUERY_LIMIT_SECONDS
    read_threads: int = 8
    max_waiting_reads: int = 1000
    signature_anchors: Sequence[Certificate] = ()
    about_extensions: Mapping[str, Any] = field(default_factory=dict)


def create_app(  # noqa: PLR0913 - all by name, composed in one place
    store: Store,
    writer: Writer[Any],
    *,
    now: Callable[[], datetime],
    new_id: Callable[[], UUID],
    settings: ApiSettings | None = None,
    tokens: Tokens | None = None,
    rejections: Rejections | None = None,
    gauges: Sequence[Collector] = (),
) -> FastAPI:
    """Return the application; whoever calls adds routers of other parts with ``include_router``.

    Store, writer and ``rejections`` stay the caller's, who closes them once the server has stopped. Bearer tokens are
    refused without ``tokens``, and refused requests are not kept without ``rejections``. ``/metrics`` shows ``gauges``
    too.
    """
    chosen = settings or ApiSettings()
    threads = Threads(chosen.read_threads, chosen.max_waiting_reads)
    metrics = Metrics(gauges)
    limits = BatchLimits(chosen.max_statements, chosen.max_depth)
    ingest = Ingest(store, writer, now=now, new_id=new_id, limits=limits, anchors=chosen.signature_anchors)
    pages = PageLimits(chosen.page_statements, chosen.max_page_statements)
    reader = StatementReader(store, chosen.query_seconds)
    sources = Sources(store, reader, Definitions(reader))
    resources: dict[str, Resource] = {
        "about": about_resource(chosen.about_extensions),
        "statements": statement_resource(
            StatementWrites(ingest, threads, metrics), StatementReads(sources, threads, pages, new_id)
        ),
        **document_resources(store, threads),
        **description_resources(reader, sources.definitions, threads),
    }
    gate = Gate(
        Authenticator(store, now=now, tokens=tokens),
        threads,
        CrossOrigin(chosen.cors_origins),
        Origins(store, threads),
        metrics,
        None if rejections is None else Refusals(rejections, now=now, new_id=new_id),
    )
    if rejections is not None:
        rejections.dropped = metrics.dropped
    service = XapiService(resources, gate, Limits(Version(chosen.default_version), chosen.max_body_bytes))
    return _app(service, health_router(store, threads, metrics), [ingest.close, threads.close])


class _Application(FastAPI):
    """FastAPI behind the xAPI endpoint, which has routes and refusals of its own and needs nothing of the framework."""

    def __init__(self, service: XapiService, **settings: Any) -> None:
        super().__init__(**settings)
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            root = scope.get("root_path", "")
            path = scope["path"].removeprefix(root)
            for endpoint in ENDPOINTS:
                if path.startswith(endpoint + "/"):
                    await self._service({**scope, "root_path": root + endpoint}, receive, send)
                    return
        await super().__call__(scope, receive, send)


def _app(service: XapiService, health: APIRouter, closing: Sequence[Callable[[], None]]) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        for close in closing:
            close()

    app = _Application(service, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health)
    app.add_exception_handler(HTTPException, no_such_route)
    return app
