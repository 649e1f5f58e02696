"""One append under the lock that gives positions: what the database says, who conflicts, what is written.

The lock makes the look authoritative: an id that is not there cannot appear before the commit, so a conflict is
found before anything is written and harms no other group of the same commit.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any
from uuid import UUID

from eventsourcing.persistence import IntegrityError, StoredEvent

from lrs.log import frame, terms
from lrs.log.entry import HashedEntry, Receipt
from lrs.log.faults import EntryConflict
from lrs.log.graph import Graph
from lrs.log.session import Query, Row, Session


@dataclass(slots=True)
class Pending:
    """An entry on its way in, and its frame without a time."""

    entry: HashedEntry
    undated: bytes = b""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt whose outcome is unknown since the connection was lost in the commit.

    ``frames`` are the ids and the frames, without their time, of what it would have stored beyond position ``after``.
    """

    after: int
    frames: Sequence[tuple[UUID, bytes]]


@dataclass(slots=True)
class Append:
    """Groups to commit together, each wholly or not at all, and what became of each.

    An entry that is found with exactly the frame of one of the ``attempts``, and where that would have stored it, was
    stored by that attempt, so it is no conflict. ``derive`` returns the terms of a statement whose row keeps none.
    """

    groups: Sequence[Sequence[Pending]]
    derive: Callable[[Row], frozenset[int]]
    results: list[Receipt | EntryConflict] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)


def single_group(stored_events: Sequence[StoredEvent]) -> Append:
    """Return the append of events that were handed to the library without groups or index."""
    group = [Pending(HashedEntry(_entry_id(event), event.topic, event.state)) for event in stored_events]
    return Append([group], lambda _row: frozenset())


def seal(append: Append, stored_events: Sequence[StoredEvent]) -> None:
    """Give each pending entry the state that the mapper made of it."""
    for pending, event in zip(chain.from_iterable(append.groups), stored_events, strict=True):
        pending.undated = event.state


def only_positions(append: Append) -> Sequence[int]:
    """Return the positions of the one group.

    Raises the library's IntegrityError when the group conflicts.
    """
    result = append.results[0]
    if isinstance(result, EntryConflict):
        raise IntegrityError(str(result)) from result
    return result.positions


def last_position(append: Append, before: int) -> int:
    """Return the last position that ``append`` gave out, ``before`` when that is later or it gave out none."""
    receipts = (result for result in append.results if isinstance(result, Receipt) and result.positions)
    return max([before, *(receipt.positions[-1] for receipt in receipts)])


def _entry_id(event: StoredEvent) -> UUID:
    if not isinstance(event.originator_id, UUID):
        raise TypeError("entry ids are UUIDs")
    return event.originator_id


@dataclass(slots=True)
class _Known:
    """What the database says under the lock."""

    position: int
    recorded: int
    stored: Mapping[UUID, Row]
    voided: Sequence[Row]
    referrers: Sequence[Row]
    targets: Sequence[Row]


def run(session: Session, append: Append, now_micros: int) -> bool:
    """Write every group without a conflict and fill ``append.results``; return whether anything was written.

    ``now_micros`` is the caller's clock read under the lock; a database with a clock of its own answers with that.
    """
    known = _look(session, list(chain.from_iterable(append.groups)), now_micros)
    append.results = []
    accepted: list[Pending] = []
    position = known.position
    taken: set[UUID] = set()
    for group in append.groups:
        earlier = _stored_by_an_earlier_attempt(group, known, append)
        conflicts = [] if earlier else _conflicts(group, known, taken)
        if earlier:
            append.results.append(earlier)
        elif conflicts:
            append.results.append(EntryConflict(conflicts))
        else:
            taken.update(pending.entry.entry_id for pending in group)
            accepted.extend(group)
            places = tuple(range(position + 1, position + len(group) + 1))
            position += len(group)
            append.results.append(Receipt(places, frame.from_micros(known.recorded)))
    if accepted:
        _write(session, append, accepted, known)
    return bool(accepted)


def _look(session: Session, pendings: Sequence[Pending], now_micros: int) -> _Known:
    ids = {"ids": [pending.entry.entry_id for pending in pendings]}
    targets = {"ids": [index.refers_to for p in pendings if (index := p.entry.indexed) and index.refers_to]}
    queries: list[Query] = [("select_head_and_clock", {"now": now_micros, **ids})]
    queries += [("select_nodes", targets)] if targets["ids"] else []
    [head], *nodes = session.look(queries)
    of_ids: list[Query] = [("select_stored", ids), ("select_voided", ids), ("select_referrers", ids)]
    stored, voided, referrers = session.look(of_ids) if head["has_known"] else ([], [], [])
    last = head["clock"] if head["state"] is None else frame.recorded_micros(head["state"])
    by_id = {row["entry_id"]: row for row in stored}
    return _Known(head["position"], max(head["clock"], last), by_id, voided, referrers, nodes[0] if nodes else [])


