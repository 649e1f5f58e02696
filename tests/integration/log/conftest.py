"""Stores of both kinds for the tests of the log."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lrs.log.store import Store, open_store


class Clock:
    """A clock that the test may set."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reopen(store_location: str, tmp_path: Path, clock: Clock) -> Iterator[Callable[[], Store]]:
    """Return an opener: each call opens the one store of the test once more."""
    opened: list[Store] = []

    def make() -> Store:
        opened.append(open_store(store_location, data_dir=tmp_path / "data", now=clock))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def store(reopen: Callable[[], Store]) -> Store:
    return reopen()
