"""What is known of an Activity, merged from the statements that describe it (Communication 2.5)."""

from collections.abc import Iterable
from typing import Any

import orjson

from lrs.read.statements import StatementReader
from lrs.xapi import stored_text
from lrs.xapi.activity import activity_object, definitions_in, merge_definition
from lrs.xapi.query import StatementQuery

STATEMENTS_READ = 500
STATEMENTS_READ_FOR_A_PAGE = 50


def activity(reader: StatementReader, activity_id: str) -> dict[str, Any]:
    """Return the Activity as its latest statements define it together, later ones winning.

    Those that are voided do not count, nor those of a sender without the scope ``define`` (Communication 4.2).
    """
    return activity_object(activity_id, _definition(reader, activity_id, STATEMENTS_READ))


def definitions_of(reader: StatementReader, activity_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the definitions known of those Activities that have one, by fewer statements than ``activity`` reads.

    A page of statements in the canonical format names many Activities, and each costs a search.
    """
    found = {one: _definition(reader, one, STATEMENTS_READ_FOR_A_PAGE) for one in dict.fromkeys(activity_ids)}
    return {one: definition for one, definition in found.items() if definition}


def _definition(reader: StatementReader, activity_id: str, statements_read: int) -> dict[str, Any]:
    query = StatementQuery(limit=statements_read, activity=activity_id, related_activities=True)
    definition: dict[str, Any] = {}
    for entry in reversed(reader.page(query, None, query.limit, only_defining=True).entries):
        text = stored_text.stored_text(entry.payload)
        if b'"definition"' in text:
            for defined_id, seen in definitions_in(orjson.loads(text)):
                if defined_id == activity_id:
                    definition = merge_definition(definition, seen)
    return definition
