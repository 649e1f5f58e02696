"""Dates as HTTP writes them (RFC 9110 5.6.7)."""

from datetime import UTC, datetime
from email.utils import format_datetime


def http_date(moment: datetime) -> str:
    """Return ``moment``, to the second, as a header says it."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)
