"""Stored statements in the format that a reader asks for (Communication 2.1.3.s1.table1.row12)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from lrs.log.entry import LogEntry
from lrs.read.activities import Definitions
from lrs.xapi import stored_text
from lrs.xapi.format import canonical, ids
from lrs.xapi.rules import activities_of, parts_of


def rendered(
    definitions: Definitions, entries: Sequence[LogEntry], format_name: str, accept_language: str | None
) -> list[bytes]:
    """Return each statement as JSON in the format ``exact``, which is never parsed, ``ids`` or ``canonical``.

    ``canonical`` shows every Activity with all that is known of it, whichever statement said so.
    """
    texts = [stored_text.exact(entry.payload, entry.recorded) for entry in entries]
    if format_name == "exact":
        return texts
    bodies = [orjson.loads(text) for text in texts]
    if format_name == "ids":
        return [orjson.dumps(ids(body)) for body in bodies]
    known = definitions.of(one for body in bodies for one in _activity_ids(body))
    return [orjson.dumps(canonical(body, accept_language, known)) for body in bodies]


def _activity_ids(body: Mapping[str, Any]) -> Iterator[str]:
    for _, part in parts_of(body):
        for activity in activities_of(part):
            yield activity["id"]
