"""From facts to stored events and back without parsing; the place where payloads are sealed."""

from typing import Any, Protocol
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent

from lrs.log import facts, frame
from lrs.log.entry import LogEntry


class Seal(Protocol):
    """Encryption of payloads. ``open(id, topic, close(id, topic, payload))`` is ``payload``."""

    def close(self, entry_id: UUID, topic: str, payload: bytes, /) -> bytes:
        """Return the sealed form of ``payload``."""
        ...

    def open(self, entry_id: UUID, topic: str, sealed: bytes, /) -> bytes:
        """Return the payload of a sealed form."""
        ...


class NoSeal:
    """The seal that leaves every payload as it is."""

    def close(self, _entry_id: UUID, _topic: str, payload: bytes, /) -> bytes:
        """Return ``payload``."""
        return payload

    def open(self, _entry_id: UUID, _topic: str, sealed: bytes, /) -> bytes:
        """Return ``sealed``."""
        return sealed


class FactMapper(Mapper[UUID]):
    """Passes payloads through as bytes. The recorder puts the frame around them, since only it knows the time."""

    seal: Seal = NoSeal()

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """Return the stored event of a fact, its state the sealed payload."""
        if not isinstance(domain_event, facts.Fact):
            raise TypeError("the log takes facts")
        sealed = self.seal.close(domain_event.originator_id, domain_event.TOPIC, domain_event.payload)
        return StoredEvent(domain_event.originator_id, 1, domain_event.TOPIC, sealed)

    def to_domain_event(self, stored_event: StoredEvent) -> facts.Fact:
        """Return the fact of a stored event, its state the whole frame."""
        entry_id = stored_event.originator_id
        if not isinstance(entry_id, UUID):
            raise TypeError("entry ids are UUIDs")
        payload = self.seal.open(entry_id, stored_event.topic, frame.sealed(stored_event.state))
        return facts.fact(stored_event.topic, entry_id, payload)

    def to_entry(self, row: Any) -> LogEntry:
        """Return the log entry of a row with ``position``, ``entry_id``, ``topic`` and ``state``."""
        blob = row["state"]
        return LogEntry(
            position=row["position"],
            entry_id=row["entry_id"],
            topic=row["topic"],
            recorded=frame.from_micros(frame.recorded_micros(blob)),
            payload=self.seal.open(row["entry_id"], row["topic"], frame.sealed(blob)),
            blob=blob,
        )
