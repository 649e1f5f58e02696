"""A projector that stands back while a burst comes in, and has everything when it is over."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest

from integration.projector.course import PLAYED, course_statements, publish_course, statement, store_statements
from lrs.log.burst import BURST_PER_SECOND
from lrs.log.entry import LogEntry
from lrs.log.store import Store
from projector.pace import Pace
from projector.role import Role, notarise
from projector.store.versions import Versions

PAGE = 20
LONG = 500
COUNT = 300
GROWS = 4


class Incoming:
    """A log that gets one more statement after each of the first pages that is read of it, and says that it is many.

    ``elapsed`` is a clock on which a second passes from look to look of one thread.
    """

    def __init__(self, log: Store) -> None:
        self._log = log
        self._looks: Counter[str] = Counter()
        self.pages = 0
        self.when_all_is_folded: Callable[[], None] = lambda: None

    def elapsed(self) -> float:
        self._looks[threading.current_thread().name] += 1
        return self._looks[threading.current_thread().name]

    def head(self) -> tuple[int, object]:
        return self._log.head()[0] + BURST_PER_SECOND * min(self.pages, GROWS), None

    def last_position(self) -> int:
        return self._log.head()[0]

    def is_growing(self) -> bool:
        return 1 < self.pages <= GROWS

    def read(self, after: int, limit: int) -> Sequence[LogEntry]:
        entries = self._log.read(after, limit)
        if limit == PAGE:
            self.pages += 1
            if self.pages <= GROWS:
                store_statements(self._log, [statement(COUNT + self.pages, 1, PLAYED)])
        return entries

    def wait(self, after: int, _timeout_seconds: float) -> bool:
        self.when_all_is_folded()
        return self._log.wait(after, 0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


class Waits(threading.Event):
    """An event that notes after which page it was waited for how long; it does not wait."""

    def __init__(self, incoming: Incoming) -> None:
        super().__init__()
        self._incoming = incoming
        self.seen: list[tuple[int, float]] = []
        self.then: Callable[[], None] = lambda: None

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.seen.append((self._incoming.pages, timeout))
        self.then()
        return self.is_set()


@pytest.fixture
def incoming(log: Store) -> Incoming:
    """A log with a backlog, all recorded at one time, that goes on to grow."""
    publish_course(log)
    store_statements(log, list(course_statements(COUNT, 20)), batch=COUNT)
    return Incoming(log)


@pytest.fixture
def waits(incoming: Incoming) -> Waits:
    waits = Waits(incoming)
    incoming.when_all_is_folded = waits.set
    return waits


@pytest.fixture
def begun(log: Store) -> datetime:
    """When the backlog was recorded."""
    return log.read(log.head()[0] - 1, 1)[0].recorded


def role(incoming: Incoming, versions: Versions, stop: Waits, now: datetime, **others: Any) -> Role:
    settings = {"page_entries": PAGE, "poll_seconds": 60.0, "busy_share": lambda: 1.0, **others}
    return Role(incoming, versions, stop, lambda: now, elapsed=incoming.elapsed, **settings)


def folded(versions: Versions) -> int:
    with closing(versions.open(1, read_only=True)) as projection, projection.snapshot() as snapshot:
        return snapshot.position()


def test_it_rests_after_each_page_while_the_log_grows_and_then_no_more(
    log: Store, versions: Versions, incoming: Incoming, waits: Waits, begun: datetime
) -> None:
    role(incoming, versions, waits, begun + timedelta(seconds=1)).run()
    assert [page for page, _ in waits.seen] == [1, 2, 3, 4]
    assert all(0 < seconds <= 9 for _, seconds in waits.seen)
    assert folded(versions) == log.head()[0] > COUNT + GROWS
    assert incoming.pages > GROWS + 2


@pytest.mark.parametrize("age_seconds", [10, 3600, -3600])
def test_entries_that_have_waited_for_long_or_are_of_another_time_are_folded_at_once(
    versions: Versions, incoming: Incoming, waits: Waits, begun: datetime, age_seconds: int
) -> None:
    role(incoming, versions, waits, begun + timedelta(seconds=age_seconds)).run()
    assert waits.seen == []
    assert folded(versions) == incoming.last_position()


def test_stopping_ends_a_rest_and_nothing_more_is_folded(
    versions: Versions, incoming: Incoming, waits: Waits, begun: datetime
) -> None:
    waits.then = waits.set
    role(incoming, versions, waits, begun + timedelta(seconds=1), poll_seconds=0.0001).run()
    assert len(waits.seen) == 1
    assert (incoming.pages, folded(versions)) == (1, PAGE)


class Pouring(Incoming):
    """A log that says at each look that many more have come."""

    looks = 0

    def head(self) -> tuple[int, object]:
        self.looks += 1
        return self.last_position() + BURST_PER_SECOND * self.looks, None


@pytest.fixture
def pouring(log: Store, incoming: Incoming) -> Pouring:
    """A log with a backlog into which more pours."""
    assert incoming.last_position() > COUNT
    return Pouring(log)


def test_what_came_just_now_is_left_alone_while_more_comes(log: Store, versions: Versions, pouring: Pouring) -> None:
    waits = Waits(pouring)
    waits.then = lambda: waits.set() if len(waits.seen) == 5 else None
    role(pouring, versions, waits, log.read(0, 1)[0].recorded + timedelta(seconds=0.5)).run()
    assert [page for page, _ in waits.seen] == [0] * 5
    assert (pouring.pages, folded(versions)) == (0, 0)


def test_what_came_a_while_ago_is_folded_with_rests_while_more_comes(
    versions: Versions, pouring: Pouring, begun: datetime
) -> None:
    waits = Waits(pouring)
    waits.then = lambda: waits.set() if len(waits.seen) == 5 else None
    role(pouring, versions, waits, begun + timedelta(seconds=1.5)).run()
    assert (pouring.pages, folded(versions)) == (5, 5 * PAGE)


def test_on_an_idle_machine_everything_is_folded_at_once_when_it_is_clear_that_it_is_idle(
    versions: Versions, pouring: Pouring, begun: datetime
) -> None:
    waits = Waits(pouring)
    pouring.when_all_is_folded = waits.set
    role(pouring, versions, waits, begun + timedelta(seconds=1), busy_share=lambda: 0.4).run()
    assert [page for page, _ in waits.seen] == [1]
    assert folded(versions) == pouring.last_position()


def test_the_notary_leaves_it_alone_too(incoming: Incoming, begun: datetime) -> None:
    leaves, ended = Leaves(), Waits(incoming)
    ended.then = lambda: ended.set() if len(ended.seen) == 5 else None
    before = leaves.last_position = incoming.last_position() - COUNT
    now = begun + timedelta(seconds=0.5)
    notarise(leaves, incoming, lambda: now, ended, Pace(incoming, lambda: now, lambda: True))
    assert [seconds for _, seconds in ended.seen] == [0.25] * 5
    assert (leaves.rounds, leaves.last_position) == (0, before)


class BreaksWhileResting:
    """A notary that ends a projector by a fault as soon as ``resting`` is set."""

    last_position = 0

    def __init__(self) -> None:
        self.resting = threading.Event()

    def catch_up_with(self, _read: Callable[[int, int], Sequence[LogEntry]], **_pages: int) -> int:
        self.resting.wait()
        raise NotImplementedError("broken")

    def publish(self, _now: datetime) -> None:
        raise AssertionError("it broke before")


def test_what_halts_a_projector_ends_a_rest(
    versions: Versions, incoming: Incoming, waits: Waits, begun: datetime
) -> None:
    notary = BreaksWhileResting()

    def let_it_break() -> None:
        notary.resting.set()
        for thread in threading.enumerate():
            if thread.name == "notary":
                thread.join()

    waits.then = let_it_break
    with pytest.raises(NotImplementedError, match="broken"):
        role(incoming, versions, waits, begun + timedelta(seconds=1), poll_seconds=0.0001, notary=notary).run()
    assert len(waits.seen) == 1
    assert (incoming.pages, folded(versions)) == (1, PAGE)


class Leaves:
    """A notary that only counts, a page in each round, and says of a full one that it was long."""

    def __init__(self) -> None:
        self.last_position = 0
        self.rounds = 0
        self.asked: set[int] = set()

    def catch_up_with(self, read: Callable[[int, int], Sequence[LogEntry]], *, page: int, pages: int) -> int:
        self.asked.add(page)
        entries = [entry for _ in range(pages) for entry in read(self.last_position, PAGE)]
        self.last_position = entries[-1].position if entries else self.last_position
        return LONG if len(entries) == PAGE else len(entries)

    def publish(self, _now: datetime) -> None:
        self.rounds += 1


def test_the_notary_stands_back_likewise_and_looks_in_now_and_then_when_it_has_everything(
    log: Store, incoming: Incoming, begun: datetime
) -> None:
    leaves, ended = Leaves(), Waits(incoming)

    def end_when_idle() -> None:
        if len(ended.seen) > 1 and leaves.last_position == log.head()[0]:
            ended.set()

    ended.then = end_when_idle
    now = begun + timedelta(seconds=1)
    notarise(leaves, incoming, lambda: now, ended, Pace(incoming, lambda: now, incoming.is_growing))
    (_, first), *between, (_, last) = ended.seen
    assert first == last == 0.25
    rests = {page for page, seconds in between if seconds > 0}
    assert {2, 3, 4} <= rests
    assert not rests & set(range(5, incoming.pages - 2))
    assert leaves.rounds == incoming.pages
    assert leaves.asked == {501, 4096}
