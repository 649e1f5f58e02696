"""Following the log: exactly once, whatever happens; a replay says the same; a bad entry stops it, loudly."""

import random
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import orjson
import pytest

from integration.projector.course import (
    BY,
    COMPETENCY,
    COMPLETED,
    FRAMEWORK,
    PLAYED,
    POLICY,
    Clock,
    course_log,
    learner,
    publish_course,
    statement,
    store_statements,
    voiding,
)
from lrs.log.entry import NewEntry
from lrs.log.store import Store
from projector.follow import STOPPED_AT, FoldStopped, Follower
from projector.mastery import views
from projector.rebuild.replay import rebuild
from projector.registry.commands import activate_policy, publish_framework
from projector.registry.people import merge_persons
from projector.role import Role, is_of_this_shape, open_live
from projector.store.digest import projection_hash
from projector.store.ledger import CLOCK_ADVANCED
from projector.store.live import LiveProjection
from projector.store.projection import Projection
from projector.store.versions import SHAPE, Versions
from support.processes import Process

ENOUGH_LEFT = 2000
BAD_TOPIC = "mastrail.trust.changed.v1"


def folded(
    log: Store, versions: Versions, version: int, page_entries: int = 500, up_to: int | None = None
) -> tuple[str, int, int]:
    projection = versions.open(version)
    Follower(log, projection, page_entries=page_entries).catch_up(up_to)
    with projection.snapshot() as snapshot:
        found = projection_hash(snapshot), snapshot.position(), snapshot.last_seq()
    projection.close()
    return found


class InThread:
    """A projector that runs beside the test."""

    def __init__(self, log: Store, versions: Versions) -> None:
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self._running = self._pool.submit(Role(log, versions, self._stop, Clock(), poll_seconds=0.02).run)

    def is_running(self) -> bool:
        return self._running.running()

    def end(self) -> BaseException | None:
        """End it in order and return what it raised."""
        self._stop.set()
        error = self._running.exception(timeout=60)
        self._pool.shutdown()
        return error


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.05)


def test_any_page_size_gives_the_same_states_and_events(log: Store, versions: Versions) -> None:
    course_log(log)
    whole = folded(log, versions, 1)
    assert whole[1] == log.head()[0]
    assert whole[2] > 100
    assert folded(log, versions, 2, page_entries=13) == whole


def test_a_follower_goes_on_where_the_last_one_was(log: Store, versions: Versions) -> None:
    publish_course(log)
    store_statements(log, [statement(number, 1, PLAYED) for number in range(10)])
    folded(log, versions, 1)
    store_statements(log, [statement(20, 1, COMPLETED), voiding(21, 3)])
    assert folded(log, versions, 1) == folded(log, versions, 2)


def test_a_policy_sees_the_statements_before_it(log: Store, versions: Versions) -> None:
    store_statements(log, [statement(1, 1, PLAYED), statement(2, 1, COMPLETED)])
    publish_course(log)
    projection = versions.open(1)
    Follower(log, projection).catch_up()
    with projection.snapshot() as snapshot:
        person = views.person(snapshot.documents, learner(1))
        assert person is not None
        state = views.state(snapshot.documents, person, COMPETENCY)
        assert state["body"]["status"] == "mastered"
        assert snapshot.states_of_person(person)[0]["competency"] == COMPETENCY
    projection.close()


def test_an_entry_that_cannot_be_folded_stops_at_its_position(log: Store, versions: Versions) -> None:
    course_log(log, count=30)
    bad = log.append([NewEntry(uuid4(), BAD_TOPIC, b"{}")]).positions[0]
    store_statements(log, [statement(1000, 1, PLAYED)])
    with (
        closing(versions.open(1)) as projection,
        pytest.raises(FoldStopped, match=f"position {bad} ") as stopped,
    ):
        Follower(log, projection).catch_up()
    assert (stopped.value.position, stopped.value.topic) == (bad, BAD_TOPIC)


def test_everything_before_a_bad_entry_is_folded_and_the_projector_says_where_it_stopped(
    log: Store, versions: Versions
) -> None:
    course_log(log, count=30)
    bad = log.append([NewEntry(uuid4(), BAD_TOPIC, b"{}")]).positions[0]
    projector = InThread(log, versions)

    def has_stopped() -> bool:
        if versions.live() is None:
            return False
        with closing(versions.open(1, read_only=True)) as projection, projection.snapshot() as snapshot:
            return snapshot.fact(STOPPED_AT) == str(bad) and snapshot.position() == bad - 1

    wait_until(has_stopped)
    assert projector.is_running()
    assert isinstance(projector.end(), FoldStopped)


