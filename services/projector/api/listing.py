"""Lists: page by page with a cursor, as JSON or as CSV."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlencode

from fastapi import Request, Response

from projector.api.asking import invalid_parameter, json_response, whole_number
from projector.api.describing import Parameter

PAGE_ROWS = 100
MOST_ROWS = 1000
AFTER = Parameter("after", "the `next` of the page before; none: from the beginning")
LIMIT = Parameter("limit", "most rows in the page", {"type": "integer", "minimum": 1, "maximum": MOST_ROWS})
FORMAT = Parameter("format", "csv, or json; else as Accept says", {"type": "string", "enum": ["json", "csv"]})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CSV = "text/csv; charset=utf-8; header=present"

R = TypeVar("R")
Row: TypeAlias = Mapping[str, Any]
Page: TypeAlias = tuple[Sequence[R], str | None, bool]
"""Rows, the cursor of the next page, and whether there are more."""


def page_limit(given: Mapping[str, str]) -> int:
    """Return the most rows of the page."""
    return whole_number(given, "limit", default=PAGE_ROWS, least=1, most=MOST_ROWS)


def page(rows: Iterable[R], given: Mapping[str, str], key: Callable[[R], Sequence[str]]) -> Page[R]:
    """Return the page of ``rows`` that is asked for.

    ``rows`` are in the order of ``key``, of which the last part alone may hold line breaks. Raises InvalidQuery for a
    foreign cursor.
    """
    limit, after = page_limit(given), given.get("after")
    rest: Iterator[R] = iter(rows)
    if after:
        rest = _beyond(rest, after, key)
    found = list(islice(rest, limit + 1))
    following = "\n".join(key(found[:limit][-1])) if found else after
    return found[:limit], following, len(found) > limit


def _beyond(rows: Iterator[R], after: str, key: Callable[[R], Sequence[str]]) -> Iterator[R]:
    place: tuple[str, ...] = ()
    for row in rows:
        own = tuple(key(row))
        place = place or tuple(after.split("\n", len(own) - 1))
        if len(own) != len(place):
            raise invalid_parameter("after", "the cursor is not one of this list")
        if own > place:
            yield row


def answer_list(
    request: Request, given: Mapping[str, str], name: str, shown: Page[Row], columns: Sequence[str]
) -> Response:
    """Return a page under ``name`` as JSON, or with these columns as CSV and a Link to the next page."""
    rows, following, more = shown
    if not wants_csv(request, given):
        return json_response({name: list(rows), "next": following, "more": more})
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}.csv"'}
    if more:
        query = urlencode({**given, "after": following})
        headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
    return Response(as_csv(rows, columns), media_type=_CSV, headers=headers)


def wants_csv(request: Request, given: Mapping[str, str]) -> bool:
    """Tell whether the answer is to be CSV. Raises InvalidQuery for a format that there is not."""
    wanted = given.get("format")
    if wanted not in (None, "json", "csv"):
        raise invalid_parameter("format", "format is json or csv")
    if wanted is None:
        return request.headers.get("accept", "").split(";")[0].split(",")[0].strip() == "text/csv"
    return wanted == "csv"


def as_csv(rows: Iterable[Row], columns: Sequence[str]) -> bytes:
    """Return rows as CSV (RFC 4180). What a spreadsheet would take for a formula is marked as text."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(_member(row, column)) for column in columns])
    return target.getvalue().encode()


def _member(row: Row, column: str) -> Any:
    found: Any = row
    for name in column.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        text = ";".join(f"{name}={_cell(one)}" for name, one in value.items())
    elif isinstance(value, list | tuple):
        text = ";".join(_cell(one) for one in value)
    else:
        text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
