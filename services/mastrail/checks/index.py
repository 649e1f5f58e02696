"""The index of the statements, computed again from the statements and compared with what lies in the database.

Memory does not grow with the store. Each row is held against its statement and against the row of the statement that it
refers to, whose own turn comes too. What the terms find is compared in sums, a fixed number of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from lrs.log import terms
from lrs.log.entry import STATEMENT_STORED, LogEntry
from lrs.log.graph import NOT_DEFINING, VOIDED, VOIDING
from lrs.log.store import Store
from lrs.xapi.stored_text import stored_text
from lrs.xapi.terms import Terms, index
from mastrail.checks.finding import Finding

Pages = Callable[[], Iterable[list[LogEntry]]]
"""Each call reads the log again from its beginning, page by page."""
_SUMS = 1 << 16
_FIRST_TERM, _LAST_TERM = -(1 << 63), (1 << 63) - 1
_TERMS_READ = 5_000


@dataclass(slots=True)
class _Sums:
    """What terms find: how many statements, and the sum of their positions, by the last bits of the terms."""

    statements: list[int] = field(default_factory=lambda: [0] * _SUMS)
    positions: list[int] = field(default_factory=lambda: [0] * _SUMS)

    def add(self, found_by: Iterable[int], position: int) -> None:
        """Count a statement that all of these terms find."""
        statements, positions = self.statements, self.positions
        for term in found_by:
            place = term % _SUMS
            statements[place] += 1
            positions[place] += position


@dataclass(frozen=True, slots=True)
class _Around:
    """What the database says about the statements of a page and those they refer to."""

    rows: Mapping[int, Mapping[str, Any]]
    targets: Mapping[UUID, frozenset[int]]
    voided: frozenset[UUID]
    sources: Mapping[int, UUID]


class _IndexCheck:
    """One pass over the log up to position ``last``."""

    def __init__(self, store: Store, last: int) -> None:
        self._store = store
        self._last = last
        self._sums = _Sums()
        self._refs = self._voidings = 0

    def page(self, entries: Sequence[LogEntry]) -> Iterator[Finding]:
        """Yield what is wrong about the statements of a page."""
        found = {entry.position: _found_by(entry) for entry in entries if entry.topic == STATEMENT_STORED}
        if not found:
            return
        ids = {entry.position: entry.entry_id for entry in entries if entry.position in found}
        around = self._around(found, ids)
        for position, what in found.items():
            yield from self._statement(position, ids[position], what, around)

    def totals(self) -> Iterator[Finding]:
        """Yield what is wrong with the whole: terms that find too many or too few, references of no statement."""
        counted = self._store.select("count_refs", {"upper": self._last})[0]
        if (counted["refs"], counted["voidings"]) != (self._refs, self._voidings):
            yield Finding("index", "there are references that no statement makes")
        stored = self._stored_sums()
        for place in range(_SUMS):
            expected, there = self._sums.statements[place], stored.statements[place]
            if (expected, self._sums.positions[place]) != (there, stored.positions[place]):
                compared = "more" if there > expected else "fewer" if there < expected else "others"
                yield Finding("index", f"a term finds {compared} than the statements that have it")

    def _around(self, found: Mapping[int, Terms], ids: Mapping[int, UUID]) -> _Around:
        refs = {position: what.refers_to for position, what in found.items() if what.refers_to}
        voids = [what.voids for what in found.values() if what.voids]
        stretch = {"after": min(found) - 1, "upper": max(found)}
        asked: list[tuple[str, Mapping[str, Any]]] = [
            ("select_rows", stretch),
            ("select_voided", {"ids": [*ids.values(), *voids]}),
            *((("select_nodes", {"ids": list(refs.values())}),) if refs else ()),
            *(("select_ref", {"target": target, "position": position}) for position, target in refs.items()),
        ]
        rows, voided, *others = self._store.select_each(asked)
        nodes = others.pop(0) if refs else []
        return _Around(
            {row["position"]: row for row in rows},
            {row["entry_id"]: self._terms_of(row) for row in nodes},
            frozenset(row["target"] for row in voided),
            {position: row["source"] for position, rows in zip(refs, others, strict=True) for row in rows},
        )

    def _statement(self, position: int, entry_id: UUID, what: Terms, around: _Around) -> Iterator[Finding]:
        expected = _hashes(self._store, what.terms)
        if what.refers_to is not None:
            self._refs += 1
            expected |= around.targets.get(what.refers_to, frozenset())
            if around.sources.get(position) != entry_id:
                yield Finding("index", "the reference of the statement is not known", position)
        if what.voids is not None:
            self._voidings += 1
            if what.voids not in around.voided:
                yield Finding("index", "what the statement voids is not known", position)
        self._sums.add(expected | _hashes(self._store, what.own_terms), position)
        flags = VOIDING if what.voids is not None else VOIDED if entry_id in around.voided else 0
        row = around.rows.get(position)
        if row is None:
            yield Finding("index", "the statement has no row", position)
        elif row["flags"] & ~NOT_DEFINING != flags or not _keeps(row, what, expected):
            yield Finding("index", "the row differs from the statement", position)

    def _terms_of(self, row: Mapping[str, Any]) -> frozenset[int]:
        """Return the terms of a statement that another one refers to, as its row says or as they follow from it."""
        if bytes(row["terms"]) != terms.DERIVED:
            return terms.unpack(bytes(row["terms"]))
        return _hashes(self._store, _found_by(self._store.entry(row)).terms)

    def _stored_sums(self) -> _Sums:
        sums, first = _Sums(), _FIRST_TERM
        while rows := self._store.select("sum_terms", {"first": first, "upper": self._last, "limit": _TERMS_READ}):
            for row in rows:
                sums.statements[row["term"] % _SUMS] += row["statements"]
                sums.positions[row["term"] % _SUMS] += row["positions"]
            if rows[-1]["term"] == _LAST_TERM:
                break
            first = rows[-1]["term"] + 1
        return sums


def check_index(store: Store, last: int, pages: Pages) -> Iterator[Finding]:
    """Yield every statement up to position ``last`` whose row is missing or differs, and every term that finds too few.

    A statement is found by its own terms and by those of the statement that it refers to, along the chain. Whether it
    defines is not compared: that was its sender's scope, of which the statement says nothing.
    """
    check = _IndexCheck(store, last)
    for page in pages():
        yield from check.page(page)
    yield from check.totals()


def _keeps(row: Mapping[str, Any], what: Terms, expected: frozenset[int]) -> bool:
    """Return whether the row keeps the terms that are expected, or none since they follow from the statement alone."""
    kept = bytes(row["terms"])
    return what.refers_to is None if kept == terms.DERIVED else terms.unpack(kept) == expected


def _hashes(store: Store, found_by: Iterable[tuple[str, str]]) -> frozenset[int]:
    return frozenset(store.term(kind, value) for kind, value in found_by)


def _found_by(entry: LogEntry) -> Terms:
    return index(orjson.loads(stored_text(entry.payload)))
