"""Standing back for a burst: only behind a backlog that grows, and never for longer than an entry may wait."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.log.entry import LogEntry
from projector.pace import PATIENCE, Pace, rest_after

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
BACKLOG = 100


class GrowingLog:
    """A log of which a second's worth is recorded at each of its positions; ``last`` is its head."""

    def __init__(self) -> None:
        self.last = 0
        self.asked = 0

    def head(self) -> tuple[int, object]:
        self.asked += 1
        return self.last, None

    def read(self, after: int, limit: int) -> Sequence[LogEntry]:
        assert limit == 1
        recorded = BEGIN + timedelta(seconds=after + 1)
        return [LogEntry(after + 1, UUID(int=after), "mastrail.test.v1", recorded, b"", b"")][: self.last - after]


@pytest.fixture
def log() -> GrowingLog:
    return GrowingLog()


@pytest.fixture
def pace(log: GrowingLog) -> Pace:
    """A pace at the time at which position 54 is recorded."""
    return Pace(log, lambda: BEGIN + timedelta(seconds=54), BACKLOG)


def step(log: GrowingLog, pace: Pace, position: int, head: int, *, was_full: bool = True) -> float | None:
    log.last = head
    return pace.rest_seconds(position, 0.5, was_full=was_full)


def test_behind_a_backlog_that_grows_a_rest_is_three_times_as_long_as_the_work(log: GrowingLog, pace: Pace) -> None:
    assert step(log, pace, 48, 1000) == 0.0
    assert step(log, pace, 50, 1001) == 1.5
    assert step(log, pace, 51, 2000) == 1.5


def test_a_backlog_to_which_nothing_is_added_is_worked_off_at_once(log: GrowingLog, pace: Pace) -> None:
    assert [step(log, pace, position, 1000) for position in (48, 49, 50)] == [0.0, 0.0, 0.0]


def test_a_rest_ends_when_the_oldest_entry_has_waited_for_long(log: GrowingLog, pace: Pace) -> None:
    heads = iter(range(1000, 2000))
    rests = [step(log, pace, position, next(heads)) for position in (40, 45, 44, 43, 42)]
    assert rests == [0.0, 1.5, 1.0, 0.0, 0.0]


def test_an_entry_of_the_future_is_not_waited_for(log: GrowingLog, pace: Pace) -> None:
    assert [step(log, pace, 60, 1000), step(log, pace, 61, 1001)] == [0.0, 0.0]


def test_fewer_entries_than_a_backlog_are_none(log: GrowingLog, pace: Pace) -> None:
    assert step(log, pace, 49, 149) == 0.0
    assert step(log, pace, 50, 149) is None
    assert step(log, pace, 51, 150) is None
    assert step(log, pace, 51, 151) == 1.5


def test_after_a_step_that_was_not_full_the_log_is_not_asked_and_what_it_grew_by_is_forgotten(
    log: GrowingLog, pace: Pace
) -> None:
    assert step(log, pace, 48, 1000) == 0.0
    assert step(log, pace, 49, 1100, was_full=False) is None
    assert log.asked == 1
    assert step(log, pace, 50, 1200) == 0.0
    assert step(log, pace, 51, 1300) == 1.5


def test_a_log_that_lost_its_end_is_no_backlog(log: GrowingLog, pace: Pace) -> None:
    assert step(log, pace, 50, 1000) == 0.0
    assert step(log, pace, 51, 40) is None


@given(st.floats(0, 1e6), st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_no_rest_makes_an_entry_wait_beyond_patience(took_seconds: float, age: timedelta) -> None:
    rest = rest_after(took_seconds, age)
    assert 0 <= rest <= 3 * took_seconds
    assert rest == 0 or (age >= timedelta(0) and rest <= (PATIENCE - age).total_seconds())
