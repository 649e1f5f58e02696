"""Where the administrative entries of the log lie, so that nobody reads every statement to find them."""

from collections.abc import Iterator
from uuid import UUID

import msgspec

from lrs.log.entry import STATEMENT_STORED, LogEntry
from projector.mastery.documents import Documents, Kind
from projector.mastery.times import instant


class Entered(msgspec.Struct, frozen=True):
    """An entry of the log that is no statement: its id, topic and recorded time (microseconds since 1970 UTC)."""

    entry_id: str
    topic: str
    recorded: int


ENTERED = Kind("administrative-entry", Entered)
CLOCK_ENTERED = Kind("clock-entry", Entered)
CLOCK_ADVANCED = "mastrail.clock.advanced.v1"


def note_entry(documents: Documents, entry: LogEntry) -> None:
    """Note where ``entry`` lies, unless it is a statement; steps of the clock are kept apart, since they are many."""
    if entry.topic != STATEMENT_STORED:
        kind = CLOCK_ENTERED if entry.topic == CLOCK_ADVANCED else ENTERED
        noted = Entered(str(entry.entry_id), entry.topic, instant(entry.recorded))
        documents.put(kind, place_key(entry.position), noted)


def noted_entries(documents: Documents) -> Iterator[tuple[int, UUID, str]]:
    """Yield (position, entry id, topic) of the administrative entries but those of the clock, in order."""
    for key, noted in documents.scan(ENTERED):
        yield int(key), UUID(noted.entry_id), noted.topic


def place_key(position: int) -> str:
    """Return the key of what lies at a log position; keys are in the order of the positions."""
    return f"{position:020d}"
