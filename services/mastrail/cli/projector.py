"""``mastrail projector``: the role that follows the log."""

import logging
import signal
import sqlite3
import threading
from types import FrameType
from typing import Annotated

import typer

from mastrail.child import EXIT_STOPPED, give_way, go_with_parent
from mastrail.cli.flags import ALL_FLAGS, with_settings
from mastrail.logs import log_to_stderr
from mastrail.projecting import project
from mastrail.settings import Settings
from projector.follow import FoldStopped
from projector.notary.core.faults import NotaryBusy, NotaryFault
from projector.store.garbage import collect_seldom

logger = logging.getLogger(__name__)

WithParent = Annotated[
    bool, typer.Option("--with-parent", hidden=True, help="Begin and end as standard input says: serve starts it so.")
]


@with_settings(*ALL_FLAGS)
def projector(settings: Settings, with_parent: WithParent = False) -> None:
    """Follow the log: fold it into states and events, notarise it, publish to Kafka. One for each log.

    `mastrail serve` runs one by itself; this is for stores that `mastrail lrs` processes serve. Exit code 3 when an
    entry cannot be folded, or when the log and what was signed of it disagree; the log line names the position.

    With brokers (`--kafka-bootstrap`) it publishes every event, and the state of every person and competency to a
    compacted topic unless `--kafka-states off`. Statements contain personal data: they are published only with
    `--kafka-statements on`. Topics are made where they do not exist.

    Example: **mastrail projector --kafka-bootstrap broker1:9092,broker2:9092 --kafka-statements on**
    """
    log_to_stderr(settings.log_level)
    collect_seldom()
    stop = threading.Event()
    _stop_on_signals(stop)
    if with_parent:
        give_way()
        go_with_parent(stop)
    if stop.is_set():
        return
    try:
        project(settings, stop)
    except FoldStopped as stopped:
        logger.error("projector ended before an entry it cannot fold", extra={"position": stopped.position})
        raise typer.Exit(EXIT_STOPPED) from stopped
    except NotaryBusy as busy:
        logger.error("another projector is at work", extra={"reason": str(busy)})
        raise typer.Exit(1) from busy
    except NotaryFault as fault:
        logger.error("the log and what was signed of it disagree", extra={"reason": str(fault)})
        raise typer.Exit(EXIT_STOPPED) from fault
    except (OSError, sqlite3.Error) as error:
        logger.error("the projector cannot use its files", extra={"reason": str(error)})
        raise typer.Exit(1) from error


def _stop_on_signals(stop: threading.Event) -> None:
    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
