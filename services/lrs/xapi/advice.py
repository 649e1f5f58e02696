"""What a client should do otherwise although the statement is valid: the SHOULDs that matter to who runs a store."""

from collections.abc import Mapping
from typing import Any

NO_ID = "statement-without-id"
NO_TIMESTAMP = "statement-without-timestamp"
NO_DISPLAY = "verb-without-display"
NO_LANGUAGE = "language-map-empty"
FUTURE = "timestamp-in-the-future"


def advise(body: Mapping[str, Any], day_after: str) -> tuple[str, ...]:
    """Return the names of what to advise about a valid statement; nothing most of the time.

    ``day_after`` is a date that no timestamp should have reached (``2026-01-03``): a day is left for time zones.
    Without an id a retry makes a duplicate (Communication 2.1.2.s3), without a timestamp the time of the experience is
    lost (Data 2.4.7), and without a display people read an IRI (Data 2.4.3).
    """
    found = []
    if "id" not in body:
        found.append(NO_ID)
    timestamp = body.get("timestamp")
    if timestamp is None:
        found.append(NO_TIMESTAMP)
    elif timestamp[:10] >= day_after:
        found.append(FUTURE)
    display = body["verb"].get("display")
    if display is None:
        found.append(NO_DISPLAY)
    elif not display:
        found.append(NO_LANGUAGE)
    return tuple(found)
