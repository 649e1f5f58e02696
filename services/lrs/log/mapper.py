"""From facts to stored events and back without parsing; the place where payloads are compressed and then sealed."""

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent

from lrs.log import dictionaries, facts, frame
from lrs.log.compression import Codec
from lrs.log.entry import HashedEntry, LogEntry


class Seal(Protocol):
    """Encryption of payloads, compressed or not. ``open(id, topic, close(id, topic, payload))`` is ``payload``."""

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
    """Passes payloads through as bytes. The recorder puts the time into the frame, since only it knows that."""

    seal: Seal = NoSeal()
    codec = Codec(dictionaries.of_package, dictionaries.GENERIC)

    def facts_of(self, entries: Sequence[HashedEntry]) -> list[facts.Fact]:
        """Return the facts of ``entries``, their payloads compressed together."""
        packed = self.codec.pack_all([entry.payload for entry in entries])
        return [
            facts.fact(entry.topic, entry.entry_id, entry.payload, content)
            for entry, content in zip(entries, packed, strict=True)
        ]

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """Return the stored event of a fact, its state the frame without a time.

        A dictionary is not compressed, so that it can be read before any other.
        """
        if not isinstance(domain_event, facts.Fact):
            raise TypeError("the log takes facts")
        entry_id, topic, payload = domain_event.originator_id, domain_event.TOPIC, domain_event.payload
        if topic == facts.DICTIONARY_TRAINED:
            version, packed = frame.PLAIN, payload
        else:
            version, packed = domain_event.packed or self.codec.pack(payload)
        return StoredEvent(entry_id, 1, topic, frame.undated(self.seal.close(entry_id, topic, packed), version))

    def to_domain_event(self, stored_event: StoredEvent) -> facts.Fact:
        """Return the fact of a stored event, its state the whole frame."""
        entry_id = stored_event.originator_id
        if not isinstance(entry_id, UUID):
            raise TypeError("entry ids are UUIDs")
        return facts.fact(stored_event.topic, entry_id, self._open(entry_id, stored_event.topic, stored_event.state))

    def to_entry(self, row: Any) -> LogEntry:
        """Return the log entry of a row with ``position``, ``entry_id``, ``topic`` and ``state``."""
        blob = row["state"]
        return LogEntry(
            position=row["position"],
            entry_id=row["entry_id"],
            topic=row["topic"],
            recorded=frame.from_micros(frame.recorded_micros(blob)),
            payload=self._open(row["entry_id"], row["topic"], blob),
            blob=blob,
        )

    def _open(self, entry_id: UUID, topic: str, blob: bytes) -> bytes:
        return self.codec.unpack(frame.version(blob), self.seal.open(entry_id, topic, frame.sealed(blob)))
