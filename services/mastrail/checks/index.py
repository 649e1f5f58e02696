"""The index of the statements, computed again from the statements and compared with what lies in the database."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
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


@dataclass(slots=True)
class _References:
    """Who refers to whom, and who voids whom: all that one statement's row owes to another."""

    target_of: dict[UUID, UUID] = field(default_factory=dict)
    voiding: set[UUID] = field(default_factory=set)
    voided: set[UUID] = field(default_factory=set)

    def note(self, entry_id: UUID, found: Terms) -> None:
        if found.refers_to is not None:
            self.target_of[entry_id] = found.refers_to
        if found.voids is not None:
            self.voiding.add(entry_id)
            self.voided.add(found.voids)

    def chain(self, entry_id: UUID) -> Iterator[UUID]:
        """Yield the statement and every one that it refers to, directly or along a chain."""
        seen: set[UUID] = set()
        at: UUID | None = entry_id
        while at is not None and at not in seen:
            seen.add(at)
            yield at
            at = self.target_of.get(at)

    def flags(self, entry_id: UUID) -> int:
        return VOIDING if entry_id in self.voiding else VOIDED if entry_id in self.voided else 0


def check_index(store: Store, last: int, pages: Pages) -> Iterator[Finding]:
    """Yield every statement up to position ``last`` whose row is missing or differs, and every term that finds too few.

    A statement is found by its own terms and by those of the statement that it refers to, along the chain. Whether it
    defines is not compared: that was its sender's scope, of which the statement says nothing.
    """
    references, own_of_targets = _read_references(store, pages)
    depths: Counter[int] = Counter()
    for page in pages():
        statements = [entry for entry in page if entry.topic == STATEMENT_STORED]
        rows = {row["entry_id"]: row for row in _nodes(store, [entry.entry_id for entry in statements])}
        for entry in statements:
            inherited = (own_of_targets.get(one, frozenset()) for one in references.chain(entry.entry_id))
            expected = _own_terms(store, entry).union(*inherited)
            depths.update(expected)
            depths.update(_hashes(store, _found_by(entry).own_terms))
            row = rows.get(entry.entry_id)
            if row is None:
                yield Finding("index", "the statement has no row", entry.position)
            elif _differs(row, references.flags(entry.entry_id), expected):
                yield Finding("index", "the row differs from the statement", entry.position)
    yield from _check_depths(store, last, depths)


def _read_references(store: Store, pages: Pages) -> tuple[_References, dict[UUID, frozenset[int]]]:
    """Return all references, and the own terms of each statement that another one refers to."""
    references = _References()
    for page in pages():
        for entry in page:
            if entry.topic == STATEMENT_STORED:
                references.note(entry.entry_id, _found_by(entry))
    targets = list(set(references.target_of.values()))
    own: dict[UUID, frozenset[int]] = {}
    for start in range(0, len(targets), 1000):
        known = store.get_many(targets[start : start + 1000])
        own.update((entry_id, _own_terms(store, entry)) for entry_id, entry in known.items())
    return references, own


def _check_depths(store: Store, last: int, depths: Counter[int]) -> Iterator[Finding]:
    """Hold each term to the number of statements that it finds."""
    for term, count in depths.items():
        wanted = {"term": term, "after": 0, "before": last + 1}
        least = store.select("select_term_depth", wanted | {"depth": count - 1})
        more = store.select("select_term_depth", wanted | {"depth": count})
        if more or not least:
            yield Finding("index", f"a term finds {'more' if more else 'fewer'} than its {count} statements")


def _nodes(store: Store, entry_ids: list[UUID]) -> list[Mapping[str, Any]]:
    return store.select("select_nodes", {"ids": entry_ids}) if entry_ids else []


def _differs(row: Mapping[str, Any], flags: int, expected: frozenset[int]) -> bool:
    kept = bytes(row["terms"])
    return row["flags"] & ~NOT_DEFINING != flags or (kept != terms.DERIVED and terms.unpack(kept) != expected)


def _own_terms(store: Store, entry: LogEntry) -> frozenset[int]:
    return _hashes(store, _found_by(entry).terms)


def _hashes(store: Store, found_by: Iterable[tuple[str, str]]) -> frozenset[int]:
    return frozenset(store.term(kind, value) for kind, value in found_by)


def _found_by(entry: LogEntry) -> Terms:
    return index(orjson.loads(stored_text(entry.payload)))
