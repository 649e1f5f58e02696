"""One projection version: pages are written whole and once, readers see snapshots between pages."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import msgspec

from projector.mastery.documents import Kind, T
from projector.store import state_changes
from projector.store.database import LOG, Database, Row, Session, one
from projector.store.documents import StoredDocuments
from projector.store.faults import ProjectionFault
from projector.store.state_changes import STATES_NOTED, STATES_SENT, StateChange

Event = Mapping[str, Any]
_PAGE_ROWS = 1000
STATEMENTS_SENT = "statements_sent"
"""The fact that keeps the log position up to which statements were published."""
STATEMENTS_PLANNED = "statements_planned"
"""The fact that keeps whose the statements are that may have been sent beyond that position."""


class StateRow(msgspec.Struct, frozen=True):
    """The state of one person and competency for lists; ``body`` is the canonical JSON of the state."""

    person_id: str
    competency: str
    status: str
    level: str | None
    value: str | None
    attained_at: str | None
    valid_until: str | None
    grace_until: str | None
    position: int
    body: bytes


class FeedEvent(msgspec.Struct, frozen=True):
    """One event of the feed: ``seq`` is dense from 1, ``position`` the log entry that caused it."""

    seq: int
    person_id: str | None
    type: str
    position: int
    event_id: str
    body: bytes


class Page:
    """What folding a page of entries changes; everything is written in the page's transaction."""

    def __init__(self, session: Session, documents: StoredDocuments, last_seq: int) -> None:
        self.documents = documents
        self._session = session
        self._last_seq = last_seq
        self._events: list[FeedEvent] = []
        self._states: dict[tuple[str, str], StateRow | None] = {}

    @property
    def last_seq(self) -> int:
        """The number of the newest event, those of this page included."""
        return self._last_seq + len(self._events)

    def add_event(self, event: Event, position: int, body: bytes) -> None:
        """Append an event to the feed, with the canonical bytes that every reader will get."""
        person_id = event["data"].get("personId")
        self._events.append(FeedEvent(self.last_seq + 1, person_id, event["type"], position, event["id"], body))

    def put_state(self, row: StateRow) -> None:
        """Keep the state row of its person and competency."""
        self._states[row.person_id, row.competency] = row

    def delete_state(self, person_id: str, competency: str) -> None:
        """Forget a state row."""
        self._states[person_id, competency] = None

    def put_fact(self, name: str, value: str) -> None:
        """Keep a fact about this projection."""
        self._session.run_many("put_fact", [{"name": name, "value": value}])

    def flush(self) -> None:
        """Write everything."""
        self.documents.flush()
        self._session.run_many("add_event", [msgspec.structs.asdict(event) for event in self._events])
        kept = [msgspec.structs.asdict(row) for row in self._states.values() if row is not None]
        gone = [pair for pair, row in self._states.items() if row is None]
        self._session.run_many("put_state", kept)
        self._session.run_many("delete_state", [{"person_id": p, "competency": c} for p, c in gone])

    def note_states(self, position: int) -> None:
        """Let the states of this page, which ends at ``position``, wait to be published."""
        kept = [pair for pair, row in self._states.items() if row is not None]
        gone = [pair for pair, row in self._states.items() if row is None]
        state_changes.note(self._session, kept, gone, position)


