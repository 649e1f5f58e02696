"""Standing back for a burst: only while one comes in, and never for longer than an entry may wait."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.log.burst import BURST_PER_SECOND
from lrs.log.entry import LogEntry
from projector.pace import BUSY, PATIENCE, Burst, Pace, rest_after

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


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


class Machine:
    """A machine whose processors are busy with ``share``, at a time in seconds."""

    def __init__(self) -> None:
        self.share = 1.0
        self.seconds = 100.0


@pytest.fixture
def log() -> GrowingLog:
    return GrowingLog()


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def burst(log: GrowingLog, machine: Machine) -> Burst:
    return Burst(log, lambda: machine.share, lambda: machine.seconds)


def grow(log: GrowingLog, machine: Machine, count: int, seconds: float = 1.0) -> None:
    log.last += count
    machine.seconds += seconds


def test_a_log_that_grows_fast_on_a_busy_machine_takes_in_a_burst(
    log: GrowingLog, machine: Machine, burst: Burst
) -> None:
    burst.is_on()
    grow(log, machine, BURST_PER_SECOND)
    assert burst.is_on()
    grow(log, machine, BURST_PER_SECOND // 2, 0.5)
    assert burst.is_on()


def test_what_cannot_be_told_yet_counts_as_a_burst_until_the_next_look(
    log: GrowingLog, machine: Machine, burst: Burst
) -> None:
    machine.share = BUSY - 0.01
    assert burst.is_on()  # nothing is known
    grow(log, machine, 0)
    assert not burst.is_on()
    grow(log, machine, BURST_PER_SECOND)  # it begins: how busy the processors have been says little
    assert burst.is_on()
    grow(log, machine, BURST_PER_SECOND)
    assert not burst.is_on()
    grow(log, machine, BURST_PER_SECOND)
    assert not burst.is_on()


@pytest.mark.parametrize(("count", "share"), [(BURST_PER_SECOND - 1, 1.0), (10 * BURST_PER_SECOND, BUSY - 0.01)])
def test_what_comes_in_slowly_or_on_an_idle_machine_is_no_burst(
    log: GrowingLog, machine: Machine, burst: Burst, count: int, share: float
) -> None:
    machine.share = share
    for _ in range(2):
        burst.is_on()
        grow(log, machine, count)
    assert not burst.is_on()


def test_a_batch_after_a_quiet_hour_is_no_burst(log: GrowingLog, machine: Machine, burst: Burst) -> None:
    burst.is_on()
    grow(log, machine, 100 * BURST_PER_SECOND, 3600)
    assert not burst.is_on()


def test_a_burst_is_over_when_nothing_more_comes_and_the_log_is_not_asked_all_the_time(
    log: GrowingLog, machine: Machine, burst: Burst
) -> None:
    burst.is_on()
    grow(log, machine, BURST_PER_SECOND)
    assert burst.is_on()
    grow(log, machine, 0, 0.08)
    assert burst.is_on()
    assert log.asked == 2
    grow(log, machine, 0, 0.04)
    assert not burst.is_on()


def test_a_log_that_lost_its_end_takes_in_no_burst(log: GrowingLog, machine: Machine, burst: Burst) -> None:
    log.last = 10 * BURST_PER_SECOND
    burst.is_on()
    grow(log, machine, -BURST_PER_SECOND)
    assert not burst.is_on()


def rests(log: GrowingLog, positions: Sequence[int], *, is_burst: bool = True) -> list[float]:
    """Return the rests after half a second of work at the time at which position 54 is recorded."""
    pace = Pace(log, lambda: BEGIN + timedelta(seconds=54), lambda: is_burst)
    return [pace.rest_seconds(position, 0.5) for position in positions]


def test_in_a_burst_a_rest_is_nine_times_as_long_as_the_work(log: GrowingLog) -> None:
    log.last = 1000
    assert rests(log, [50, 51]) == [4.5, 4.5]


@pytest.mark.parametrize(
    ("position", "is_burst", "expected"),
    [(52, True, False), (53, True, True), (53, False, False), (54, True, False), (1000, True, False)],
    ids=["a second old", "new", "no burst", "of the future", "nothing there"],
)
def test_what_came_just_now_in_a_burst_is_left_alone(
    log: GrowingLog, position: int, is_burst: bool, expected: bool
) -> None:
    log.last = 1000
    pace = Pace(log, lambda: BEGIN + timedelta(seconds=54), lambda: is_burst)
    assert pace.is_too_early(position) is expected
    assert pace.is_in_burst() is is_burst


def test_without_a_burst_everything_is_worked_off_at_once(log: GrowingLog) -> None:
    log.last = 1000
    assert rests(log, [40, 50, 53], is_burst=False) == [0.0, 0.0, 0.0]


def test_a_rest_ends_when_the_oldest_entry_has_waited_for_long(log: GrowingLog) -> None:
    log.last = 1000
    assert rests(log, [40, 45, 44, 43, 42]) == [0.0, 2.0, 1.0, 0.0, 0.0]


def test_an_entry_of_the_future_is_not_waited_for(log: GrowingLog) -> None:
    log.last = 1000
    assert rests(log, [60, 61]) == [0.0, 0.0]


@pytest.mark.parametrize(
    ("burst", "ends_at", "slices"), [("yyyyy", 9, [2.0, 2.0, 0.5]), ("yyn", 9, [2.0, 2.0]), ("yyyyy", 1, [2.0])]
)
def test_a_rest_is_taken_in_slices_and_ends_with_the_burst_or_when_all_is_over(
    log: GrowingLog, burst: str, ends_at: int, slices: list[float]
) -> None:
    log.last = 1000
    looks, passed = iter(burst), list[float]()
    pace = Pace(log, lambda: BEGIN + timedelta(seconds=54), lambda: next(looks) == "y")

    def let_pass(seconds: float) -> bool:
        passed.append(seconds)
        return len(passed) == ends_at

    pace.rest(50, 0.5, 2.0, let_pass)
    assert passed == slices


def test_where_nothing_waits_yet_a_rest_is_taken_too(log: GrowingLog) -> None:
    log.last = 50
    assert rests(log, [50]) == [4.5]


@given(st.floats(0, 1e6), st.timedeltas(timedelta(days=-400), timedelta(days=400)))
def test_no_rest_makes_an_entry_wait_beyond_patience(took_seconds: float, age: timedelta) -> None:
    rest = rest_after(took_seconds, age)
    assert 0 <= rest <= 9 * took_seconds
    assert rest == 0 or (age >= timedelta(0) and rest <= (PATIENCE - age).total_seconds())
