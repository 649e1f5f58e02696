"""A log that lost its end is noticed by what was made of it: signed checkpoints, and states that were computed."""

import logging

from lrs.log.store import Store
from projector.notary.core.faults import NotaryFault
from projector.notary.reader import LogReader
from projector.store.faults import ProjectionFault
from projector.store.live import LiveProjection

_log = logging.getLogger(__name__)


def note_lost_entries(store: Store, reader: LogReader, live: LiveProjection) -> None:
    """Let ``store`` be read only when its log ends before what was signed of it or folded.

    What is missing there was acknowledged, and what would be written now would get its places. Signatures and states
    are looked at before the log, which goes on growing.
    """
    signed, folded = _signed(reader), _folded(live)
    last, _ = store.head()
    if last < signed:
        store.note_damage(f"the log ends at position {last}, but {signed} entries of it were signed")
    elif last < folded:
        store.note_damage(f"the log ends at position {last}, but states were computed from it up to {folded}")


def _signed(reader: LogReader) -> int:
    try:
        return reader.signed_size()
    except (NotaryFault, OSError) as fault:
        _log.error("the published checkpoint cannot be read", extra={"reason": str(fault)})
        return 0


def _folded(live: LiveProjection) -> int:
    try:
        with live.snapshot() as snapshot:
            return snapshot.position()
    except ProjectionFault:
        return 0
