"""Instants as microseconds since 1970 UTC, and their RFC 3339 text (rule book, section 6)."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MILLISECOND = 1_000
FIRST_INSTANT, LAST_INSTANT = (_FIRST - _EPOCH) // _MICROSECOND, (_LAST - _EPOCH) // _MICROSECOND


def instant(moment: datetime) -> int:
    """Return ``moment`` in microseconds since 1970 UTC; a moment without a zone is UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return within_calendar((moment - _EPOCH) // _MICROSECOND)


def within_calendar(at: int) -> int:
    """Return the instant, or the nearest one in the years 1 to 9999 UTC: no others have a date."""
    return min(max(at, FIRST_INSTANT), LAST_INSTANT)


def moment_of(at: int) -> datetime:
    """Return the UTC datetime of an instant."""
    return _EPOCH + timedelta(microseconds=at)


def parse(text: str) -> int:
    """Return the instant of an RFC 3339 or ISO 8601 text, finer parts than a microsecond cut off.

    A leap second counts as the first second of the next minute, the year 0 as the first instant that there is. Raises
    ValueError when the text is no time.
    """
    upper = text.strip().upper()
    if upper.startswith("0000-"):
        return min(parse("0004" + upper[4:]), FIRST_INSTANT)
    if ":60" in upper[16:19]:
        return within_calendar(instant(datetime.fromisoformat(upper[:16] + ":59" + upper[19:])) + 1_000_000)
    return instant(datetime.fromisoformat(upper))


@lru_cache(maxsize=8192)
def render(at: int) -> str:
    """Return the shortest of whole seconds, milliseconds or microseconds that says the instant exactly."""
    moment = moment_of(at)
    if moment.microsecond == 0:
        spec = "seconds"
    elif moment.microsecond % _MILLISECOND == 0:
        spec = "milliseconds"
    else:
        spec = "microseconds"
    return moment.isoformat(timespec=spec).removesuffix("+00:00") + "Z"


def render_or_none(at: int | None) -> str | None:
    """Return the text of an instant, or None when there is none."""
    return None if at is None else render(at)
