"""The queue before the journal: bounded, and never in the way."""

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from lrs.ingest.rejections import Rejections
from lrs.log.faults import StoreUnavailable
from lrs.log.journal import Rejected, pack, unpack

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = 60.0


class Kept:
    """A journal in memory, which can be made to fail."""

    def __init__(self) -> None:
        self.requests: list[Rejected] = []
        self.advice: dict[tuple[str, str], int] = {}
        self.writing, self.may_write = threading.Event(), threading.Event()
        self.fails = False

    def write(self, requests: Sequence[Rejected], advice: Mapping[tuple[str, str], int], now: datetime) -> None:
        assert now == NOW
        self.writing.set()
        assert self.may_write.wait(SECONDS)
        if self.fails:
            raise StoreUnavailable("full")
        self.requests += requests
        self.advice.update(advice)


def request(body: bytes | None = b"x") -> Rejected:
    return Rejected(
        UUID(int=1), NOW, "key", "POST", "statements", "1.0.3", 400, {}, {"a": "b"}, None, [{"message": "m"}], body
    )


def test_what_fits_is_written_and_the_rest_is_dropped_and_counted() -> None:
    kept, dropped = Kept(), []
    rejections = Rejections(kept, now=lambda: NOW, max_queue=3, max_queue_bytes=10)
    rejections.dropped = dropped.append
    rejections.offer(request(b"first"))
    assert kept.writing.wait(SECONDS)  # and takes nothing more from the queue until it may write
    for body in (b"x" * 11, b"x" * 6, b"x" * 5, b"x", None, None):
        rejections.offer(request(body))
    rejections.advise("key", ["one", "two"])
    rejections.advise("key", ["one"])
    kept.may_write.set()
    rejections.close()
    assert [one.body for one in kept.requests] == [b"first", b"x" * 6, b"x", None]
    assert sum(dropped) == 3
    assert kept.advice == {("key", "one"): 2, ("key", "two"): 1}


def test_a_journal_that_cannot_be_written_stops_nothing() -> None:
    kept, dropped = Kept(), []
    kept.fails = True
    kept.may_write.set()
    rejections = Rejections(kept, now=lambda: NOW)
    rejections.dropped = dropped.append
    rejections.offer(request())
    rejections.close()
    assert (kept.requests, dropped) == ([], [1])


def test_an_empty_body_and_none_are_told_apart_when_they_are_sealed() -> None:
    for body in (None, b"", b"a\nb"):
        opened = unpack(pack(request(body)))
        assert Rejected(UUID(int=1), NOW, "key", "POST", "statements", "1.0.3", 400, **opened) == request(body)
