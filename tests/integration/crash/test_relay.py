"""Every transition reaches Kafka once and in order, however often the process that sends it is killed."""

import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson
import pytest

from integration.crash.ingest import Ingest
from integration.crash.kills import publish_documents
from lrs.log.entry import STATEMENT_STORED
from lrs.log.store import open_store
from projector.store.versions import open_versions
from support.folded import wait_until_folded
from support.processes import ServerFailed
from support.records import held, read_records
from support.served import Served

STATES, STATEMENTS = "mastrail.state.v1", "mastrail.statements.v1"
TOPICS = tuple(f"mastrail.{name}.v1" for name in ("mastery", "evidence", "readiness", "admin"))
KILLS = 10
KILLS_OF_THE_SERVER = {3, 6, 9}  # the others kill the projector alone, which its server starts again, later each time
WAIT_SECONDS = 60.0

Event = dict[str, Any]


def feed(served: Served) -> list[Event]:
    """Return every event of the feed, by its pages."""
    events: list[Event] = []
    page: dict[str, Any] = {"next": "0", "more": True}
    while page["more"]:
        query = {"after": page["next"], "limit": "500"}
        page = served.client.get("/api/v1/mastery-events", params=query).raise_for_status().json()
        events += page["events"]
    return events


def topic_of(event: Event) -> str:
    """Return the topic that an event belongs to."""
    name = event["type"].removeprefix("mastrail.mastery.")
    if name.startswith("evidence."):
        return "mastrail.evidence.v1"
    administrative = ("framework.", "policy.", "reevaluation.", "persons.", "person.", "learner.")
    return "mastrail.admin.v1" if name.startswith(administrative) else "mastrail.mastery.v1"


def records(bootstrap: str, least: int) -> Iterator[tuple[str, int, str, Event]]:
    """Yield topic, partition, key and event of every record, waiting for ``least`` and then until no more come."""
    for record in read_records(bootstrap, *TOPICS, least=least):
        yield record.topic, record.partition, record.key.decode(), orjson.loads(record.value)


def kill_the_projector(served: Served, chance: random.Random) -> None:
    """Kill the projector as soon as there is one, a random moment after it appeared."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (pid := served.projector_pid()) is None:
        if time.monotonic() > deadline:
            raise ServerFailed(f"no projector was started again\n{served.running().tail()}")
        time.sleep(0.05)
    time.sleep(chance.uniform(0.0, 3.0))
    os.kill(pid, signal.SIGKILL)
    while served.projector_pid() == pid:
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)
def test_a_relay_killed_ten_times_publishes_every_transition_once_and_in_order(
    serve: Callable[..., Served], own_kafka_bootstrap: str
) -> None:
    served = serve(kafka_bootstrap=own_kafka_bootstrap, kafka_statements="on")
    publish_documents(served)
    chance = random.Random(20260302)
    with Ingest(served.url, (served.key, served.secret), clients=1, seed=20260302, rest_seconds=0.2):
        for kill in range(1, KILLS + 1):
            if kill in KILLS_OF_THE_SERVER:
                time.sleep(chance.uniform(0.0, 3.0))
                served.kill()
                served.start()
            else:
                kill_the_projector(served, chance)
    wait_until_folded(served, WAIT_SECONDS)
    wanted = feed(served)
    sent = list(records(own_kafka_bootstrap, len(wanted)))
    print(f"{len(wanted)} events in the feed, {len(sent)} records in Kafka after {KILLS} kills")
    assert len({event["type"] for event in wanted}) > 1
    assert sorted(event["id"] for *_, event in sent) == sorted(event["id"] for event in wanted)
    assert {topic for topic, *_ in sent} == {"mastrail.mastery.v1", "mastrail.evidence.v1", "mastrail.admin.v1"}
    for topic in TOPICS:
        own = [event for where, _, _, event in sent if where == topic]
        assert by_person(own) == by_person([event for event in wanted if topic_of(event) == topic])
    keys = {(topic, key) for topic, _, key, _ in sent}
    assert all(len({place for topic, place, key, _ in sent if (topic, key) == one}) == 1 for one in keys)
    assert all(key == event["partitionkey"] for _, _, key, event in sent)
    assert held(read_records(own_kafka_bootstrap, STATES, least=1)) == states(served)
    stored = stored_ids(served)
    records_of_statements = read_records(own_kafka_bootstrap, STATEMENTS, least=len(stored))
    statements = [orjson.loads(record.value) for record in records_of_statements]
    assert sorted(event["id"] for event in statements) == sorted(stored)
    for told in by_person(statements).values():
        assert [int(event["sequence"]) for event in told] == list(range(1, len(told) + 1))


def states(served: Served) -> dict[str, bytes]:
    """Return the states of the live projection by the keys that they have in their topic."""
    versions = open_versions(served.store, data_dir=served.data_dir)
    live = versions.live()
    assert live is not None
    with closing(versions.open(live, read_only=True)) as projection, projection.snapshot() as snapshot:
        return {
            f"default:{row['person_id']}:{sha256(row['competency'].encode()).hexdigest()}": bytes(row["body"])
            for row in snapshot.states()
        }


def stored_ids(served: Served) -> list[str]:
    """Return the id of every statement in the log."""
    with open_store(served.store, data_dir=served.data_dir, now=lambda: datetime.now(UTC)) as log:
        return [str(entry.entry_id) for entry in log.read(0, 1_000_000) if entry.topic == STATEMENT_STORED]


def by_person(events: list[Event]) -> dict[str, list[Event]]:
    """Return the events of each source, in the order given."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        found[event["source"]].append(event)
    return dict(found)
