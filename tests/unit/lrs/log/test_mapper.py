"""Facts to stored events and back, and the seal between."""

from datetime import UTC, datetime
from uuid import UUID, uuid5

import pytest
from eventsourcing.persistence import JSONTranscoder, StoredEvent
from eventsourcing.utils import get_topic, resolve_topic

from lrs.log import facts, frame
from lrs.log.entry import STATEMENT_STORED
from lrs.log.mapper import FactMapper

ID = uuid5(UUID(int=0), "a statement")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


class Reversed:
    """A seal that a test can see."""

    def close(self, _entry_id: UUID, _topic: str, payload: bytes, /) -> bytes:
        return payload[::-1]

    def open(self, _entry_id: UUID, _topic: str, sealed: bytes, /) -> bytes:
        return sealed[::-1]


@pytest.fixture
def mapper() -> FactMapper:
    return FactMapper(JSONTranscoder())


def test_the_payload_passes_unparsed(mapper: FactMapper) -> None:
    stored = mapper.to_stored_event(facts.fact(STATEMENT_STORED, ID, b"\x00 not JSON"))
    assert stored == StoredEvent(ID, 1, STATEMENT_STORED, b"\x01\x00 not JSON")


def test_a_payload_is_compressed_before_it_is_sealed(mapper: FactMapper) -> None:
    mapper.seal = Reversed()
    payload = b'{"verb":{"id":"http://adlnet.gov/expapi/verbs/completed"}}' * 3
    undated = mapper.to_stored_event(facts.fact(STATEMENT_STORED, ID, payload)).state
    blob = frame.date(frame.to_micros(NOON), undated)
    version, packed = mapper.codec.pack(payload)
    assert (version, undated) == (frame.COMPRESSED, frame.undated(packed[::-1], frame.COMPRESSED))
    row = {"position": 7, "entry_id": ID, "topic": STATEMENT_STORED, "state": blob}
    assert mapper.to_entry(row).payload == payload


def test_a_dictionary_is_not_compressed_so_that_it_can_be_read_first(mapper: FactMapper) -> None:
    stored = mapper.to_stored_event(facts.fact(facts.DICTIONARY_TRAINED, ID, b"{}" * 1000))
    assert stored.state == frame.undated(b"{}" * 1000, frame.PLAIN)


def test_the_seal_closes_on_the_way_in_and_opens_on_the_way_out(mapper: FactMapper) -> None:
    mapper.seal = Reversed()
    undated = mapper.to_stored_event(facts.fact(STATEMENT_STORED, ID, b"abc")).state
    blob = frame.date(frame.to_micros(NOON), undated)
    entry = mapper.to_entry({"position": 7, "entry_id": ID, "topic": STATEMENT_STORED, "state": blob})
    fact = mapper.to_domain_event(StoredEvent(ID, 1, STATEMENT_STORED, blob))
    assert undated == b"\x01cba"
    assert (entry.payload, entry.blob, entry.recorded, entry.position) == (b"abc", blob, NOON, 7)
    assert (fact.payload, fact.originator_id) == (b"abc", ID)


@pytest.mark.parametrize("topic", sorted(facts.FACTS))
def test_a_topic_is_explicit_and_finds_its_class(topic: str) -> None:
    assert ":" not in topic
    assert get_topic(facts.FACTS[topic]) == topic
    assert resolve_topic(topic) is facts.FACTS[topic]


def test_an_unknown_topic_is_refused() -> None:
    with pytest.raises(ValueError, match="topic"):
        facts.fact("lrs.log.facts:Fact", ID, b"")
