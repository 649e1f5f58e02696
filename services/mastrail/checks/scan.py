"""One reading of a stretch of the log, for all that is checked entry by entry: the log, its index, and its leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lrs.log.entry import STATEMENT_STORED, LogEntry
from lrs.log.faults import StoreDamaged
from lrs.log.store import Store
from lrs.xapi.terms import Terms, index
from mastrail.checks.finding import Finding, keep, pages_up_to
from mastrail.checks.index import IndexCheck, Indexed, Sums
from mastrail.checks.log import BEGINNING, Place, check_entry, check_order, place_of, read_back
from projector.notary.check import Expected, expected_leaf
from projector.notary.core.entry import Segments

_STRETCH_ENTRIES = 20_000
_LEAST_STRETCHES = 8


class Stretch(NamedTuple):
    """The entries after position ``after`` up to ``upper``."""

    after: int
    upper: int


def stretches(last: int) -> list[Stretch]:
    """Return the parts of a log that ends at ``last``, whoever reads them; also a short log has several."""
    entries = max(1, min(_STRETCH_ENTRIES, last // _LEAST_STRETCHES))
    return [Stretch(after, min(after + entries, last)) for after in range(0, last, entries)]


@dataclass(slots=True)
class Seen:
    """What was seen of a stretch.

    ``first`` and ``last`` are the places of its first and last entry. ``damage`` and ``index_damage`` say why the
    entries, or the index of them, cannot be read to the end of the stretch.
    """

    first: Place = BEGINNING
    last: Place = BEGINNING
    log: list[Finding] = field(default_factory=list)
    index: list[Finding] = field(default_factory=list)
    leaves: list[Expected] = field(default_factory=list)
    sums: Sums = field(default_factory=Sums)
    damage: str = ""
    index_damage: str = ""


def scan(store: Store, stretch: Stretch, segments: Segments | None) -> Seen:
    """Return what is seen of ``stretch``; ``leaves`` only with the ``segments`` that they are made with."""
    reading = _Reading(store, segments)
    try:
        for entries in pages_up_to(store, stretch.after, stretch.upper):
            reading.page(entries)
    except StoreDamaged as damaged:
        reading.seen.damage = str(damaged)
    return reading.seen


class _Reading:
    def __init__(self, store: Store, segments: Segments | None) -> None:
        self._segments = segments
        self._index = IndexCheck(store)
        self.seen = Seen(sums=self._index.sums)

    def page(self, entries: Sequence[LogEntry]) -> None:
        seen, statements = self.seen, []
        for entry in entries:
            self._take_place(place_of(entry))
            if entry.topic != STATEMENT_STORED:
                keep(seen.log, check_entry(entry, None))
                continue
            statement = read_back(entry.payload)
            keep(seen.log, check_entry(entry, statement))
            if statement is not None and (found_by := self._found_by(entry.position, statement)):
                statements.append(Indexed(entry.position, entry.entry_id, found_by))
        if self._segments is not None:
            seen.leaves.extend(expected_leaf(entry, self._segments) for entry in entries)
        self._compare(statements)

    def _take_place(self, place: Place) -> None:
        if not self.seen.last.position:
            self.seen.first = place
        else:
            keep(self.seen.log, check_order(place, self.seen.last))
        self.seen.last = place

    def _found_by(self, position: int, statement: Mapping[str, Any]) -> Terms | None:
        try:
            return index(statement)
        except (ValueError, KeyError, TypeError, AttributeError):
            keep(self.seen.index, [Finding("index", "what finds the statement cannot be made out", position)])
            return None

    def _compare(self, statements: Sequence[Indexed]) -> None:
        if self.seen.index_damage:
            return
        try:
            keep(self.seen.index, self._index.page(statements))
        except StoreDamaged as damaged:
            self.seen.index_damage = str(damaged)
