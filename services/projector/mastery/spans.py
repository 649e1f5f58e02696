"""ISO 8601 periods and calendar arithmetic with end-of-month clamp (mastery.md section 11)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from projector.mastery.times import instant, moment_of

_FORM = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
_MONTHS_A_YEAR = 12
_DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Span:
    """A period: calendar ``months`` and ``days``, then exact ``seconds``."""

    months: int = 0
    days: int = 0
    seconds: int = 0


NO_SPAN = Span()


def parse_span(text: str) -> Span:
    """Return the period of an ISO 8601 text such as ``P1Y2M`` or ``PT5M``; raises ValueError otherwise."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no ISO 8601 period")
    parts = {name: int(value or 0) for name, value in found.groupdict().items()}
    return Span(
        months=parts["years"] * _MONTHS_A_YEAR + parts["months"],
        days=parts["weeks"] * _DAYS_A_WEEK + parts["days"],
        seconds=parts["hours"] * 3600 + parts["minutes"] * 60 + parts["seconds"],
    )


def _add_months(moment: datetime, months: int) -> datetime:
    whole = moment.year * _MONTHS_A_YEAR + moment.month - 1 + months
    year, month = divmod(whole, _MONTHS_A_YEAR)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def shift(at: int, span: Span, times: int = 1, zone: str = "UTC") -> int:
    """Return the instant ``times`` spans after ``at`` (before it when negative), on the calendar of ``zone``."""
    local = moment_of(at).astimezone(ZoneInfo(zone)) if zone != "UTC" else moment_of(at)
    moved = _add_months(local, span.months * times) + timedelta(days=span.days * times)
    return instant(moved.astimezone(UTC)) + span.seconds * times * 1_000_000
