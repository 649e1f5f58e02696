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
    assert stored == StoredEvent(ID, 1, STATEMENT_STORED, b"\x00 not JSON")


def test_the_seal_closes_on_the_way_in_and_opens_on_the_way_out(mapper: FactMapper) -> None:
    mapper.seal = Reversed()
    sealed = mapper.to_stored_event(facts.fact(STATEMENT_STORED, ID, b"abc")).state
    blob = frame.pack(frame.to_micros(NOON), sealed)
    entry = mapper.to_entry({"position": 7, "entry_id": ID, "topic": STATEMENT_STORED, "state": blob})
    fact = mapper.to_domain_event(StoredEvent(ID, 1, STATEMENT_STORED, blob))
    assert sealed == b"cba"
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
