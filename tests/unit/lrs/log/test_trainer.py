"""Dictionaries are trained in a lull: a burst of statements comes first, but not for ever."""

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain, repeat

from lrs.log import trainer

BURST = 1_000_000


class Growth:
    """A log that grows by the next number with each wait, and a clock that such a wait moves."""

    def __init__(self, steps: Iterator[int], waits_left: int = 1_000) -> None:
        self._steps = steps
        self._waits_left = waits_left
        self._position = 0
        self.seconds = 0.0

    def reached(self) -> int:
        return self._position

    def wait(self, seconds: float) -> bool:
        self.seconds += seconds
        self._position += next(self._steps)
        self._waits_left -= 1
        return self._waits_left == 0


def waited(steps: Iterator[int], waits_left: int = 1_000) -> float:
    """Return how many seconds the trainer waited while the log grew by ``steps``."""
    growth = Growth(steps, waits_left)
    trainer.wait_for_lull(growth.reached, growth.wait, trainer.PATIENCE_SECONDS)
    return growth.seconds


def test_a_quiet_log_is_waited_for_only_to_see_that_it_is_quiet() -> None:
    assert waited(repeat(0)) < 1


def test_the_wait_ends_with_the_burst() -> None:
    look = waited(repeat(0))
    assert waited(chain(repeat(BURST, 3), repeat(0))) == 4 * look


def test_fewer_than_a_thousand_a_second_are_no_burst() -> None:
    look = waited(repeat(0))
    assert waited(repeat(int(999 * look))) == look
    assert waited(repeat(int(1_000 * look))) == trainer.PATIENCE_SECONDS


def test_a_burst_without_end_is_not_waited_for_longer_than_ten_seconds() -> None:
    assert waited(repeat(BURST)) == 10.0


def test_the_first_dictionary_waits_for_a_moment_at_most() -> None:
    assert trainer.FIRST_PATIENCE_SECONDS == {"sqlite": 1.0, "postgresql": 0.0}
    for seconds in trainer.FIRST_PATIENCE_SECONDS.values():
        growth = Growth(repeat(BURST))
        trainer.wait_for_lull(growth.reached, growth.wait, seconds)
        assert growth.seconds == seconds


def test_a_store_that_closes_does_not_wait() -> None:
    look = waited(repeat(0))
    assert waited(repeat(BURST), waits_left=2) == 2 * look


def test_the_process_that_trains_gives_way_to_everybody() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with process:
        trainer.let_all_others_go_first(process.pid)
        assert os.sched_getscheduler(process.pid) == os.SCHED_IDLE
        process.communicate(b"\n")
    trainer.let_all_others_go_first(process.pid)  # it has ended meanwhile: nothing to ask for
    assert process.returncode == 0
