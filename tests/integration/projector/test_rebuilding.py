"""Rebuilding by several processes: the same bytes as by one, page after page, and nothing half live."""

import os
import signal
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from integration.projector.course import (
    BEGIN,
    BY,
    COMPETENCY,
    COMPLETED,
    FRAMEWORK_ID,
    PLAYED,
    POLICY,
    course_log,
    course_statements,
    learner,
    opened,
    publish_course,
    statement,
    store_statements,
)
from lrs.log import dictionaries
from lrs.log.compression import FIRST_OF_STORE
from lrs.log.entry import NewEntry
from lrs.log.store import Store
from projector.follow import FoldStopped, Follower
from projector.rebuild.faults import WorkerLost
from projector.rebuild.plan import SharedLog
from projector.rebuild.replay import Workers, rebuild
from projector.registry.commands import activate_policy
from projector.registry.people import merge_persons
from projector.store.digest import projection_hash
from projector.store.versions import Versions
from support.waiting import eventually

CLOCK_ADVANCED = "mastrail.clock.advanced.v1"
DECISION = "mastrail.decision.v1"
LINKED, UNLINKED = "mastrail.identity.linked.v1", "mastrail.identity.unlinked.v1"
ERASED = "mastrail.learner.erased.v1"
TRUST = "mastrail.trust.changed.v1"
ACTIVATED = "mastrail.policy.activated.v1"
ROLE = "mastrail.role.published.v1"
BAD = NewEntry(uuid4(), TRUST, b"{}")


@pytest.fixture
def two(store_location: str, tmp_path: Path) -> Workers:
    """Two processes, however short the log is."""
    return Workers(2, partial(opened, store_location, tmp_path), least_entries=0)


def fact(topic: str, body: dict[str, Any]) -> NewEntry:
    return NewEntry(uuid4(), topic, orjson.dumps(body))


def eventful_log(log: Store) -> None:
    """A course, everything that touches more people than one, or people and time, and the dictionary that comes of it."""
    course_log(log, count=400, learners=40)
    expiring = {**POLICY, "version": "2.0.0", "validity": {"period": "P1D", "window": "PT1H", "grace": "P1D"}}
    above = {
        **POLICY,
        "id": "https://example.org/policies/above",
        "competency": f"{FRAMEWORK_ID}/items/above",
        "rollup": {"op": "all", "children": [{"competency": COMPETENCY}]},
    }
    role = {
        "apiVersion": "mastrail/v1",
        "kind": "Role",
        "id": "https://example.org/roles/watcher",
        "version": "1.0.0",
        "title": "Watcher",
        "effectiveFrom": "2026-01-01T00:00:00Z",
        "requires": [{"competency": COMPETENCY, "level": 2}],
    }
    activate_policy(log, expiring, BY)
    whole = {name: value for name, value in above.items() if name not in ("evidence", "method")}
    log.append([fact(ACTIVATED, {"policy": whole}), fact(ROLE, {"document": role})])
    store_statements(log, [statement(2_000 + number, number, COMPLETED) for number in range(40)])
    merge_persons(log, learner(1), learner(2), BY, new_id=uuid4)
    log.append(
        [
            fact(LINKED, {"person": learner(3), "identifier": {"mbox": "mailto:three@example.org"}}),
            fact(UNLINKED, {"person": learner(1), "identifier": learner(2)}),
            fact(ERASED, {"person": learner(5)}),
            fact(DECISION, {"person": learner(6), "competency": COMPETENCY, "action": "revoke", "reason": "a doubt"}),
            fact(TRUST, {"authority": learner(7), "level": 0}),
            fact(CLOCK_ADVANCED, {"now": (BEGIN + timedelta(days=3)).isoformat()}),
        ]
    )
    store_statements(log, [*course_statements(1_000, 40)][400:])
    eventually(lambda: log.get(dictionaries.entry_id(FIRST_OF_STORE)) is not None, "a dictionary is trained")


def told(versions: Versions, version: int) -> tuple[str, int, dict[tuple[str, bytes], bytes]]:
    """The hash of a projection, its position, and every document that the engine keeps."""
    with closing(versions.open(version, read_only=True)) as projection, projection.snapshot() as snapshot:
        documents = {(row["kind"], bytes(row["key"])): bytes(row["body"]) for row in snapshot.every_document()}
        return projection_hash(snapshot), snapshot.position(), documents


def folded_by_one(log: Store, versions: Versions, version: int = 1) -> None:
    with closing(versions.open(version)) as projection:
        Follower(log, projection).catch_up()


