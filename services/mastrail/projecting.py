"""The projector process: it follows the log, folds it, notarises it and publishes what follows."""

import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any

import psutil

from mastrail.asserting import EngineStatements
from mastrail.settings import Settings
from mastrail.shell import utc_now
from mastrail.stores import keys_folder, notary_folder, open_log
from projector.notary.keys import load_or_create_keys
from projector.notary.notary import Notary
from projector.publish.relay import Courier
from projector.publish.statements import StatementsTarget
from projector.publish.target import Target
from projector.publish.topics import STATE_TOPIC, STATEMENTS_TOPIC, TOPICS, topic_of
from projector.role import Log, Role
from projector.store.live import LiveProjection
from projector.store.projection import FeedEvent, Projection
from projector.store.versions import open_versions


def project(settings: Settings, stop: threading.Event) -> None:
    """Run a projector until ``stop`` is set.

    Raises FoldStopped for an entry that cannot be folded, NotaryFault when the notary's folder and the log disagree
    or another projector is at it, StoreUnavailable and ProjectionUnavailable when a database cannot be used.
    """
    with ExitStack() as held:
        log = held.enter_context(open_log(settings))
        versions = held.enter_context(closing(open_versions(settings.store, data_dir=settings.data_dir)))
        keys = load_or_create_keys(keys_folder(settings))
        notary = held.enter_context(
            Notary(
                notary_folder(settings),
                origin=settings.notary_origin,
                signing_key=keys.signing_key,
                data_key=keys.data_key,
            )
        )
        live = held.enter_context(closing(LiveProjection(versions)))
        engine = held.enter_context(EngineStatements(log))
        Role(
            log=log,
            versions=versions,
            stop=stop,
            now=utc_now,
            notary=notary,
            targets=[StatementsTarget(live.snapshot, engine), *_kafka_targets(settings)],
            couriers=_kafka_couriers(settings, log),
            notes_states=_publishes_states(settings),
            page_entries=settings.fold_page_entries,
            poll_seconds=settings.poll_seconds,
            busy_share=_busy_share,
        ).run()


def _busy_share() -> float:
    """Return the share of the machine's processor time that was in use since this thread last asked."""
    return psutil.cpu_percent() / 100


def _kafka_targets(settings: Settings) -> list[Target[FeedEvent]]:
    """Return a target for each topic of the feed, none without brokers."""
    if not settings.kafka_bootstrap:
        return []
    from projector.publish.kafka import KafkaTarget  # noqa: PLC0415 - a quarter of a second that others need not spend

    return [KafkaTarget(settings.kafka_bootstrap, topic=topic, takes=_only(topic)) for topic in TOPICS]


def _publishes_states(settings: Settings) -> bool:
    return bool(settings.kafka_bootstrap) and settings.kafka_states == "on"


def _kafka_couriers(settings: Settings, log: Log) -> list[Callable[[Projection], Courier[Any]]]:
    """Return what makes the sender of states and that of statements, as far as they are wanted."""
    if not settings.kafka_bootstrap:
        return []
    from projector.publish.kafka import KafkaTopic  # noqa: PLC0415 - as above
    from projector.publish.statement_stream import StatementSource  # noqa: PLC0415 - only with brokers
    from projector.publish.states import StateSource  # noqa: PLC0415 - only with brokers

    def states(projection: Projection) -> Courier[Any]:
        topic = KafkaTopic(settings.kafka_bootstrap, topic=STATE_TOPIC, compacted=True)
        return Courier(StateSource(projection, log, was_empty=lambda: topic.was_empty), topic)

    def statements(projection: Projection) -> Courier[Any]:
        return Courier(StatementSource(projection, log), KafkaTopic(settings.kafka_bootstrap, topic=STATEMENTS_TOPIC))

    wanted = {states: _publishes_states(settings), statements: settings.kafka_statements == "on"}
    return [make for make, is_wanted in wanted.items() if is_wanted]


def _only(topic: str) -> Callable[[str], bool]:
    return lambda kind: topic_of(kind) == topic
