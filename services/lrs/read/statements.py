"""Finding statements: by id, and pages by every filter of GET statements (Communication 2.1.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lrs.log import frame
from lrs.log.entry import LogEntry
from lrs.log.graph import NOT_DEFINING, VOIDED, VOIDING
from lrs.log.store import Store
from lrs.xapi.query import StatementQuery

QUERY_LIMIT_SECONDS = 10.0
_PROBED_STATEMENTS = 256
_OTHER_TERMS = ("second", "third", "fourth", "fifth")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page of a result begins.

    ``last`` is the position of the last statement returned, ``upper`` the end of the log when the first page was read:
    a statement that is stored meanwhile belongs to no page of the result.
    """

    last: int
    upper: int


@dataclass(frozen=True, slots=True)
class Page:
    """Statements in the order asked for, and the cursor of the next page, None at the end."""

    entries: tuple[LogEntry, ...]
    next_cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class _Range:
    """The positions that a page may come from, both ends excluded, and the flags of statements that are left out."""

    after: int
    before: int
    hidden: int

    def parameters(self) -> dict[str, int]:
        return {"after": self.after, "before": self.before}


class StatementReader:
    """Reads statements that are not voided. What a write returned for is found by every read that begins after it."""

    def __init__(self, store: Store, limit_seconds: float = QUERY_LIMIT_SECONDS) -> None:
        self._store = store
        self._limit_seconds = limit_seconds

    def get(self, statement_id: UUID) -> LogEntry | None:
        """Return the statement of that id; None when there is none or it is voided."""
        return self._get(statement_id, voided=0)

    def get_voided(self, statement_id: UUID) -> LogEntry | None:
        """Return the voided statement of that id; None when there is none or it is not voided."""
        return self._get(statement_id, voided=1)

    def is_voiding(self, statement_id: UUID) -> bool:
        """Return whether that id is the id of a voiding statement, which cannot itself be voided (Data 2.3.2)."""
        rows = self._select("select_flags", {"entry_id": statement_id})
        return bool(rows) and bool(rows[0]["flags"] & VOIDING)

    def page(self, query: StatementQuery, cursor: Cursor | None, limit: int, *, only_defining: bool = False) -> Page:
        """Return at most ``limit`` statements that meet every filter of ``query``, newest first unless it is ascending.

        A statement that refers to another meets a filter also when that other one does, along the whole chain.
        ``since`` is exclusive and ``until`` inclusive; both apply to the returned statement itself.
        ``only_defining`` leaves out those whose sender may not change what is known of Activities and Agents.
        Raises QueryTimeout when the search takes longer than the limit of this reader.
        """
        upper = cursor.upper if cursor else self._store.head()[0]
        hidden = VOIDED | NOT_DEFINING if only_defining else VOIDED
        searched = self._range(query, cursor, upper, hidden)
        terms = [self._store.term(kind, value) for kind, value in query.terms]
        rows = self._find(terms, searched, query.ascending, limit + 1)
        entries = tuple(self._store.entry(row) for row in rows[:limit])
        more = len(rows) > limit and bool(entries)
        return Page(entries, Cursor(entries[-1].position, upper) if more else None)

    def consistent_through(self) -> datetime:
        """Return a time such that every statement stored up to it is found by a read that begins now."""
        return self._store.consistent_through()

    def _get(self, statement_id: UUID, voided: int) -> LogEntry | None:
        rows = self._select("select_statement", {"entry_id": statement_id, "voided": voided})
        return self._store.entry(rows[0]) if rows else None

    def _range(self, query: StatementQuery, cursor: Cursor | None, upper: int, hidden: int) -> _Range:
        after = self._position_at(query.since) if query.since else 0
        before = min(upper, self._position_at(query.until)) + 1 if query.until else upper + 1
        if cursor and query.ascending:
            after = max(after, cursor.last)
        elif cursor:
            before = min(before, cursor.last)
        return _Range(after, before, hidden)

    def _position_at(self, moment: datetime) -> int:
        """Return the position of the last statement stored at or before ``moment``, 0 when there is none."""
        rows = self._select("select_position_at", {"recorded": frame.to_micros(moment)})
        return rows[0]["position"] if rows else 0

    def _find(self, terms: Sequence[int], searched: _Range, ascending: bool, limit: int) -> list[Mapping[str, Any]]:
        parameters: dict[str, Any] = {**searched.parameters(), "hidden": searched.hidden, "limit": limit}
        order = "oldest" if ascending else "newest"
        if not terms:
            return self._select(f"select_page_{order}", parameters)
        first, *others = self._rarest_first(terms, searched)
        named = dict.fromkeys(_OTHER_TERMS) | dict(zip(_OTHER_TERMS, others, strict=False))
        return self._select(f"select_found_{order}", {**parameters, "term": first, **named})

    def _rarest_first(self, terms: Sequence[int], searched: _Range) -> list[int]:
        """Order ``terms`` by how far back their newest statements reach, which is cheap to see and close enough."""
        if len(terms) == 1:
            return list(terms)
        probe = {**searched.parameters(), "depth": _PROBED_STATEMENTS}
        asked = [("select_term_depth", {**probe, "term": term}) for term in terms]
        found = self._store.select_each(asked, self._limit_seconds)
        depths = {term: rows[0]["position"] if rows else 0 for term, rows in zip(terms, found, strict=True)}
        return sorted(terms, key=depths.__getitem__)

    def _select(self, query: str, parameters: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return self._store.select(query, parameters, self._limit_seconds)
