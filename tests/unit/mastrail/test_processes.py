"""Work that processes share comes back in order, and an end from outside is told."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from mastrail.faults import CannotRun
from mastrail.processes import helpers, in_order, processors
from support.shared_work import be_killed, double, prepare, say


def failing_after(count: int) -> Iterator[int]:
    yield from range(count)
    raise CannotRun("the file is damaged")


def test_there_is_a_processor() -> None:
    assert processors() >= 1


def test_results_come_in_the_order_of_the_work() -> None:
    with helpers(2, prepare, "piece") as executor:
        done = list(in_order(lambda number: executor.submit(say, number), range(20), 2))
    assert done == [(number, f"piece {number}") for number in range(20)]


def test_only_so_much_is_handed_out_before_its_turn() -> None:
    handed_out: list[int] = []

    def submit(number: int) -> Future[int]:
        handed_out.append(number)
        return executor.submit(double, number)

    with ThreadPoolExecutor(2) as executor:
        done = in_order(submit, range(100), 3)
        assert next(done) == (0, 0)
        assert len(handed_out) == 6


def test_what_came_before_an_error_is_done_first() -> None:
    done: list[tuple[int, int]] = []
    with ThreadPoolExecutor(1) as executor, pytest.raises(CannotRun, match="damaged"):
        done.extend(in_order(lambda number: executor.submit(double, number), failing_after(3), 8))
    assert done == [(0, 0), (1, 2), (2, 4)]


def test_a_helper_that_is_killed_ends_the_work_with_a_reason() -> None:
    with pytest.raises(CannotRun, match="run the command again"), helpers(1, prepare, "") as executor:
        executor.submit(be_killed, 1).result()