class Snapshot:
    """One unchanging state of a projection, to be read within its block."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @cached_property
    def documents(self) -> StoredDocuments:
        """The engine's documents, loaded when asked for."""
        return StoredDocuments(self._session)

    def last_document(self, kind: Kind[T], up_to: str) -> T | None:
        """Return the document with the greatest key that is not above ``up_to``, None when there is none."""
        body = one(self._session.rows("last_document", kind=kind.name, key=up_to.encode()), "body")
        return None if body is None else msgspec.json.decode(body, type=kind.struct)

    def documents_above(self, kind: Kind[T], above: str, limit: int) -> list[tuple[str, T]]:
        """Return up to ``limit`` documents of a kind with a key greater than ``above``, by key."""
        rows = self._session.rows("documents_above", kind=kind.name, above=above.encode(), limit=limit)
        return [(bytes(row["key"]).decode(), msgspec.json.decode(row["body"], type=kind.struct)) for row in rows]

    def every_document(self, page_rows: int = _PAGE_ROWS) -> Iterator[Row]:
        """Yield (kind, key, body) of every document, the key in bytes."""
        last: Row | None = {"kind": "", "key": b""}
        while last is not None:
            rows = self._session.rows("documents_after", kind=last["kind"], key=last["key"], limit=page_rows)
            yield from rows
            last = rows[-1] if len(rows) == page_rows else None

    def position(self) -> int:
        """Return the log position up to which everything is folded, 0 before the first page."""
        return one(self._session.rows("tracked", name=LOG), "position") or 0

    def last_seq(self) -> int:
        """Return the number of the newest event, 0 when there is none."""
        return int(one(self._session.rows("last_seq"), "seq"))

    def events(self, after: int, limit: int) -> list[FeedEvent]:
        """Return up to ``limit`` events with a ``seq`` above ``after``, ascending."""
        return [FeedEvent(**row) for row in self._session.rows("events_after", after=after, limit=limit)]

    def states_of_person(self, person_id: str) -> list[Row]:
        """Return the state rows (person_id, competency, position, body) of one person, by competency."""
        return self._session.rows("states_of_person", person_id=person_id)

    def states_of_competency(self, competency: str, after: str, limit: int) -> list[Row]:
        """Return up to ``limit`` state rows of one competency whose person id is above ``after``."""
        return self._session.rows("states_of_competency", competency=competency, after=after, limit=limit)

    def states_of_status(self, competency: str, status: str, after: str, limit: int) -> list[Row]:
        """Return up to ``limit`` state rows of one competency and status whose person id is above ``after``."""
        asked = {"competency": competency, "status": status, "after": after, "limit": limit}
        return self._session.rows("states_of_status", **asked)

    def states_expiring(self, first: str, last: str, after: tuple[str, str, str], limit: int) -> list[Row]:
        """Return up to ``limit`` rows (person_id, competency, status, level, valid_until) of what is valid but ends.

        ``valid_until`` is from ``first`` to before ``last``; ``after`` is the (valid_until, person, competency) above
        which the page begins; that is also its order.
        """
        until, person, competency = after
        place = {"until": until, "person_id": person, "competency": competency}
        return self._session.rows("states_expiring", first=first, last=last, limit=limit, **place)

    def standings_in(self, competency: str) -> Iterator[Row]:
        """Yield every state row of a competency, by person."""
        after: str | None = ""
        while after is not None:
            rows = self.states_of_competency(competency, after, _PAGE_ROWS)
            yield from rows
            after = rows[-1]["person_id"] if len(rows) == _PAGE_ROWS else None

    def fresh_documents(self) -> StoredDocuments:
        """Return the engine's documents anew, for a fold that is only tried: what it puts is never written."""
        return StoredDocuments(self._session)

    def states(self, page_rows: int = 1000) -> Iterator[Row]:
        """Yield every state row, by person and competency."""
        last: Row | None = {"person_id": "", "competency": ""}
        while last is not None:
            after = {"person_id": last["person_id"], "competency": last["competency"]}
            rows = self._session.rows("states_after", **after, limit=page_rows)
            yield from rows
            last = rows[-1] if len(rows) == page_rows else None

    def count_states(self) -> int:
        """Return how many state rows there are."""
        return int(one(self._session.rows("count_states"), "states"))

    def cursors(self) -> dict[str, int]:
        """Return how far each target has acknowledged the feed."""
        return {row["target"]: row["seq"] for row in self._session.rows("cursors")}

    def carry_published_into(self, new: Session) -> None:
        """Write into another projection what was published from this one as states and statements."""
        if self.fact(STATES_NOTED) is not None:
            state_changes.carry(self._session, new)
        sent = self.fact(STATEMENTS_SENT)
        if sent is not None:
            after: str | None = ""
            while after is not None:
                rows = self._session.rows("statement_counts_after", after=after, limit=_PAGE_ROWS)
                new.run_many("put_statement_count", rows)
                after = rows[-1]["stream"] if len(rows) == _PAGE_ROWS else None
            facts = {STATEMENTS_SENT: sent, STATEMENTS_PLANNED: self.fact(STATEMENTS_PLANNED)}
            new.run_many("put_fact", [{"name": name, "value": value} for name, value in facts.items() if value])

    def state_changes(self, after: int, limit: int) -> list[StateChange]:
        """Return up to ``limit`` of the states that were noted as changed above the number ``after``, in that order."""
        return state_changes.changes_after(self._session, after, limit)

    def waiting_states(self, after: int) -> int:
        """Return how many states were noted as changed above the number ``after``."""
        return int(one(self._session.rows("count_state_changes", after=after), "changes"))

    def statement_count(self, stream: str) -> int:
        """Return how many statements of a stream (a person, or the tenant) have been published."""
        return one(self._session.rows("statement_count", stream=stream), "sequence") or 0

    def fact(self, name: str) -> str | None:
        """Return a fact about this projection, None when it is not known."""
        found = one(self._session.rows("fact", name=name), "value")
        return None if found is None else str(found)