def test_a_running_projector_folds_what_comes_and_ends_in_order(log: Store, versions: Versions) -> None:
    publish_course(log)
    projector = InThread(log, versions)
    store_statements(log, [statement(number, 1, PLAYED) for number in range(40)], batch=3)
    head = log.head()[0]

    def caught_up() -> bool:
        if versions.live() is None:
            return False
        with closing(versions.open(1, read_only=True)) as projection, projection.snapshot() as snapshot:
            return snapshot.position() >= head

    wait_until(caught_up)
    assert projector.end() is None


def test_a_rebuild_is_byte_identical_and_takes_the_place_of_the_old_one(log: Store, versions: Versions) -> None:
    course_log(log)
    projection = open_live(versions)
    Follower(log, projection).catch_up()
    with projection.snapshot() as snapshot:
        before = projection_hash(snapshot)
    projection.close()
    assert rebuild(log, versions) == 2
    assert (versions.live(), versions.known()) == (2, [2])
    with closing(versions.open(2, read_only=True)) as projection, projection.snapshot() as snapshot:
        assert projection_hash(snapshot) == before


def test_a_running_projector_moves_to_the_rebuilt_version(log: Store, versions: Versions) -> None:
    course_log(log, count=60)
    projector = InThread(log, versions)
    wait_until(lambda: versions.live() == 1)
    rebuild(log, versions)
    store_statements(log, [statement(1000, 1, COMPLETED)])
    head = log.head()[0]

    def caught_up() -> bool:
        with closing(versions.open(2, read_only=True)) as projection, projection.snapshot() as snapshot:
            return snapshot.position() >= head

    wait_until(caught_up)
    assert projector.end() is None


def test_a_rebuild_that_cannot_be_finished_leaves_the_live_one(log: Store, versions: Versions) -> None:
    course_log(log, count=30)
    open_live(versions).close()
    log.append([NewEntry(uuid4(), BAD_TOPIC, b"{}")])
    with pytest.raises(FoldStopped):
        rebuild(log, versions)
    assert (versions.live(), versions.known()) == (1, [1])


def test_a_rebuild_that_is_ended_leaves_the_live_one_and_is_gone_on_with(log: Store, versions: Versions) -> None:
    course_log(log, count=30)
    open_live(versions).close()
    asked = iter([False, False, True, True])
    told: list[int] = []
    assert (
        rebuild(log, versions, page_entries=5, is_over=lambda: next(asked), told=lambda at, _: told.append(at)) is None
    )
    assert versions.live() == 1
    ended_at = told[-1]
    told.clear()
    assert rebuild(log, versions, page_entries=5, told=lambda at, _: told.append(at)) == 2
    assert told[0] > ended_at
    assert (versions.live(), versions.known()) == (2, [2])


@pytest.mark.parametrize("shape", ["", "1"])
def test_a_projection_of_another_release_is_replayed_and_published_from_where_it_was(
    log: Store, versions: Versions, shape: str
) -> None:
    course_log(log, count=60)
    projection = open_live(versions)
    Follower(log, projection).catch_up()
    projection.put_cursors({"here": 7})
    projection.put_facts({SHAPE: shape})
    with projection.snapshot() as snapshot:
        before = projection_hash(snapshot)
    projection.close()
    assert not is_of_this_shape(versions)
    projector = InThread(log, versions)
    wait_until(lambda: versions.live() == 2)
    assert projector.end() is None
    assert is_of_this_shape(versions)
    with closing(versions.open(2, read_only=True)) as projection, projection.snapshot() as snapshot:
        assert projection_hash(snapshot) == before
        assert snapshot.cursors() == {"here": 7}


def test_a_projection_of_this_release_is_kept(log: Store, versions: Versions) -> None:
    assert is_of_this_shape(versions)
    open_live(versions).close()
    assert is_of_this_shape(versions)


class Interrupted(Exception):
    pass


def test_an_interrupted_rebuild_goes_on_from_where_it_was(log: Store, versions: Versions) -> None:
    course_log(log)
    projection = open_live(versions)
    Follower(log, projection).catch_up()
    with projection.snapshot() as snapshot:
        before = projection_hash(snapshot)
    projection.close()
    reached: list[int] = []

    def interrupt(position: int, last: int) -> None:
        reached.append(position)
        assert position <= last
        if len(reached) == 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        rebuild(log, versions, page_entries=40, told=interrupt)
    assert (versions.live(), versions.known()) == (1, [1, 2])
    assert rebuild(log, versions, page_entries=40, told=lambda position, _: reached.append(position)) == 2
    assert reached == sorted(set(reached))
    with closing(versions.open(2, read_only=True)) as projection, projection.snapshot() as snapshot:
        assert projection_hash(snapshot) == before


def test_a_rebuild_begins_again_when_what_is_left_tells_something_else(log: Store, versions: Versions) -> None:
    course_log(log, count=30)
    projection = open_live(versions)
    Follower(log, projection).catch_up()
    projection.close()
    left = versions.open(2)
    with left.page(1) as page:
        page.add_event({"data": {}, "type": "t", "id": str(uuid4())}, 1, b"{}")
    left.close()
    assert rebuild(log, versions) == 2
    assert versions.known() == [2]


