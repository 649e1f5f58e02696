"""The index of the statements, computed again from the statements and compared with what lies in the database.

Memory does not grow with the store. Each row is held against its statement and against the row of the statement that it
refers to, whose own turn comes too. What the terms find is compared in sums, a fixed number of them.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import add
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from lrs.log import terms
from lrs.log.graph import MOST_TERMS, NOT_DEFINING, VOIDED, VOIDING
from lrs.log.store import Store
from lrs.xapi.stored_text import stored_text
from lrs.xapi.terms import Terms, index
from mastrail.checks.finding import Finding

_SUMS = 1 << 16
_FIRST_TERM, _LAST_TERM = -(1 << 63), (1 << 63) - 1
_SUMS_READ = _SUMS + 1
_SUM_SECONDS = 3_600.0


class Indexed(NamedTuple):
    """A statement and what it has to be found by."""

    position: int
    entry_id: UUID
    found_by: Terms


def _zeros() -> "array[int]":
    return array("q", bytes(8 * _SUMS))


@dataclass(slots=True)
class Sums:
    """What terms find: how many statements, and the sum of their positions, by the last bits of the terms.

    With them, how many references and voidings there are.
    """

    statements: "array[int]" = field(default_factory=_zeros)
    positions: "array[int]" = field(default_factory=_zeros)
    refs: int = 0
    voidings: int = 0

    def count(self, found_by: Iterable[int], position: int) -> None:
        """Count a statement that all of these terms find."""
        statements, positions = self.statements, self.positions
        for term in found_by:
            place = term % _SUMS
            statements[place] += 1
            positions[place] += position

    def add(self, other: "Sums") -> None:
        """Add what another part of the log has."""
        self.statements = array("q", map(add, self.statements, other.statements))
        self.positions = array("q", map(add, self.positions, other.positions))
        self.refs += other.refs
        self.voidings += other.voidings


@dataclass(frozen=True, slots=True)
class _Around:
    """What the database says about the statements of a page and those they refer to."""

    rows: Mapping[int, Mapping[str, Any]]
    targets: Mapping[UUID, frozenset[int]]
    voided: frozenset[UUID]
    sources: Mapping[int, UUID]


class IndexCheck:
    """Compares page by page; ``sums`` say what the statements that it saw are found by."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.sums = Sums()

    def page(self, statements: Sequence[Indexed]) -> Iterator[Finding]:
        """Yield what is wrong about the statements of a page. Whether they define, they do not say themselves."""
        if statements:
            around = self._around(statements)
            for statement in statements:
                yield from self._statement(statement, around)

    def _around(self, statements: Sequence[Indexed]) -> _Around:
        refs = {one.position: one.found_by.refers_to for one in statements if one.found_by.refers_to}
        voids = [one.found_by.voids for one in statements if one.found_by.voids]
        stretch = {"after": statements[0].position - 1, "upper": statements[-1].position}
        asked: list[tuple[str, Mapping[str, Any]]] = [
            ("select_rows", stretch),
            ("select_voided", {"ids": [*(one.entry_id for one in statements), *voids]}),
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

    def _statement(self, statement: Indexed, around: _Around) -> Iterator[Finding]:
        position, entry_id, what = statement
        if what.refers_to is not None:
            self.sums.refs += 1
            if around.sources.get(position) != entry_id:
                yield Finding("index", "the reference of the statement is not known", position)
        if what.voids is not None:
            self.sums.voidings += 1
            if what.voids not in around.voided:
                yield Finding("index", "what the statement voids is not known", position)
        flags = VOIDING if what.voids is not None else VOIDED if entry_id in around.voided else 0
        row = around.rows.get(position)
        kept, is_right = self._kept(what, row, around)
        self.sums.count(kept | self._store.terms(what.own_terms), position)
        if row is None:
            yield Finding("index", "the statement has no row", position)
        elif row["flags"] & ~NOT_DEFINING != flags or not is_right:
            yield Finding("index", "the row differs from the statement", position)

    def _kept(self, what: Terms, row: Mapping[str, Any] | None, around: _Around) -> tuple[frozenset[int], bool]:
        """Return the terms that find a statement, and whether they are those of its row.

        Of the terms of the statement that it refers to, a row that is full may lack some.
        """
        own = self._store.terms(what.terms)
        blob = b"" if row is None else bytes(row["terms"])
        if blob == terms.DERIVED:
            return own, what.refers_to is None
        every = own if what.refers_to is None else own | around.targets.get(what.refers_to, frozenset())
        kept = terms.unpack(blob)
        if own <= kept <= every and (len(kept) == len(every) or len(kept) >= MOST_TERMS):
            return kept, True
        return every, False

    def _terms_of(self, row: Mapping[str, Any]) -> frozenset[int]:
        """Return the terms of a statement that another one refers to, as its row says or as they follow from it."""
        if bytes(row["terms"]) != terms.DERIVED:
            return terms.unpack(bytes(row["terms"]))
        return self._store.terms(index(orjson.loads(stored_text(self._store.entry(row).payload))).terms)


def check_sums(stored: Sums, expected: Sums) -> Iterator[Finding]:
    """Yield what is wrong with the whole: terms that find too many or too few, references of no statement."""
    if (stored.refs, stored.voidings) != (expected.refs, expected.voidings):
        yield Finding("index", "there are references that no statement makes")
    for place in range(_SUMS):
        wanted, there = expected.statements[place], stored.statements[place]
        if (wanted, expected.positions[place]) != (there, stored.positions[place]):
            compared = "more" if there > wanted else "fewer" if there < wanted else "others"
            yield Finding("index", f"a term finds {compared} than the statements that have it")


def stored_sums(store: Store, last: int) -> Sums:
    """Return what the terms in the database find of the statements up to position ``last``.

    The database may tell terms apart or give the sums of those that end alike.
    """
    counted = store.select("count_refs", {"upper": last})[0]
    sums, first = Sums(refs=counted["refs"], voidings=counted["voidings"]), _FIRST_TERM
    while True:
        asked = {"first": first, "upper": last, "limit": _SUMS_READ}
        _, rows = store.select_each([("read_whole_tables", {}), ("sum_terms", asked)], _SUM_SECONDS)
        for row in rows:
            place = row["term"] % _SUMS
            sums.statements[place] += row["statements"]
            sums.positions[place] += row["positions"]
        if len(rows) < _SUMS_READ or rows[-1]["term"] == _LAST_TERM:
            return sums
        first = rows[-1]["term"] + 1
