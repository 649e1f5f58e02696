"""Everything that must hold of a whole store at rest: the log, its indexes, the tree over it and the projection of it.

``faults(location, data_dir)`` says in words what does not hold; larger tests call it when they are done with a store.
"""

import contextlib
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from lrs.log import frame, terms
from lrs.log.entry import STATEMENT_STORED, LogEntry
from lrs.log.facts import TENANT_CREATED
from lrs.log.graph import MOST_TERMS, NOT_DEFINING, VOIDED, VOIDING
from lrs.log.locks import LOG_FILE
from lrs.log.store import Store, open_store
from lrs.xapi import stored_text
from lrs.xapi.terms import index as found_by
from projector.follow import Follower
from projector.notary.ledger import Ledger
from projector.store.digest import projection_hash
from projector.store.versions import open_versions

VOIDED_VERB = "http://adlnet.gov/expapi/verbs/voided"
POSTGRES_SCHEMA = "mastrail_default"
PAGE = 1_000


def faults(location: str, data_dir: Path) -> list[str]:
    """Return what does not hold of the store at ``location`` (``sqlite`` or a URL), which nobody may be writing to."""
    with open_store(location, data_dir=data_dir, now=lambda: datetime.now(UTC)) as store:
        entries = list(all_entries(store))
        found = [
            *log_faults(entries),
            *index_faults(entries, index_rows(location, data_dir, derived_terms(entries, store))),
            *tree_faults(entries, data_dir),
            *projection_faults(store, location, data_dir),
        ]
    return found[:20]


def all_entries(store: Store) -> Iterator[LogEntry]:
    """Yield the whole log."""
    after = 0
    while page := store.read(after, PAGE):
        yield from page
        after = page[-1].position


def log_faults(entries: Sequence[LogEntry]) -> Iterator[str]:
    """Positions are dense from 1, ``recorded`` never decreases, blobs say what the entries say, ids are unique."""
    if not entries or entries[0].topic != TENANT_CREATED:
        yield "the first entry of the log does not create its tenant"
    if [entry.position for entry in entries] != list(range(1, len(entries) + 1)):
        yield "the positions of the log are not dense from 1"
    if any(later.recorded < earlier.recorded for earlier, later in pairwise(entries)):
        yield "recorded decreases along the log"
    if len({entry.entry_id for entry in entries}) != len(entries):
        yield "an entry id is in the log twice"
    for entry in entries:
        if frame.recorded_micros(entry.blob) != frame.to_micros(entry.recorded):
            yield f"the blob at {entry.position} was recorded at another time than its entry"
        if entry.topic == STATEMENT_STORED:
            yield from statement_faults(entry)


def statement_faults(entry: LogEntry) -> Iterator[str]:
    """The stored text is JSON with the entry's id and time and every property that the store assigns."""
    statement = statement_of(entry)
    if UUID(statement["id"]) != entry.entry_id:
        yield f"the statement at {entry.position} has another id than its entry"
    if frame.to_micros(datetime.fromisoformat(statement["stored"])) != frame.to_micros(entry.recorded):
        yield f"the statement at {entry.position} says another stored time than its entry"
    missing = {"actor", "verb", "object", "timestamp", "authority", "version"} - statement.keys()
    if missing:
        yield f"the statement at {entry.position} lacks {', '.join(sorted(missing))}"


def statement_of(entry: LogEntry) -> dict[str, Any]:
    """Return the statement as the store answers for it."""
    statement: dict[str, Any] = json.loads(stored_text.exact(entry.payload, entry.recorded))
    return statement


@dataclass
class Index:
    """The index tables as they lie in the database; ids are UUIDs, terms are sets."""

    statements: dict[int, tuple[int, frozenset[int]]] = field(default_factory=dict)
    terms: set[tuple[int, int]] = field(default_factory=set)
    refs: set[tuple[UUID, int, UUID]] = field(default_factory=set)
    voidings: set[tuple[UUID, int]] = field(default_factory=set)
    terms_twice: int = 0


def index_rows(location: str, data_dir: Path, derived: Callable[[int], frozenset[int]]) -> Index:
    """Return every index row; ``derived`` gives the terms of a statement whose row keeps none."""
    with connected(location, data_dir) as (connection, schema):

        def rows(table: str, columns: str) -> list[tuple[Any, ...]]:
            return list(connection.execute(f"SELECT {columns} FROM {schema}{table}").fetchall())

        found_by_terms = rows("terms", "term, position")
        if location == "sqlite":
            found_by_terms += rows("recent_terms", "term, position")
        return Index(
            {
                position: (flags, derived(position) if bytes(packed) == terms.DERIVED else terms.unpack(bytes(packed)))
                for position, flags, packed in rows("statements", "position, flags, terms")
            },
            set(found_by_terms),
            {
                (as_id(target), place, as_id(source))
                for target, place, source in rows("refs", "target, position, source")
            },
            {(as_id(target), position) for target, position in rows("voidings", "target, position")},
            len(found_by_terms) - len(set(found_by_terms)),
        )


