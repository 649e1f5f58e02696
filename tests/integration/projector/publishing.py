"""What a relay would send of a source, without a broker."""

from projector.publish.record import Record
from projector.publish.statement_stream import StatementSource
from projector.publish.states import StateSource


def published(source: StateSource | StatementSource, limit: int = 7) -> list[Record]:
    """Return everything that waits, and acknowledge it, page by page."""
    found: list[Record] = []
    after = source.cursor()
    while (page := source.waiting(after, limit)).passed:
        source.acknowledged(page)
        found += page.sent
        after = page.up_to
    return found