class Projection:
    """One projection version over its database. One thread folds; any number of threads read and move cursors."""

    def __init__(self, database: Database, version: int) -> None:
        self.version = version
        self._database = database
        self._documents: StoredDocuments | None = None
        self._failed = False
        self._notes_states = False

    def note_state_changes(self) -> None:
        """Note from now on which states each page changes, for whoever publishes them.

        Where pages were folded that noted nothing, every state counts as changed.
        """
        with self._database.write() as session:
            position = Snapshot(session).position()
            if one(session.rows("fact", name=STATES_NOTED), "value") != str(position):
                state_changes.note_all(session, position)
        self._notes_states = True

    def documents(self) -> StoredDocuments:
        """Return the documents that every page folds into, to build the engine on; usable inside a page only.

        Raises ProjectionFault after a page that failed: what the engine knows is then ahead of the database, and
        only a new Projection object may go on.
        """
        if self._failed:
            message = f"a page of projection {self.version} failed: open the projection anew"
            raise ProjectionFault(message)
        if self._documents is None:
            with self._database.read() as session:
                self._documents = StoredDocuments(session)
        return self._documents

    @contextmanager
    def documents_between_pages(self) -> Iterator[StoredDocuments]:
        """Open the documents that pages fold into, to read what the engine knows now."""
        documents = self.documents()
        with self._database.read() as session:
            documents.bind(session)
            yield documents

    @contextmanager
    def page(self, last_position: int) -> Iterator[Page]:
        """Open the transaction of a page that ends at log position ``last_position``.

        Documents, events, state rows and the position are committed together, or not at all: exactly once.
        """
        documents = self.documents()
        self._failed = True
        with self._database.write() as session:
            session.track(last_position)
            documents.bind(session)
            page = Page(session, documents, int(one(session.rows("last_seq"), "seq")))
            yield page
            page.flush()
            if self._notes_states:
                page.note_states(last_position)
        self._failed = False

    @contextmanager
    def made_page(self, last_position: int) -> Iterator[Session]:
        """Open the transaction of a page whose rows were made elsewhere; it ends at log position ``last_position``.

        What was known of the documents before is forgotten.
        """
        self._documents = None
        with self._database.write() as session:
            session.track(last_position)
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Open one unchanging state for reading."""
        with self._database.read() as session:
            yield Snapshot(session)

    def put_cursors(self, cursors: Mapping[str, int]) -> None:
        """Move cursors forward; one that is further already stays."""
        with self._database.write() as session:
            session.run_many("put_cursor", [{"target": target, "seq": seq} for target, seq in cursors.items()])

    def states_published(self, up_to: int, gone: Sequence[int]) -> None:
        """Keep that the changes up to a number were published; ``gone`` are those that told the end of a state."""
        with self._database.write() as session:
            session.run_many("forget_state_change", [{"seq": seq} for seq in gone])
            session.run_many("put_fact", [{"name": STATES_SENT, "value": str(up_to)}])

    def statements_published(self, up_to: int, counts: Mapping[str, int]) -> None:
        """Keep that the statements up to a log position were published, and how many of each stream that makes."""
        rows = [{"stream": stream, "sequence": sequence} for stream, sequence in sorted(counts.items())]
        with self._database.write() as session:
            session.run_many("put_statement_count", rows)
            session.run_many("put_fact", [{"name": STATEMENTS_SENT, "value": str(up_to)}])

    def carry_published(self, old: "Snapshot") -> None:
        """Take over what was published from an old projection as states and statements."""
        with self._database.write() as session:
            old.carry_published_into(session)

    def put_facts(self, facts: Mapping[str, str]) -> None:
        """Keep facts about this projection."""
        with self._database.write() as session:
            session.run_many("put_fact", [{"name": name, "value": value} for name, value in facts.items()])

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()
