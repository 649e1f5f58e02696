"""The serving process: the endpoint and every other path over one store, with the projector beside it."""

import logging
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from types import FrameType
from typing import Any

from fastapi import FastAPI

from lrs.api.app import ApiSettings, create_app
from lrs.api.threads import Threads
from lrs.ingest.apart import Apart, OtherEnded
from lrs.ingest.authenticator import Authenticator
from lrs.ingest.rejections import Rejections
from lrs.ingest.writer import Writer
from lrs.log.faults import StoreDamaged, StoreUnavailable
from lrs.log.locks import acquire_server_lock
from lrs.log.migrations import Progress
from lrs.log.store import Store
from mastrail.access import Access
from mastrail.anchors import signature_anchors
from mastrail.child import ProjectorChild
from mastrail.issuing import tokens_of
from mastrail.lost import note_lost_entries
from mastrail.server import address, listen, serve
from mastrail.settings import Settings
from mastrail.shell import distribution_version, new_id, utc_now
from mastrail.stores import notary_folder, open_log, open_rejected
from mastrail.writing import Opening, WritingProcess, launch
from projector.api.asking import answer_refusals
from projector.api.competency import competency_router
from projector.api.describing import openapi_router
from projector.api.feed import feed_router
from projector.api.gauges import ProjectorGauges
from projector.api.log import log_router
from projector.api.questions import questions_router
from projector.api.registry import registry_router
from projector.api.registry_asking import Registry
from projector.api.status import status_router
from projector.notary.reader import LogReader
from projector.questions.questions import Questions
from projector.registry.shortened import ShortenedLog
from projector.store.live import LiveProjection
from projector.store.versions import open_versions

_MAX_WAITING_READS = 1000
_log = logging.getLogger(__name__)
_OFFERED = {
    "urn:mastrail:about:mastery-events": "/api/v1/mastery-events",
    "urn:mastrail:about:competencies": "/api/v1/people",
    "urn:mastrail:about:log": "/log/checkpoint",
}
"""What the about resource names beyond xAPI (Communication 2.8): an IRI each, with the path where it answers."""

Ready = Callable[[str], None]
"""Called once with the address of the server when it answers."""


def serve_everything(settings: Settings, ready: Ready) -> None:
    """Serve all paths, with a projector as child, until SIGTERM or SIGINT; what was taken in is committed first.

    Raises StoreLocked when another server uses the data folder, AddressInUse, StoreUnavailable.
    """
    with ExitStack() as held:
        held.enter_context(acquire_server_lock(settings.data_dir))
        _serve(settings, ready, held, held.enter_context(closing(ProjectorChild(settings))))


def serve_records(settings: Settings, ready: Ready) -> None:
    """Serve all paths without a projector: several such processes may serve one PostgreSQL store.

    Raises StoreLocked when another server uses the data folder of an SQLite store, AddressInUse, StoreUnavailable.
    """
    with ExitStack() as held:
        if settings.store == "sqlite":
            held.enter_context(acquire_server_lock(settings.data_dir))
        _serve(settings, ready, held)


def _serve(settings: Settings, ready: Ready, held: ExitStack, child: ProjectorChild | None = None) -> None:
    _end_quietly_while_starting()
    api_settings = _api_settings(settings)
    listening = held.enter_context(listen(settings.host, settings.port))
    writing = held.enter_context(closing(WritingProcess()))  # it gets ready while this one does
    if child is not None:
        child.get_ready()  # likewise
    store = held.enter_context(open_log(settings, migrating=_log_migration))
    apart = held.enter_context(closing(_apart(store, writing, settings)))
    writer = Writer(apart, max_queue=settings.max_queue_entries)
    held.callback(writer.close)
    tokens = tokens_of(settings)
    versions = held.enter_context(closing(open_versions(settings.store, data_dir=settings.data_dir)))
    live = held.enter_context(closing(LiveProjection(versions)))
    app = create_app(
        store,
        writer,
        now=utc_now,
        new_id=new_id,
        settings=api_settings,
        tokens=tokens,
        rejections=_rejections(settings, held),
        gauges=[ProjectorGauges(live, store)],
    )
    _add_mastery_and_log(app, settings, Authenticator(store, now=utc_now, tokens=tokens), (store, live), held)
    if child is not None:
        child.start()
    where = address(listening)
    serve(app, listening, drain_seconds=settings.drain_seconds, ready=lambda: ready(where))


def _apart(store: Store, writing: WritingProcess, settings: Settings) -> Apart:
    opening = Opening(settings.store, str(settings.data_dir), settings.log_level)
    try:
        writing.open(opening)
    except OtherEnded as ended:
        raise StoreUnavailable("the process that appends cannot use the store; what it logged says why") from ended
    return Apart(store, writing, partial(launch, opening))


def _rejections(settings: Settings, held: ExitStack) -> Rejections | None:
    if not settings.rejected_requests:
        return None
    try:
        journal = held.enter_context(open_rejected(settings))
    except StoreDamaged as damaged:
        _log.error("the journal of refused requests is damaged, so none is kept", extra={"reason": str(damaged)})
        return None
    return held.enter_context(closing(Rejections(journal, now=utc_now)))


def _api_settings(settings: Settings) -> ApiSettings:
    return ApiSettings(
        default_version=settings.default_xapi_version,
        cors_origins=settings.cors_origins,
        max_body_bytes=settings.max_body_bytes,
        max_statements=settings.max_statements,
        max_depth=settings.max_depth,
        page_statements=settings.page_statements,
        max_page_statements=settings.max_page_statements,
        query_seconds=settings.query_seconds,
        read_threads=settings.read_threads,
        signature_anchors=signature_anchors(settings),
        about_extensions=_OFFERED,
    )


def _add_mastery_and_log(
    app: FastAPI,
    settings: Settings,
    authenticator: Authenticator,
    read: tuple[Store, LiveProjection],
    held: ExitStack,
) -> None:
    """Add /api/v1 and /log; both read what the projector writes, also before it has written anything."""
    store, live = read
    threads = held.enter_context(closing(Threads(settings.read_threads, _MAX_WAITING_READS)))
    reader = LogReader(notary_folder(settings))
    if settings.store == "sqlite":  # the data folder may have served another database before
        note_lost_entries(store, reader, live)
    access = Access(authenticator, threads)
    questions = Questions(live.snapshot, store, now=utc_now, leaf_index=reader.index_of_entry)
    asked: dict[str, Any] = {"authorize": access.to, "threads": threads}
    seconds = settings.answer_seconds
    for router in (
        competency_router(
            live, log=store, leaf_index=reader.index_of_entry, questions=questions, answer_seconds=seconds, **asked
        ),
        questions_router(questions, answer_seconds=seconds, **asked),
        feed_router(live, max_page_events=settings.max_page_events, **asked),
        status_router(live, log=store, **asked),
        log_router(reader, access.to("log/proof")),
        registry_router(
            Registry(
                log=ShortenedLog(store, live.snapshot),
                entries=store,
                projection=live,
                questions=questions,
                threads=threads,
                new_id=new_id,
                answer_seconds=seconds,
            ),
            authorize=access.to,
        ),
        openapi_router(app, version=distribution_version()),
    ):
        app.include_router(router)
    answer_refusals(app)


def _log_migration(done: Progress) -> None:
    _log.info(
        "a step of the migration is done",
        extra={"version": done.version, "step": done.step, "done": done.done, "total": done.total},
    )


def _end_quietly_while_starting() -> None:
    """Take a signal that comes before the server is up as the wish to end."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