def _stored_by_an_earlier_attempt(group: Sequence[Pending], known: _Known, append: Append) -> Receipt | None:
    if not append.attempts or not group:
        return None
    after = {one: attempt.after for attempt in reversed(append.attempts) for one in attempt.frames}
    rows = [known.stored.get(pending.entry.entry_id) for pending in group]
    found = [row for row in rows if row is not None and _is_of_attempt(row, after)]
    if len(found) != len(group):
        return None
    recorded = frame.from_micros(frame.recorded_micros(found[-1]["state"]))
    return Receipt(tuple(row["position"] for row in found), recorded)


def _is_of_attempt(row: Row, after: Mapping[tuple[UUID, bytes], int]) -> bool:
    before = after.get((row["entry_id"], frame.undate(row["state"])))
    return before is not None and row["position"] > before


def _conflicts(group: Sequence[Pending], known: _Known, taken: set[UUID]) -> list[UUID]:
    ids = {pending.entry.entry_id for pending in group}
    if len(ids) == len(group) and ids.isdisjoint(known.stored) and ids.isdisjoint(taken):
        return []
    seen: set[UUID] = set()
    conflicts: list[UUID] = []
    for pending in group:
        entry_id = pending.entry.entry_id
        if entry_id in known.stored or entry_id in taken or entry_id in seen:
            conflicts.append(entry_id)
        seen.add(entry_id)
    return conflicts


def _write(session: Session, append: Append, accepted: Sequence[Pending], known: _Known) -> None:
    first = known.position + 1
    positions = range(first, first + len(accepted))
    ids = [pending.entry.entry_id for pending in accepted]
    append.attempts.append(Attempt(known.position, [(pending.entry.entry_id, pending.undated) for pending in accepted]))
    blobs = [frame.date(known.recorded, pending.undated) for pending in accepted]
    topics = [pending.entry.topic for pending in accepted]
    session.run_columns("insert_event", {"position": positions, "entry_id": ids, "topic": topics, "state": blobs})
    _write_index(session, append, accepted, known)
    for position, pending in zip(positions, accepted, strict=True):
        for side in pending.entry.side_rows:
            stamp: dict[str, Any] = {"position": position, "recorded": known.recorded}
            session.run(side.query, {**side.parameters, **stamp})


def _write_index(session: Session, append: Append, accepted: Sequence[Pending], known: _Known) -> None:
    first = known.position + 1
    graph = Graph(first, (row["target"] for row in known.voided))
    _know(graph, append, known.targets)
    _know_referrers(graph, append, known.referrers)
    refs: list[tuple[UUID, int, UUID]] = []
    voidings: list[tuple[UUID, int]] = []
    found_by: dict[int, list[int]] = defaultdict(list)
    derivable: set[int] = set()
    for position, pending in enumerate(accepted, start=first):
        index = pending.entry.indexed
        if index is None:
            continue
        graph.add(pending.entry.entry_id, position, index)
        for term in index.own_terms:
            found_by[term].append(position)
        if index.is_derivable and index.refers_to is None:
            derivable.add(position)
        if index.refers_to is not None:
            refs.append((index.refers_to, position, pending.entry.entry_id))
        if index.voids is not None:
            voidings.append((index.voids, position))
    while asked := list(graph.unasked):
        _know_referrers(graph, append, session.look([("select_referrers", {"ids": asked})])[0])
        graph.know_referrers(asked)
    _write_statements(session, graph, derivable)
    _write_terms(session, graph, found_by)
    _run_rows(session, "insert_ref", ("target", "position", "source"), refs)
    _run_rows(session, "insert_voiding", ("target", "position"), voidings)


def _know(graph: Graph, append: Append, rows: Sequence[Row]) -> None:
    for row in rows:
        found = sorted(append.derive(row)) if row["terms"] == terms.DERIVED else terms.in_order(row["terms"])
        graph.know(row["entry_id"], row["position"], row["flags"], found)


def _know_referrers(graph: Graph, append: Append, rows: Sequence[Row]) -> None:
    _know(graph, append, rows)
    for row in rows:
        graph.know_reference(row["entry_id"], row["target"])


def _write_statements(session: Session, graph: Graph, derivable: Collection[int]) -> None:
    new = [
        (node.position, node.flags, terms.DERIVED if node.position in derivable else terms.pack(node.terms))
        for node in graph.new
    ]
    changed = [(node.position, node.flags, terms.pack(node.terms)) for node in graph.changed.values()]
    _run_rows(session, "insert_statement", ("position", "flags", "terms"), new)
    _run_rows(session, "update_statement", ("position", "flags", "terms"), changed)


def _write_terms(session: Session, graph: Graph, found_by: dict[int, list[int]]) -> None:
    """Write the terms in the order of their index: the rows of one term lie beside one another."""
    for node in graph.new:
        for term in node.terms:
            found_by[term].append(node.position)
    for term, position in graph.gained:
        found_by[term].append(position)
    ordered = sorted(found_by)
    if ordered:
        of_terms = [found_by[term] for term in ordered]
        by_row = [*chain.from_iterable(map(repeat, ordered, map(len, of_terms)))]
        session.run_columns("insert_term", {"term": by_row, "position": [*chain.from_iterable(of_terms)]})


def _run_rows(session: Session, query: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        session.run_columns(query, {name: [row[place] for row in rows] for place, name in enumerate(names)})
