"""The relay's rules, without a broker: acknowledged first, then the cursor; after a failure, ask what is there."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event

import pytest

from lrs.log.faults import StoreUnavailable
from projector.publish.relay import Courier, Relay
from projector.publish.target import IdAt, TargetUnavailable, Waiting
from projector.store.projection import FeedEvent


class Feed:
    """A projection of which the relay sees only the feed and its cursors."""

    version = 1

    def __init__(self, count: int) -> None:
        self.all = [FeedEvent(seq, "p", "t", seq, f"e{seq}", b"{}") for seq in range(1, count + 1)]
        self.kept: dict[str, int] = {}

    @contextmanager
    def snapshot(self) -> Iterator["Feed"]:
        yield self

    def events(self, after: int, limit: int) -> list[FeedEvent]:
        return self.all[after : after + limit]

    def cursors(self) -> dict[str, int]:
        return dict(self.kept)

    def fact(self, _name: str) -> str:
        return "1"

    def put_cursors(self, cursors: Mapping[str, int]) -> None:
        self.kept.update(cursors)


class Place:
    """A target that can fail at any call, before or after it has what was sent."""

    name = "place"

    def __init__(self, failures: Sequence[str] = ()) -> None:
        self.received: list[int] = []
        self.failures = list(failures)
        self.opened: list[str] = []
        self._has = 0

    def open(self, feed: str, id_at: IdAt) -> None:
        self._fail("open")
        assert [id_at(number) for number in (0, 1, 10**6)] == [None, "e1", None]
        self.opened.append(feed)
        self._has = max(self.received, default=0)

    def send(self, events: Sequence[FeedEvent]) -> int:
        self._fail("before")
        new = [event.seq for event in events if event.seq > self._has]
        self.received.extend(new)
        self._fail("after")
        return len(new)

    def close(self) -> None:
        self._has = 0

    def _fail(self, moment: str) -> None:
        if self.failures and self.failures[0] == moment:
            self.failures.pop(0)
            raise TargetUnavailable(moment)


def stepped(relay: Courier[FeedEvent]) -> int:
    failed = 0
    while True:
        try:
            if not relay.step():
                return failed
        except TargetUnavailable:
            failed += 1


def test_everything_is_sent_in_order_and_the_cursor_is_at_the_end() -> None:
    feed, place = Feed(25), Place()
    assert stepped(Relay(feed, place, page_events=10)) == 0
    assert place.received == list(range(1, 26))
    assert feed.kept == {"place": 25}


def test_a_failure_before_or_after_the_arrival_leaves_no_gap_and_no_double() -> None:
    feed, place = Feed(25), Place(["open", "before", "after", "open", "after"])
    assert stepped(Relay(feed, place, page_events=10)) == 5
    assert place.received == list(range(1, 26))


def test_the_cursor_stays_while_nothing_is_acknowledged() -> None:
    feed, place = Feed(5), Place(["after"])
    relay = Relay(feed, place)
    with pytest.raises(TargetUnavailable):
        relay.step()
    assert (feed.kept, place.received) == ({}, [1, 2, 3, 4, 5])


class Sparse:
    """A source in which only every tenth number is of concern to the target."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.kept = 0

    def feed(self) -> str:
        return "sparse"

    def cursor(self) -> int:
        return self.kept

    def id_at(self, number: int) -> str | None:
        return f"e{number}" if 0 < number <= self.last else None

    def waiting(self, after: int, limit: int) -> Waiting[FeedEvent]:
        numbers = range(after + 1, min(after + limit, self.last) + 1)
        sent = [FeedEvent(seq, "p", "t", seq, f"e{seq}", b"{}") for seq in numbers if seq % 10 == 0]
        return Waiting(sent, after + len(numbers), len(numbers))

    def acknowledged(self, sent: Waiting[FeedEvent]) -> None:
        self.kept = sent.up_to


def test_what_is_of_no_concern_is_passed_and_not_sent() -> None:
    source, place = Sparse(34), Place(["before", "after"])
    assert stepped(Courier(source, place, page_events=4)) == 2
    assert place.received == [10, 20, 30]
    assert source.kept == 34


def test_a_log_that_cannot_be_read_now_is_asked_again() -> None:
    class Away(Sparse):
        def waiting(self, after: int, limit: int) -> Waiting[FeedEvent]:
            message = f"{limit} after {after} cannot be read now"
            raise StoreUnavailable(message)

    place = Place()
    with pytest.raises(StoreUnavailable):
        Courier(Away(5), place).step()
    assert (place.opened, place.received) == (["sparse"], [])


def test_a_relay_that_is_to_stop_stops() -> None:
    stop = Event()
    stop.set()
    place = Place()
    Relay(Feed(5), place).run(stop, poll_seconds=0.01)
    assert place.received == []
