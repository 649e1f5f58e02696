"""How far the projection of a served store has come; read beside the running server."""

import contextlib
import time
from datetime import UTC, datetime

from lrs.log import dictionaries, facts
from lrs.log.compression import FIRST_OF_STORE
from lrs.log.store import open_store
from lrs.log.trainer import MILESTONES
from projector.store.ledger import CLOCK_ADVANCED
from projector.store.versions import open_versions
from support.processes import ServerFailed
from support.served import Served
from support.waiting import eventually

POLL_SECONDS = 0.05
_OWN_TOPICS = {facts.DICTIONARY_TRAINED, CLOCK_ADVANCED}
"""The topics of what a store appends of itself, at a moment that depends on how busy the machine is."""


def log_head(served: Served) -> int:
    """Return the last position of the log."""
    with open_store(served.store, data_dir=served.data_dir, now=lambda: datetime.now(UTC)) as store:
        return store.head()[0]


def asked_for_after(served: Served, position: int) -> list[str]:
    """Return the topics of the entries after ``position`` that somebody asked for: all but what a store does itself."""
    with open_store(served.store, data_dir=served.data_dir, now=lambda: datetime.now(UTC)) as store:
        return [entry.topic for entry in store.read(position, 500) if entry.topic not in _OWN_TOPICS]


def wait_until_trained(served: Served) -> None:
    """Return once the log holds every dictionary that is due: until then it may grow by itself; fail after a minute."""
    due = sum(milestone <= log_head(served) for milestone in MILESTONES)
    numbers = range(FIRST_OF_STORE, FIRST_OF_STORE + due)
    wanted = [dictionaries.entry_id(number) for number in numbers]
    with open_store(served.store, data_dir=served.data_dir, now=lambda: datetime.now(UTC)) as store:
        eventually(lambda: len(store.get_many(wanted)) == due, "the dictionaries that are due are trained")


def folded_position(served: Served) -> int:
    """Return the position up to which the live projection has folded the log, 0 while there is none."""
    versions = open_versions(served.store, data_dir=served.data_dir)
    live = versions.live()
    if live is None:
        return 0
    with contextlib.closing(versions.open(live, read_only=True)) as projection, projection.snapshot() as snapshot:
        return snapshot.position()


def wait_until_folded(served: Served, seconds: float = 60) -> int:
    """Return the position once everything that is in the log now is folded.

    Raises ServerFailed when the projection does not move for so many seconds.
    """
    head = log_head(served)
    position, moved = folded_position(served), time.monotonic()
    while position < head:
        time.sleep(POLL_SECONDS)
        before, position = position, folded_position(served)
        moved = time.monotonic() if position > before else moved
        if time.monotonic() > moved + seconds:
            raise ServerFailed(f"for {seconds} s the projection is at {position} of {head}\n{served.running().tail()}")
    return position


def signed_size(served: Served) -> int:
    """Return how many entries the newest checkpoint signs, 0 while there is none."""
    answer = served.client.get("/log/checkpoint")
    return int(answer.text.splitlines()[1]) if answer.is_success else 0


def wait_until_signed(served: Served) -> int:
    """Return the size of the tree once everything that is in the log now is signed; fail after a minute."""
    head = log_head(served)
    eventually(lambda: signed_size(served) >= head, "all is signed")
    return signed_size(served)