def test_two_processes_make_the_same_bytes_as_one(log: Store, versions: Versions, two: Workers) -> None:
    eventful_log(log)
    folded_by_one(log, versions)
    alone = told(versions, 1)
    versions.point_to(1)
    seen: list[tuple[int, int]] = []
    assert rebuild(log, versions, page_entries=50, workers=two, told=lambda at, end: seen.append((at, end))) == 2
    assert told(versions, 2) == alone
    head = log.head()[0]
    assert seen == [(min(at, head), head) for at in range(100, head + 100, 100)]
    assert (versions.live(), versions.known()) == (2, [2])


def test_a_rebuild_that_was_interrupted_is_shared_out_again(log: Store, versions: Versions, two: Workers) -> None:
    eventful_log(log)
    folded_by_one(log, versions)
    alone = told(versions, 1)
    versions.point_to(1)
    stopping: list[int] = []

    def interrupt(position: int, _: int) -> None:
        stopping.append(position)
        if position > 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(log, versions, page_entries=30, workers=two, told=interrupt)
    resumed: list[int] = []
    rebuild(log, versions, page_entries=40, workers=two, told=lambda position, _: resumed.append(position))
    assert resumed[0] == stopping[-1] + 80
    assert told(versions, 2) == alone


def test_what_comes_during_a_rebuild_is_folded_too(log: Store, versions: Versions, two: Workers) -> None:
    course_log(log, count=200)
    folded_by_one(log, versions)
    versions.point_to(1)
    late = iter([statement(5_000, 3, PLAYED)])
    rebuild(log, versions, page_entries=60, workers=two, told=lambda *_: store_statements(log, [*late]))
    folded_by_one(log, versions, 3)
    assert told(versions, 2)[0] == told(versions, 3)[0]
    assert told(versions, 2)[1] == log.head()[0]


def children() -> list[int]:
    tasks = Path(f"/proc/{os.getpid()}/task")
    named = [int(pid) for task in tasks.iterdir() for pid in content(task / "children").split()]
    return [pid for pid in named if b"spawn_main" in content(Path(f"/proc/{pid}/cmdline"))]


def content(file: Path) -> bytes:
    """Return what a file of a thread or process says, nothing when that has ended meanwhile."""
    try:
        return file.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_a_killed_worker_ends_the_rebuild_and_the_next_one_goes_on(
    log: Store, versions: Versions, two: Workers
) -> None:
    course_log(log)
    folded_by_one(log, versions)
    alone = told(versions, 1)  # the log may get a dictionary behind its place
    versions.point_to(1)
    before = children()
    killed: list[int] = []

    def kill(position: int, _: int) -> None:
        if position >= 80 and not killed:
            killed.append(next(pid for pid in children() if pid not in before))
            os.kill(killed[0], signal.SIGKILL)

    with pytest.raises(WorkerLost, match=r"worker \d of 2 was killed by SIGKILL; the projection before stays live"):
        rebuild(log, versions, page_entries=20, workers=two, told=kill, up_to=alone[1])
    assert killed
    assert versions.live() == 1
    assert [pid for pid in children() if pid not in before] == []
    assert told(versions, 1) == alone
    rebuild(log, versions, page_entries=20, workers=two, up_to=alone[1])
    assert versions.live() == 2
    assert told(versions, 2) == alone


def test_an_entry_that_cannot_be_folded_stops_every_worker(log: Store, versions: Versions, two: Workers) -> None:
    course_log(log, count=100)
    folded_by_one(log, versions)
    versions.point_to(1)
    bad = log.append([BAD]).positions[0]
    store_statements(log, [statement(1_000, 1, PLAYED)])
    with pytest.raises(FoldStopped, match=f"position {bad} "):
        rebuild(log, versions, page_entries=20, workers=two)
    assert (versions.live(), versions.known()) == (1, [1])


def test_a_log_that_cannot_be_opened_by_a_worker_is_told(log: Store, versions: Versions, tmp_path: Path) -> None:
    course_log(log, count=100)
    nowhere = tmp_path / "file"
    nowhere.write_text("no folder")
    workers = Workers(2, partial(opened, "sqlite", nowhere), least_entries=0)
    with pytest.raises(WorkerLost, match=r"cannot go on: the data folder .* cannot be used"):
        rebuild(log, versions, page_entries=20, workers=workers)
    assert versions.live() is None


def test_a_short_log_is_folded_by_one_process(log: Store, versions: Versions) -> None:
    publish_course(log)
    store_statements(log, [statement(1, 1, PLAYED)])

    def never() -> AbstractContextManager[SharedLog]:
        raise AssertionError("no worker is started for a few entries")

    assert rebuild(log, versions, workers=Workers(4, never)) == 1
