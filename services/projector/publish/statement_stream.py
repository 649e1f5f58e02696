"""The stream of statements: each that was stored, in the order of the log, keyed by the person who acted.

Statements name people, so this topic is for those who may read them. One of somebody who was erased since, and one too
large for a record, is told of without its content.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from lrs.log.entry import STATEMENT_STORED, LogEntry
from lrs.xapi import stored_text
from projector.mastery.canonical import own_canonical
from projector.mastery.envelope import sequence_text
from projector.mastery.evidence import ERASED, effective_time
from projector.mastery.identity import Identifier, find, first_id, identifier
from projector.mastery.times import LAST_INSTANT, instant, render
from projector.publish.record import Record, structured
from projector.publish.target import Waiting
from projector.store.ledger import ENTERED, Entered, place_key
from projector.store.projection import STATEMENTS_PLANNED, STATEMENTS_SENT, Projection, Snapshot
from projector.store.tenant import Readable, read_tenant

TYPE = "mastrail.statement.stored.v1"
DATA_SCHEMA = "urn:mastrail:schema:statement-event:1"
MOST_BYTES = 900_000
"""A longer statement is not put into a record: brokers take 1 MiB unless they are told otherwise."""
_PAGE_BYTES = 8_000_000
_MOST_KEPT = 100_000


class _Read(msgspec.Struct):
    timestamp: str
    actor: dict[str, Any]


_read = msgspec.json.Decoder(_Read).decode


class _Person(NamedTuple):
    """Whose an identifier is, and up to when what was recorded of it is erased."""

    id: str
    erased: int | None


class _Plan(msgspec.Struct):
    """Whose the statements are that come after a position, as was found before any of them was sent."""

    after: int
    up_to: int
    people: dict[int, str | None]


class StatementSource:
    """The statements of the log up to where it is folded, so that whoever is known to the engine is known here.

    A person is who the actor is when the statement is first sent; that is kept before it is, so that it is sent under
    the same key and number if it has to be sent again. What is read of people and counts is kept in memory: nobody
    else writes the counts, and only an administrative entry changes who a known person is.
    """

    def __init__(self, projection: Projection, log: Readable) -> None:
        self._projection = projection
        self._log = log
        self._people: dict[str, _Person] = {}
        self._people_as_of: Entered | None = None
        self._counts: dict[str, int] = {}
        self._counted: dict[str, int] = {}

    def feed(self) -> str:
        """Return the name of the log, whose positions the numbers are."""
        return f"statements-{self._tenant[1]}"

    def cursor(self) -> int:
        """Return the position of the last entry that lies behind."""
        self._counts.clear()
        with self._projection.snapshot() as snapshot:
            return int(snapshot.fact(STATEMENTS_SENT) or 0)

    def id_at(self, number: int) -> str | None:
        """Return the id of the statement at that position."""
        found = self._log.read(number - 1, 1)
        return str(found[0].entry_id) if found and found[0].position == number else None

    def waiting(self, after: int, limit: int) -> Waiting[Record]:
        """Return the records of the statements among the next entries."""
        self._counted = {}
        with self._projection.snapshot() as snapshot:
            plan = _planned(snapshot, after)
            folded = snapshot.position() if plan is None else plan.up_to
            entries = _together([entry for entry in self._log.read(after, limit) if entry.position <= folded])
            if entries and plan is None:
                self._forget_people(snapshot)
            statements = [entry for entry in entries if entry.topic == STATEMENT_STORED]
            people = {} if plan is None else plan.people
            records = [self._record(snapshot, entry, people) for entry in statements]
        if records and plan is None:
            kept = msgspec.json.encode(_Plan(after, entries[-1].position, people))
            self._projection.put_facts({STATEMENTS_PLANNED: kept.decode()})
        return Waiting(records, entries[-1].position if entries else after, len(entries))

    def acknowledged(self, sent: Waiting[Record]) -> None:
        """Keep how far the stream is and how many statements of each person that makes."""
        self._projection.statements_published(sent.up_to, self._counted)
        self._counts.update(self._counted)
        if len(self._counts) > _MOST_KEPT:
            self._counts.clear()

    @cached_property
    def _tenant(self) -> tuple[str, UUID]:
        return read_tenant(self._log)

    def _record(self, snapshot: Snapshot, entry: LogEntry, people: dict[int, str | None]) -> Record:
        tenant, _ = self._tenant
        recorded = instant(entry.recorded)
        text = stored_text.exact(entry.payload, entry.recorded)
        read = _read(text)
        who = None if read.actor.get("objectType") == "Group" else identifier(read.actor)
        person = None if who is None else self._person(snapshot, who)
        person_id = people.setdefault(entry.position, None if person is None else person.id)
        withheld = _withheld(person, recorded, text)
        key = person_id or tenant
        content = {"statement": msgspec.Raw(text)} if withheld is None else {"withheld": withheld}
        event = {
            "specversion": "1.0",
            "id": str(entry.entry_id),
            "source": f"urn:mastrail:{tenant}" + (f":person:{person_id}" if person_id else ""),
            "type": TYPE,
            "subject": str(entry.entry_id),
            "time": render(effective_time({"timestamp": read.timestamp}, recorded, LAST_INSTANT)[0]),
            "recordedtime": render(recorded),
            "datacontenttype": "application/json",
            "dataschema": DATA_SCHEMA,
            "partitionkey": key,
            "sequence": sequence_text(self._next(snapshot, key)),
            "data": {"tenant": tenant, "personId": person_id, "position": entry.position, **content},
        }
        return structured(entry.position, key, own_canonical(event))

    def _next(self, snapshot: Snapshot, stream: str) -> int:
        known = self._counted.get(stream) or self._counts.get(stream) or snapshot.statement_count(stream)
        self._counted[stream] = known + 1
        return known + 1

    def _person(self, snapshot: Snapshot, who: Identifier) -> _Person:
        """Return the person of an identifier; of one that the engine does not know, who it would be."""
        kept = self._people.get(who.key)
        if kept is None:
            erased, known = snapshot.documents.get(ERASED, who.key), find(snapshot.documents, who.key)
            person_id = first_id(who, self._tenant[1]) if known is None else known.id
            kept = _Person(person_id, None if erased is None else erased.recorded)
            if known is not None:
                self._people[who.key] = kept
        return kept

    def _forget_people(self, snapshot: Snapshot) -> None:
        newest = snapshot.last_document(ENTERED, place_key(snapshot.position()))
        if newest != self._people_as_of or len(self._people) > _MOST_KEPT:
            self._people.clear()
        self._people_as_of = newest


def _together(entries: Sequence[LogEntry]) -> list[LogEntry]:
    """Return the first of the entries that are not too large to be held at once, one at least."""
    taken: list[LogEntry] = []
    size = 0
    for entry in entries:
        size += len(entry.payload)
        if taken and size > _PAGE_BYTES:
            break
        taken.append(entry)
    return taken


def _planned(snapshot: Snapshot, after: int) -> _Plan | None:
    """Return what was found of the statements after a position, if they may have been sent already."""
    kept = snapshot.fact(STATEMENTS_PLANNED)
    plan = None if kept is None else msgspec.json.decode(kept, type=_Plan)
    return plan if plan is not None and plan.after == after else None


def _withheld(person: _Person | None, recorded: int, text: bytes) -> str | None:
    """Return why the content of a statement is not told, None when it is."""
    if person is not None and person.erased is not None and recorded <= person.erased:
        return "ERASED"
    return "TOO_LARGE" if len(text) > MOST_BYTES else None
