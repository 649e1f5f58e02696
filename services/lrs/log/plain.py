"""Appends whose rows depend on the log only by where it ends and when: they need no look before they are written.

Statements that refer to no other and bring no side rows are such, nearly all there are, unless an id comes twice. Their
rows are made as for an empty log; a remote database then moves them to where its log ends, and all that takes one round
trip.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lrs.log import append, frame
from lrs.log.append import Append
from lrs.log.entry import Receipt
from lrs.log.faults import EntryConflict
from lrs.log.session import Query, Row

_COLUMNS = {
    "insert_event": {"position": "event", "entry_id": "entry_id", "topic": "topic", "state": "state"},
    "insert_statement": {"position": "statement", "flags": "flags", "terms": "terms"},
    "insert_term": {"term": "term", "position": "found"},
}
_ALL = {name for of_query in _COLUMNS.values() for name in of_query.values()}
_EMPTY_LOG: Row = {"position": 0, "state": None, "clock": 0, "has_known": False}


class _NotPlain(Exception):
    """Rows of another kind are to be written, or to be known before."""


class _Collecting:
    """A session on an empty log that keeps what is to be written."""

    def __init__(self) -> None:
        self.columns: dict[str, Sequence[Any]] = {}

    def look(self, asked: Sequence[Query]) -> list[list[Row]]:
        """Return that the log is empty. Raises _NotPlain when more is asked."""
        if [query for query, _ in asked] != ["select_head_and_clock"]:
            raise _NotPlain
        return [[_EMPTY_LOG]]

    def run(self, _query: str, _parameters: Mapping[str, Any], /) -> None:
        """Refuse: side rows are of many kinds. Raises _NotPlain."""
        raise _NotPlain

    def run_columns(self, query: str, columns: Mapping[str, Sequence[Any]]) -> None:
        """Keep the columns. Raises _NotPlain for rows of another kind."""
        if query not in _COLUMNS:
            raise _NotPlain
        self.columns |= {_COLUMNS[query][name]: column for name, column in columns.items()}


def columns(request: Append, known_position: int) -> Mapping[str, Sequence[Any]] | None:
    """Return the columns of the query ``append_plain``, or None for an append that is not plain.

    What is stored up to ``known_position`` was there before, should it be asked later what became of the attempt.
    """
    session = _Collecting()
    try:
        append.run(session, request, 0)
    except _NotPlain:
        session.columns.clear()
    if session.columns.keys() == _ALL and not any(isinstance(result, EntryConflict) for result in request.results):
        request.attempts[-1] = replace(request.attempts[-1], after=known_position)
        return session.columns
    request.attempts.clear()
    return None


def settle(request: Append, position: int, recorded_micros: int) -> None:
    """Give the receipts the positions and the time of a log that ended at ``position``, in place of an empty log's."""
    recorded = frame.from_micros(recorded_micros)
    receipts = [result for result in request.results if isinstance(result, Receipt)]
    request.results = [Receipt(tuple(position + place for place in one.positions), recorded) for one in receipts]
