"""CloudEvents 1.0 around the drafts of an entry: ids, numbers per person and what later events must remember (14)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any
from uuid import UUID

import msgspec

from projector.mastery.canonical import own_canonical
from projector.mastery.courses import Courses
from projector.mastery.differences import Cause
from projector.mastery.documents import Documents, Kind
from projector.mastery.identity import PERSON, Person
from projector.mastery.times import render

ENGINE = "mastery/1"
DATA_SCHEMA = "urn:mastrail:schema:mastery-event:1"


class Counter(msgspec.Struct, frozen=True):
    """The number of the last event that belongs to no person."""

    sequence: int = 0


COUNTER = Kind("counter", Counter)

Place = tuple[Any, ...]
"""Where an event stands among those of its entry: the events of an entry are in the order of their places."""
LAST_PHASE = 2**62


class About(msgspec.Struct, frozen=True, gc=False):
    """What an event is about: its name (the end of its type), effective instant, person and subject.

    ``person`` None puts it on the stream of the tenant; ``subject`` is the IRI of a competency or role.
    """

    name: str
    at: int
    person: str | None = None
    subject: str = ""


def event_id(namespace: UUID, name: tuple[int, str, str, str, int]) -> str:
    """Return the id of an event, the UUIDv5 of its ``name``: (position, person, subject, type, ordinal).

    It is made by hand (RFC 9562, section 5.5), since one is made for every event.
    """
    digest = bytearray(sha1(namespace.bytes + own_canonical(name), usedforsecurity=False).digest()[:16])
    digest[6], digest[8] = digest[6] & 0x0F | 0x50, digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def sequence_text(number: int) -> str:
    """Return how the number of an event on its stream is written."""
    return str(number).rjust(20, "0")


@dataclass(slots=True)
class Publication:
    """The events of one log entry, collected in order, and whose states it ``changed``: (person, competency).

    ``recorded`` is when the entry was recorded, ``latest`` the latest such time so far: they differ only in a file
    that is not in the order of its stamps. ``moved`` is the instant at which each of those came to the level and status
    at which it stands now. ``courses`` are the folds that can go on. ``place`` is where the next event
    stands among those of the entry, ``places`` where those so far do: the same whoever else is folded beside.
    """

    documents: Documents
    tenant: str
    namespace: UUID
    position: int
    recorded: int
    latest: int
    events: list[dict[str, Any]] = field(default_factory=list)
    changed: dict[tuple[str, str], Cause] = field(default_factory=dict)
    moved: dict[tuple[str, str], int] = field(default_factory=dict)
    roles: list[Any] = field(default_factory=list)
    credentials: list[Any] = field(default_factory=list)
    courses: Courses = field(default_factory=Courses)
    place: Place = (0,)
    places: list[Place] = field(default_factory=list)
    _phase: int = 0
    _ordinals: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def begin_phase(self) -> int:
        """Let what follows stand behind everything so far; returns the number of the phase, which begins its places."""
        self._phase += 1
        self.place = (self._phase,)
        return self._phase

    def begin_last_phase(self, number: int) -> Place:
        """Let what follows stand behind all that is folded; returns how the places of the phase ``number`` begin."""
        self.place = (LAST_PHASE, number)
        return self.place

    def _id(self, person: str, competency: str, kind: str) -> str:
        key = (person, competency, kind)
        ordinal = self._ordinals.get(key, 0)
        self._ordinals[key] = ordinal + 1
        return event_id(self.namespace, (self.position, person, competency, kind, ordinal))

    def person(self, person: str) -> Person:
        """Return the person of that id; raises LookupError when there is none."""
        known = self.documents.get(PERSON, person)
        if known is None:
            raise LookupError(f"no person {person}")
        return known

    def _sequence(self, person: str | None) -> int:
        if person is None:
            count = (self.documents.get(COUNTER, "tenant") or Counter()).sequence + 1
            self.documents.put(COUNTER, "tenant", Counter(count))
            return count
        known = self.person(person)
        self.documents.put(PERSON, person, msgspec.structs.replace(known, sequence=known.sequence + 1))
        return known.sequence + 1

    def emit(self, about: About, content: Mapping[str, Any]) -> str:
        """Collect one event and return its id; ``content`` is its data without tenant, person and engine."""
        kind, person = f"mastrail.mastery.{about.name}.v1", about.person
        identity = self._id(person or "", about.subject, kind)
        whose = f"urn:mastrail:{self.tenant}"
        self.events.append(
            {
                "specversion": "1.0",
                "id": identity,
                "source": whose if person is None else f"{whose}:person:{person}",
                "type": kind,
                "subject": about.subject or self.tenant,
                "time": render(about.at),
                "recordedtime": render(self.recorded),
                "datacontenttype": "application/json",
                "dataschema": DATA_SCHEMA,
                "partitionkey": self.tenant if person is None else f"{self.tenant}:{person}",
                "sequence": sequence_text(self._sequence(person)),
                "data": {"tenant": self.tenant, "personId": person, "engine": ENGINE, **content},
            }
        )
        self.places.append(self.place)
        return identity