def test_the_clock_is_advanced_once_a_day(log: Store, versions: Versions) -> None:
    projection = versions.open(1)
    follower = Follower(log, projection)
    follower.catch_up()
    made = log.head()[1]
    assert made is not None
    assert not follower.advance_clock(made + timedelta(hours=23))
    later = made + timedelta(hours=25)
    assert follower.advance_clock(later)
    follower.catch_up()
    assert not follower.advance_clock(later + timedelta(hours=23))
    assert [e.topic for e in log.read(1, 10)] == [CLOCK_ADVANCED]
    projection.close()
    again = versions.open(1)
    assert not Follower(log, again).advance_clock(later + timedelta(hours=23))
    again.close()


def test_the_clock_is_advanced_when_something_is_due_and_the_state_expires(log: Store, versions: Versions) -> None:
    lasting = {**POLICY, "validity": {"period": "P1D", "grace": "PT1H"}}
    publish_framework(log, FRAMEWORK, BY)
    activate_policy(log, lasting, BY)
    begun = log.head()[1]
    assert begun is not None
    store_statements(log, [{**statement(0, 1, COMPLETED), "timestamp": begun.isoformat()}])
    projection = versions.open(1)
    follower = Follower(log, projection)
    follower.catch_up()
    due = begun + timedelta(days=1)
    follower.advance_clock(due - timedelta(hours=1))
    follower.catch_up()
    assert status_of(projection, 1) == "mastered"
    assert not follower.advance_clock(due - timedelta(seconds=10))
    assert follower.advance_clock(due + timedelta(seconds=10))
    follower.catch_up()
    assert status_of(projection, 1) == "grace"
    assert not follower.advance_clock(due + timedelta(seconds=30))
    assert follower.advance_clock(due + timedelta(hours=1))
    follower.catch_up()
    assert status_of(projection, 1) == "lapsed"
    projection.close()


def status_of(projection: Projection, number: int) -> str:
    with projection.snapshot() as snapshot:
        person = views.person(snapshot.documents, learner(number))
        assert person is not None
        (row,) = snapshot.states_of_person(person)
        return str(orjson.loads(row["body"])["body"]["status"])


def test_of_two_merged_people_only_the_survivor_has_a_row(log: Store, versions: Versions) -> None:
    publish_course(log)
    store_statements(log, [statement(1, 1, PLAYED), statement(2, 2, COMPLETED)])
    projection = versions.open(1)
    follower = Follower(log, projection)
    follower.catch_up()
    with projection.snapshot() as snapshot:
        first, second = (str(views.person(snapshot.documents, learner(number))) for number in (1, 2))
    merge_persons(log, learner(1), learner(2), BY, new_id=uuid4)
    follower.catch_up()
    with projection.snapshot() as snapshot:
        assert views.person(snapshot.documents, learner(2)) == first
        assert (len(snapshot.states_of_person(first)), snapshot.states_of_person(second)) == (1, [])
    assert status_of(projection, 2) == "mastered"
    projection.close()
    assert folded(log, versions, 2) == folded(log, versions, 3)


def test_kill_9_at_any_moment_leaves_what_a_replay_gives(
    log: Store, versions: Versions, store_location: str, tmp_path: Path
) -> None:
    course_log(log, count=4000, learners=300)
    program = [sys.executable, str(Path(__file__).with_name("folding_process.py")), store_location, str(tmp_path)]
    live = LiveProjection(versions, pointer_seconds=0)
    positions = [0]
    for round_number in range(3):
        if log.head()[0] - positions[-1] < ENOUGH_LEFT:  # the last kill came late: the next one needs a task too
            first = 10_000 * (1 + round_number)
            store_statements(log, [statement(number, number % 300, PLAYED) for number in range(first, first + 4000)])
        child = Process(program, tmp_path / f"child-{round_number}.log")
        try:
            wait_until(partial(is_beyond, versions, live, positions[-1]), seconds=60)
            time.sleep(random.uniform(0, 0.1))
        finally:
            child.kill()
        positions.append(position(live))
    live.close()
    assert positions[-1] < log.head()[0], "the last kill came too late to say anything"
    head = log.head()[0]  # a dictionary that is trained meanwhile comes later
    assert folded(log, versions, 1, page_entries=7, up_to=head) == folded(log, versions, 2, up_to=head)


def is_beyond(versions: Versions, live: LiveProjection, begun_at: int) -> bool:
    return versions.live() is not None and position(live) > begun_at


def position(live: LiveProjection) -> int:
    with live.snapshot() as snapshot:
        return snapshot.position()
