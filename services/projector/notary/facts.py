"""From a fact of the log to the entry that the tree holds for it."""

from lrs.log.entry import LogEntry
from projector.notary.core.entry import Segments, make_entry


def entry_text(fact: LogEntry, segments: Segments) -> bytes:
    """Return the log entry of ``fact``. Raises MalformedEntry when it has none."""
    parts = segments(fact.topic, fact.payload)
    return make_entry(fact.topic, fact.entry_id, fact.recorded, fact.blob, parts).text()
