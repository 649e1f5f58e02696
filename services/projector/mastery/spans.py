"""ISO 8601 periods and calendar arithmetic with end-of-month clamp (rule book, section 11)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from projector.mastery.times import FIRST_INSTANT, LAST_INSTANT, instant, moment_of, within_calendar

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


def local_moment(at: int, zone: str) -> datetime:
    """Return the wall clock of ``zone`` at an instant; at the two ends of the calendar that of UTC."""
    moment = moment_of(at)
    if zone == "UTC":
        return moment
    try:
        return moment.astimezone(ZoneInfo(zone))
    except OverflowError:
        return moment


def start_of_day(year: int, month: int, day: int, zone: str) -> int:
    """Return the instant at which a day begins in ``zone``, the first or last one outside the years 1 to 9999."""
    if not MINYEAR <= year <= MAXYEAR:
        return LAST_INSTANT if year > MAXYEAR else FIRST_INSTANT
    return instant(datetime(year, month, day, tzinfo=ZoneInfo(zone)))


def shift(at: int, span: Span, times: int = 1, zone: str = "UTC") -> int:
    """Return the instant ``times`` spans after ``at`` (before it when negative), on the calendar of ``zone``.

    What would be before the year 1 or after the year 9999 is the first or the last instant of them.
    """
    if zone == "UTC" and not (span.months or span.days):
        return within_calendar(at + span.seconds * times * 1_000_000)
    try:
        local = local_moment(at, zone)
        moved = _add_months(local, span.months * times) + timedelta(days=span.days * times)
        return within_calendar(instant(moved.astimezone(UTC)) + span.seconds * times * 1_000_000)
    except (OverflowError, ValueError):
        return LAST_INSTANT if times > 0 else FIRST_INSTANT
