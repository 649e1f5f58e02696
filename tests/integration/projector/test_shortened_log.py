"""A log without its folded statements tells every administrative entry, in order, however small the pages are."""

from collections.abc import Callable
from itertools import count
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from integration.projector.course import BY, course_statements, learner, publish_course, store_statements
from lrs.log.entry import STATEMENT_STORED, LogEntry
from lrs.log.store import Store
from projector.follow import Follower
from projector.registry.people import set_trust
from projector.registry.shortened import ShortenedLog
from projector.store.live import LiveProjection
from projector.store.versions import Versions


@pytest.fixture
def new_id() -> Callable[[], UUID]:
    numbers = count()
    return lambda: uuid5(NAMESPACE_URL, f"shortened {next(numbers)}")


def pages(log: Store | ShortenedLog, limit: int) -> list[LogEntry]:
    found: list[LogEntry] = []
    while page := log.read(found[-1].position if found else 0, limit):
        assert len(page) <= limit
        found += page
    return found


def test_only_statements_that_are_folded_are_left_out(
    log: Store, versions: Versions, new_id: Callable[[], UUID]
) -> None:
    publish_course(log)
    statements = list(course_statements(60, 5))
    for number in range(4):
        store_statements(log, statements[number * 10 : number * 10 + 10])
        set_trust(log, learner(number), 2, BY, new_id=new_id)
    live = LiveProjection(versions, pointer_seconds=0)
    shortened = ShortenedLog(log, live.snapshot)
    assert pages(shortened, 7) == pages(log, 1000), "nothing is folded yet, nothing is left out"
    projection = versions.open(1)
    Follower(log, projection).catch_up()
    versions.point_to(1)
    folded = log.head()[0]
    store_statements(log, statements[40:])
    set_trust(log, learner(5), 2, BY, new_id=new_id)
    expected = [one for one in pages(log, 1000) if one.topic != STATEMENT_STORED or one.position > folded]
    assert len(expected) == 1 + 2 + 4 + 20 + 1
    for limit in (1, 3, 7, 1000):
        assert pages(shortened, limit) == expected
    live.close()
    projection.close()
