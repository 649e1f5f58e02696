"""Finding statements: by id, and pages by every filter of GET statements (Communication 2.1.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lrs.log import frame
from lrs.log.entry import LogEntry, Term
from lrs.log.graph import NOT_DEFINING, VOIDED
from lrs.log.session import Row, Session
from lrs.log.store import Store
from lrs.read.search import Found, Range, Search
from lrs.xapi.query import StatementQuery

QUERY_LIMIT_SECONDS = 10.0
STEPS_BEYOND_THE_PAGE = 800
BEYOND_THE_LOG = 2**62


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page of a result begins.

    ``last`` is the position that was searched last, ``upper`` the end of the log when the first page was read: a
    statement that is stored meanwhile belongs to no page of the result.
    """

    last: int
    upper: int


@dataclass(frozen=True, slots=True)
class Page:
    """Statements in the order asked for, and the cursor of the next page, None at the end.

    Only the last page of a result may be followed by none; any other may have fewer statements than were asked for.
    """

    entries: tuple[LogEntry, ...]
    next_cursor: Cursor | None


class StatementReader:
    """Reads statements that are not voided. What a write returned for is found by every read that begins after it."""

    def __init__(
        self,
        store: Store,
        limit_seconds: float = QUERY_LIMIT_SECONDS,
        steps_beyond: int = STEPS_BEYOND_THE_PAGE,
    ) -> None:
        self._store = store
        self._limit_seconds = limit_seconds
        self._steps_beyond = steps_beyond

    def get(self, statement_id: UUID) -> LogEntry | None:
        """Return the statement of that id; None when there is none or it is voided."""
        return self._get(statement_id, voided=0)

    def get_voided(self, statement_id: UUID) -> LogEntry | None:
        """Return the voided statement of that id; None when there is none or it is not voided."""
        return self._get(statement_id, voided=1)

    def page(self, query: StatementQuery, cursor: Cursor | None, limit: int, *, only_defining: bool = False) -> Page:
        """Return at most ``limit`` statements that meet every filter of ``query``, newest first unless it is ascending.

        A statement that refers to another meets a filter also when that other one does, along the whole chain.
        ``since`` is exclusive and ``until`` inclusive; both apply to the returned statement itself.
        ``only_defining`` leaves out those whose sender may not change what is known of Activities and Agents.
        A page has fewer than there are when they lie so far apart that the steps of a search are spent before.
        Raises QueryTimeout when the search takes longer than the limit of this reader.
        """
        hidden = VOIDED | NOT_DEFINING if only_defining else VOIDED
        terms = [self._store.term(kind, value) for kind, value in query.terms]

        def look(session: Session) -> Page:
            upper, within = _range(session, query, cursor, hidden)
            search = Search(session, terms, self._steps_beyond, self._store.entry)
            return _page(search.find(limit + 1, within), limit, upper)

        return self._store.reading(look, self._limit_seconds)

    def newest(self, terms: Sequence[Term]) -> list[int]:
        """Return for each term the position of the newest statement that it finds, voided or not, 0 without any."""
        wanted = {"after": 0, "before": BEYOND_THE_LOG, "depth": 0}
        asked = [("select_term_depth", wanted | {"term": self._store.term(*term)}) for term in terms]
        return [_position(rows) for rows in self._store.select_each(asked, self._limit_seconds)]

    def newest_defining(self, terms: Sequence[Term], limit: int) -> list[Sequence[LogEntry] | None]:
        """Return for each term its newest ``limit`` statements that count for what is known of Activities and Agents.

        None stands for a term of which too many of the newest do not count: they have to be searched with ``page``.
        """
        wanted = {"after": 0, "before": BEYOND_THE_LOG, "limit": limit, "hidden": VOIDED | NOT_DEFINING}
        asked = [("select_term_newest", wanted | {"first": self._store.term(*term)}) for term in terms]
        found = self._store.select_each(asked, self._limit_seconds) if asked else []
        return [self._counting(rows, limit) for rows in found]

    def _counting(self, rows: Sequence[Mapping[str, Any]], limit: int) -> Sequence[LogEntry] | None:
        entries = [self._store.entry(row) for row in rows if row["state"] is not None]
        return None if len(entries) < len(rows) == limit else entries

    def consistent_through(self) -> datetime:
        """Return a time such that every statement stored up to it is found by a read that begins now."""
        return self._store.consistent_through()

    def _get(self, statement_id: UUID, voided: int) -> LogEntry | None:
        rows = self._select("select_statement", {"entry_id": statement_id, "voided": voided})
        return self._store.entry(rows[0]) if rows else None

    def _select(self, query: str, parameters: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return self._store.select(query, parameters, self._limit_seconds)


def _range(session: Session, query: StatementQuery, cursor: Cursor | None, hidden: int) -> tuple[int, Range]:
    """Return the end of the log as the result sees it, and where its next page may come from."""
    moments = [moment for moment in (query.since, query.until) if moment]
    times = [("select_position_at", {"recorded": frame.to_micros(moment)}) for moment in moments]
    heads, *positions = session.look([("select_head", {}), *times])
    upper = cursor.upper if cursor else _position(heads)
    at = dict(zip(moments, map(_position, positions), strict=True))
    after = at[query.since] if query.since else 0
    before = min(upper, at[query.until]) + 1 if query.until else upper + 1
    if cursor and query.ascending:
        after = max(after, cursor.last)
    elif cursor:
        before = min(before, cursor.last)
    return upper, Range(after, before, hidden, query.ascending)


def _position(rows: Sequence[Row]) -> int:
    """Return the position of the one row, 0 when there is none."""
    return int(rows[0]["position"]) if rows else 0


def _page(found: Found, limit: int, upper: int) -> Page:
    entries = found.entries[:limit]
    if len(found.entries) > limit:
        return Page(entries, Cursor(entries[-1].position, upper))
    return Page(entries, Cursor(found.left.begin(), upper) if found.left else None)
