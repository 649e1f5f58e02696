"""Timestamps as xAPI writes them (Data 4.5)."""

from datetime import UTC, datetime


def write_timestamp(moment: datetime) -> str:
    """Return ``moment`` in UTC with microseconds, such as ``2026-01-02T03:04:05.123456Z``."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def read_timestamp(text: str) -> datetime:
    """Return the instant, in UTC, that a valid Timestamp names; one without an offset is taken as UTC.

    Digits beyond the microsecond are cut off. Raises ValueError for what is no Timestamp.
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
