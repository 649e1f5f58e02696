"""What is known of an Activity, merged from the statements that describe it (Communication 2.5)."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from lrs.log.entry import LogEntry, Term
from lrs.read.statements import StatementReader
from lrs.xapi import stored_text
from lrs.xapi.activity import activity_object, definitions_in, merge_definition
from lrs.xapi.query import StatementQuery
from lrs.xapi.terms import VOIDED

STATEMENTS_READ = 500
STATEMENTS_READ_FOR_A_PAGE = 20
_REMEMBERED = 4096
_REMEMBERED_BYTES = 8192
_VOIDING: Term = ("verb", VOIDED)

Definition = dict[str, Any]
_Parsed = dict[int, list[tuple[str, Any]]]


@dataclass(frozen=True, slots=True)
class _Known:
    """A definition, good as long as the newest statement about the Activity and the newest voiding are these."""

    newest: int
    newest_voiding: int
    definition: Definition


class Definitions:
    """The definitions of Activities, each as its latest statements give it together, later ones winning.

    Statements that are voided do not count, nor those of a sender without the scope ``define`` (Communication 4.2).
    What was merged is remembered until a statement may change it, so that it is as if it were merged for each call.
    """

    def __init__(self, reader: StatementReader) -> None:
        self._reader = reader
        self._known: OrderedDict[tuple[str, int], _Known] = OrderedDict()
        self._lock = threading.Lock()

    def activity(self, activity_id: str) -> dict[str, Any]:
        """Return the Activity with its definition, merged from at most STATEMENTS_READ statements."""
        return activity_object(activity_id, self._definitions([activity_id], STATEMENTS_READ)[activity_id])

    def of(self, activity_ids: Iterable[str]) -> dict[str, Definition]:
        """Return the definitions known of those Activities that have one, by fewer statements than ``activity`` reads.

        A page of statements in the canonical format names many Activities.
        """
        found = self._definitions(list(dict.fromkeys(activity_ids)), STATEMENTS_READ_FOR_A_PAGE)
        return {one: definition for one, definition in found.items() if definition}

    def _definitions(self, activity_ids: Sequence[str], depth: int) -> dict[str, Definition]:
        *newest, voiding = self._reader.newest([*map(_about, activity_ids), _VOIDING])
        found: dict[str, Definition] = {}
        missing: dict[str, int] = {}
        for activity_id, position in zip(activity_ids, newest, strict=True):
            known = self._remembered((activity_id, depth))
            if known is not None and (known.newest, known.newest_voiding) == (position, voiding):
                found[activity_id] = known.definition
            else:
                missing[activity_id] = position
        for activity_id, definition in self._merged(list(missing), depth).items():
            found[activity_id] = definition
            self._remember((activity_id, depth), _Known(missing[activity_id], voiding, definition))
        return found

    def _merged(self, activity_ids: Sequence[str], depth: int) -> dict[str, Definition]:
        pages = self._reader.newest_defining([_about(one) for one in activity_ids], depth)
        if any(page is None for page in pages):
            pages = [page or self._searched(one, depth) for one, page in zip(activity_ids, pages, strict=True)]
        parsed: _Parsed = {}
        return {one: _merge(one, page or (), parsed) for one, page in zip(activity_ids, pages, strict=True)}

    def _searched(self, activity_id: str, depth: int) -> Sequence[LogEntry]:
        query = StatementQuery(limit=depth, activity=activity_id, related_activities=True)
        return self._reader.page(query, None, depth, only_defining=True).entries

    def _remembered(self, name: tuple[str, int]) -> _Known | None:
        with self._lock:
            known = self._known.get(name)
            if known is not None:
                self._known.move_to_end(name)
            return known

    def _remember(self, name: tuple[str, int], known: _Known) -> None:
        if len(orjson.dumps(known.definition)) > _REMEMBERED_BYTES:
            return
        with self._lock:
            self._known[name] = known
            self._known.move_to_end(name)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)


def _about(activity_id: str) -> Term:
    return "related_activity", activity_id


def _merge(activity_id: str, newest_first: Sequence[LogEntry], parsed: _Parsed) -> Definition:
    """Return the definition that the entries give; what is parsed for one Activity serves the others of the call."""
    definition: Definition = {}
    for entry in reversed(newest_first):
        if entry.position not in parsed:
            parsed[entry.position] = _definitions_of(entry)
        for defined_id, seen in parsed[entry.position]:
            if defined_id == activity_id:
                definition = merge_definition(definition, seen)
    return definition


def _definitions_of(entry: LogEntry) -> list[tuple[str, Any]]:
    text = stored_text.stored_text(entry.payload)
    return list(definitions_in(orjson.loads(text))) if b'"definition"' in text else []
