"""What is known of an Activity, merged from the statements that describe it (Communication 2.5)."""

from typing import Any

import orjson

from lrs.read.statements import StatementReader
from lrs.xapi import stored_text
from lrs.xapi.activity import activity_object, definitions_in, merge_definition
from lrs.xapi.query import StatementQuery

STATEMENTS_READ = 500


def activity(reader: StatementReader, activity_id: str) -> dict[str, Any]:
    """Return the Activity as its latest statements define it together, later ones winning; voided ones do not count."""
    query = StatementQuery(limit=STATEMENTS_READ, activity=activity_id, related_activities=True)
    definition: dict[str, Any] = {}
    for entry in reversed(reader.page(query, None, query.limit).entries):
        text = stored_text.stored_text(entry.payload)
        if b'"definition"' in text:
            for defined_id, seen in definitions_in(orjson.loads(text)):
                if defined_id == activity_id:
                    definition = merge_definition(definition, seen)
    return activity_object(activity_id, definition)