def derived_terms(entries: Sequence[LogEntry], store: Store) -> Callable[[int], frozenset[int]]:
    """Return a finder of the terms that the statement at a position has by its payload."""
    at = {entry.position: entry for entry in entries}

    def find(position: int) -> frozenset[int]:
        statement = json.loads(stored_text.stored_text(at[position].payload))
        return frozenset(store.term(*pair) for pair in found_by(statement).terms)

    return find


@contextlib.contextmanager
def connected(location: str, data_dir: Path) -> Iterator[tuple[Any, str]]:
    """Lend a connection to the log, and what stands before the name of a table."""
    if location == "sqlite":
        with contextlib.closing(sqlite3.connect(data_dir / LOG_FILE)) as connection:
            yield connection, ""
    else:
        with psycopg.connect(location) as server:
            yield server, f"{POSTGRES_SCHEMA}."


def as_id(value: bytes | UUID) -> UUID:
    """Return an id as both databases give it."""
    return value if isinstance(value, UUID) else UUID(bytes=bytes(value))


def index_faults(entries: Sequence[LogEntry], index: Index) -> Iterator[str]:
    """Each statement has its row and each row its statement; references, voidings and terms follow from the statements."""
    stored = {entry.position: entry for entry in entries if entry.topic == STATEMENT_STORED}
    if index.statements.keys() != stored.keys():
        yield f"index rows and statements differ at {sorted(index.statements.keys() ^ stored.keys())[:5]}"
        return
    handed_on = {(term, position) for position, row in index.statements.items() for term in row[1]}
    own = [position for _, position in index.terms - handed_on]  # the authority, which a statement never hands on
    if not handed_on <= index.terms or len(own) != len(set(own)) or not index.statements.keys() >= set(own):
        yield "the terms of the statements and the table of terms differ"
    if index.terms_twice:
        yield f"of the terms, {index.terms_twice} rows are in two tables"
    yield from reference_faults(stored, index)


def reference_faults(stored: Mapping[int, LogEntry], index: Index) -> Iterator[str]:
    """References and voidings are those of the statements; flags follow; terms are handed on along references."""
    refs: set[tuple[UUID, int, UUID]] = set()
    voidings: set[tuple[UUID, int]] = set()
    for position, entry in stored.items():
        statement = statement_of(entry)
        if statement["object"].get("objectType") == "StatementRef":
            target = UUID(statement["object"]["id"])
            refs.add((target, position, entry.entry_id))
            if statement["verb"]["id"] == VOIDED_VERB:
                voidings.add((target, position))
    if index.refs != refs:
        yield f"the table of references differs from the statements by {len(index.refs ^ refs)} rows"
    if index.voidings != voidings:
        yield f"the table of voidings differs from the statements by {len(index.voidings ^ voidings)} rows"
    position_of = {entry.entry_id: position for position, entry in stored.items()}
    voiding = {position for _, position in voidings}
    targets = {position_of[target] for target, _ in voidings if target in position_of} - voiding
    for position, (flags, _) in index.statements.items():
        expected = VOIDING if position in voiding else VOIDED if position in targets else 0
        if flags & ~NOT_DEFINING != expected:  # that one keeps a scope of the sender, which no statement tells
            yield f"the statement at {position} has the flags {flags}, not {expected}"
    for target, position, _ in refs:
        own = index.statements[position][1]
        if target in position_of and len(own) < MOST_TERMS and not index.statements[position_of[target]][1] <= own:
            yield f"the statement at {position} lacks terms of the statement that it refers to"


def tree_faults(entries: Sequence[LogEntry], data_dir: Path) -> Iterator[str]:
    """The leaves are the first entries of the log, one for each, in order."""
    for file in sorted(data_dir.rglob("notary.sqlite")):
        with contextlib.closing(Ledger(file.parent, read_only=True)) as ledger:
            leaves = ledger.leaves_from(0, len(entries) + 1)
            ledger.edge()
        noted = [(leaf.index, leaf.position, leaf.entry_id) for leaf in leaves]
        logged = [(index, entry.position, entry.entry_id) for index, entry in enumerate(entries[: len(noted)])]
        if noted != logged:
            yield f"the {len(noted)} leaves of the tree are not the first entries of the log"


def projection_faults(store: Store, location: str, data_dir: Path) -> Iterator[str]:
    """The live projection is byte for byte what a replay of the log up to its position gives."""
    versions = open_versions(location, data_dir=data_dir)
    live = versions.live()
    if live is None:
        return
    with contextlib.closing(versions.open(live, read_only=True)) as projection, projection.snapshot() as snapshot:
        position, kept = snapshot.position(), projection_hash(snapshot)
    with tempfile.TemporaryDirectory(prefix="mastrail-replay-") as folder:
        replay = open_versions("sqlite", data_dir=Path(folder)).open(1)
        with contextlib.closing(replay):
            Follower(store, replay).catch_up(up_to=position)
            with replay.snapshot() as snapshot:
                replayed = projection_hash(snapshot)
    if kept != replayed:
        yield f"the projection at position {position} is {kept}, a replay gives {replayed}"
