"""The clock and the maker of ids: read here and nowhere else, and handed down as functions."""

from datetime import UTC, datetime
from importlib.metadata import version
from uuid import UUID

import uuid_utils


def utc_now() -> datetime:
    """Return the time of the system clock, in UTC."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """Return a new id that sorts by time (UUID version 7)."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def distribution_version() -> str:
    """Return the version of what is installed."""
    return version("mastrail")
