"""Whose log it is, as its first entry says."""

from typing import Protocol
from uuid import UUID

from lrs.log.entry import LogEntry
from projector.store.exact_json import parse_exactly


class Readable(Protocol):
    """A log that is only read."""

    def read(self, after: int, limit: int) -> list[LogEntry]:
        """Return up to ``limit`` entries above ``after``, ascending."""
        ...


def read_tenant(log: Readable) -> tuple[str, UUID]:
    """Return the tenant and the namespace of its person ids, which the first entry of every log says."""
    first = log.read(0, 1)[0]
    created = parse_exactly(first.payload)
    return str(created["tenant"]), UUID(created["namespace"])
