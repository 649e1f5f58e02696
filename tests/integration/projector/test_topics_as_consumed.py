"""Every topic as a consumer reads it, over a whole organisation: what section 14 of the rule book says of records."""

import contextlib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import jsonschema_rs
import orjson
import pytest
from kafka.consumer.fetcher import ConsumerRecord

from integration.projector.test_documented_consumers import STATEMENTS, STATES, wait_until_published
from lrs.contracts import load_schemas
from lrs.log.store import open_store
from mastrail import harbour
from projector.mastery.times import instant, render
from projector.publish.topics import topic_of
from support.kafka import new_broker
from support.records import held, read_records
from support.served import Served

PEOPLE = 25
FEED = tuple(f"mastrail.{name}.v1" for name in ("mastery", "evidence", "readiness", "admin"))
STATE, STATEMENT = "mastrail.state.v1", "mastrail.statements.v1"
SCHEMAS = {
    schema["$id"]: jsonschema_rs.validator_for(schema, validate_formats=True)
    for schema in load_schemas("events").values()
}
PERSON = r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"


@dataclass
class Read:
    """What a consumer has read, by topic, and when each log entry was recorded."""

    served: Served
    records: dict[str, list[ConsumerRecord]]
    recorded: dict[int, str]

    def events(self) -> Iterator[tuple[ConsumerRecord, dict[str, Any]]]:
        """Yield the records and events of the feed."""
        for topic in FEED:
            for record in self.records[topic]:
                yield record, orjson.loads(record.value)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    """An organisation at work, some of whom turn out to be one, and all that was published of it."""
    with contextlib.ExitStack() as ends:
        bootstrap = ends.enter_context(new_broker())
        settings = {"kafka_bootstrap": bootstrap, "kafka_statements": "on"}
        served = Served(tmp_path_factory.mktemp("harbour"), "sqlite", settings)
        ends.callback(served.close)
        served.open()
        work(served)
        statements = len(list(harbour.statements(PEOPLE)))
        found = read_records(bootstrap, *FEED, STATE, STATEMENT, least=statements)
        records = {topic: [one for one in found if one.topic == topic] for topic in (*FEED, STATE, STATEMENT)}
        with open_store(served.store, data_dir=served.data_dir, now=lambda: datetime.now(UTC)) as log:
            recorded = {entry.position: render(instant(entry.recorded)) for entry in log.read(0, 100_000)}
        yield Read(served, records, recorded)


def work(served: Served) -> None:
    """Let the organisation work, merge and split some of its people, and be published."""
    targets = (STATES, STATEMENTS, *(f"kafka:{topic}" for topic in FEED))
    served.command("sample", "publish", "--people", str(PEOPLE))
    statements = list(harbour.statements(PEOPLE))
    for start in range(0, len(statements), 500):
        served.client.post("/xAPI/statements", json=statements[start : start + 500]).raise_for_status()
    wait_until_published(served, *targets)
    for change, first, second in (("merge", 1, 2), ("split", 1, 2), ("merge", 3, 4)):
        served.command("people", change, *(f"{harbour.HOME_PAGE}::e{number:05d}" for number in (first, second)))
    wait_until_published(served, *targets)


def test_every_record_is_as_the_rule_book_says(read: Read) -> None:
    numbers: dict[str, list[int]] = defaultdict(list)
    for record, event in read.events():
        SCHEMAS[event["dataschema"]].validate(event)
        assert dict(record.headers)["content-type"] == b"application/cloudevents+json; charset=UTF-8"
        assert record.topic == topic_of(event["type"])
        assert record.key.decode() == event["partitionkey"]
        assert event["recordedtime"] == read.recorded[event["data"]["cause"]["position"]]
        person = re.fullmatch(rf"urn:mastrail:default:person:({PERSON})", event["source"])
        assert event["partitionkey"] == (f"default:{person[1]}" if person else "default")
        assert record.topic != "mastrail.admin.v1" or person is None
        assert re.fullmatch("[0-9]{20}", event["sequence"])
        numbers[event["source"]].append(int(event["sequence"]))
    assert len(numbers) > PEOPLE
    for told in numbers.values():
        assert sorted(told) == list(range(1, len(told) + 1)), "contiguous over all topics of a person"
    assert {record.topic for record, _ in read.events()} == set(FEED)


def test_within_a_topic_the_events_of_a_person_are_in_order(read: Read) -> None:
    places: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for record, event in read.events():
        places[record.topic, event["source"]].append((record.partition, event["sequence"]))
    for told in places.values():
        assert len({partition for partition, _ in told}) == 1
        assert [sequence for _, sequence in told] == sorted({sequence for _, sequence in told})


def test_the_topic_of_states_is_what_the_api_says(read: Read) -> None:
    table = {key: orjson.loads(value) for key, value in held(read.records[STATE]).items()}
    for key, state in table.items():
        SCHEMAS["urn:mastrail:schema:mastery-state:1"].validate(state)
        competency = sha256(state["body"]["competency"]["iri"].encode()).hexdigest()
        assert key == f"default:{state['meta']['personId']}:{competency}"
    people = {state["meta"]["personId"] for state in table.values()}
    for person in people:
        states = read.served.client.get(f"/api/v1/people/{person}/competencies").raise_for_status().json()["states"]
        own = [state for state in table.values() if state["meta"]["personId"] == person]
        assert sorted(own, key=orjson.dumps) == sorted(states, key=orjson.dumps)
    projection = read.served.client.get("/api/v1/projection").raise_for_status().json()
    assert len(table) == projection["states"]
    assert any(record.value is None for record in read.records[STATE]), "somebody was merged away"


def test_the_topic_of_statements_has_each_once_in_order(read: Read) -> None:
    told = [(record, orjson.loads(record.value)) for record in read.records[STATEMENT]]
    numbers: dict[str, list[int]] = defaultdict(list)
    for record, event in told:
        SCHEMAS["urn:mastrail:schema:statement-event:1"].validate(event)
        assert re.fullmatch(PERSON, record.key.decode())
        assert event["recordedtime"] == read.recorded[event["data"]["position"]]
        numbers[record.key.decode()].append(int(event["sequence"]))
    assert sorted(event["id"] for _, event in told) == sorted(one["id"] for one in harbour.statements(PEOPLE))
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


def test_only_the_statements_say_who_anybody_is(read: Read) -> None:
    for topic, records in read.records.items():
        for record in records:
            assert harbour.HOME_PAGE.encode() not in record.key
            assert topic == STATEMENT or harbour.HOME_PAGE.encode() + b"::" not in (record.value or b"")
            assert topic == STATEMENT or b'"account"' not in (record.value or b"")
