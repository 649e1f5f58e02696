"""The terms of small appends, in a table of their own until there are many of them (SQLite).

The rows of a statement's terms lie all over the table of terms, and a commit writes each page that it changed as a
whole. The table of recent terms is small, so the rows of a small append share its pages; every so many positions all of
it moves to the table of terms in the order of both, which changes a page there once for many rows. Reads look at both.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lrs.log import append
from lrs.log.session import Query, Row, Session

SMALL_APPEND_ENTRIES = 128
"""An append of so many entries or more writes its terms where they belong: its rows share pages there already."""

MERGE_EVERY_POSITIONS = 500
"""When the log passes a multiple of this, the recent terms move; so there are those of fewer entries than this."""

_OF_RECENT = {"insert_term": "insert_recent_term"}


class _Recent:
    """A session whose terms are written to those that are recent."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def look(self, queries: Sequence[Query]) -> list[list[Row]]:
        """Return the rows of each query."""
        return self._session.look(queries)

    def run(self, query: str, parameters: Mapping[str, Any]) -> None:
        """Write with one set of parameters."""
        self._session.run(query, parameters)

    def run_columns(self, query: str, columns: Mapping[str, Sequence[Any]]) -> None:
        """Write one row for each place in ``columns``, terms to those that are recent."""
        self._session.run_columns(_OF_RECENT.get(query, query), columns)


def run(session: Session, request: append.Append, now_micros: int) -> None:
    """Append as ``append.run`` does, and move the recent terms when it is time.

    When it is time follows from the log alone, so that all processes that append to it agree.
    """
    is_small = sum(map(len, request.groups)) < SMALL_APPEND_ENTRIES
    if not append.run(_Recent(session) if is_small else session, request, now_micros):
        return
    written = request.attempts[-1]
    last = written.after + len(written.frames)
    if written.after // MERGE_EVERY_POSITIONS != last // MERGE_EVERY_POSITIONS:
        session.run("merge_recent_terms", {})
        session.run("forget_recent_terms", {})
