"""What was known of a person at an earlier place in the log: the same fold, over the entries up to it (section 1).

Only what can concern the person is folded again: the administrative entries, and the statements that are evidence of
those whose identifiers were ever linked with theirs, and of their assessors.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from lrs.log.entry import STATEMENT_STORED, LogEntry
from lrs.log.facts import FACTS
from lrs.xapi import stored_text
from projector.follow import NOT_FOLDED
from projector.mastery.documents import DictDocuments, Documents
from projector.mastery.evidence import Fact, facts_of
from projector.mastery.fold import STATEMENT, Fold
from projector.mastery.identity import PERSON, identifier, key_of_text
from projector.mastery.registry import facts_keys
from projector.questions.deadline import Deadline
from projector.questions.log import Log
from projector.registry.catalogue import ALIGNMENT_CHANGED
from projector.registry.people import IDENTITY_LINKED, IDENTITY_UNLINKED, PERSON_SPLIT, PERSONS_MERGED
from projector.store.exact_json import parse_exactly
from projector.store.ledger import CLOCK_ENTERED, noted_entries, place_key
from projector.store.projection import Snapshot
from projector.store.tenant import read_tenant

_IDENTITY_TOPICS = {
    PERSONS_MERGED: ("survivor", "merged"),
    IDENTITY_LINKED: ("person", "identifier"),
    IDENTITY_UNLINKED: ("person", "identifier"),
    PERSON_SPLIT: ("from", "identifier"),
}
_PAGE = 500
_NO_STATEMENT = {"id": str(UUID(int=0)), "verb": {"id": "urn:mastrail:nothing"}}


def documents_as_known(snapshot: Snapshot, log: Log, person_id: str, known_at: int, deadline: Deadline) -> Documents:
    """Return the engine's documents about a person as they were once ``known_at`` was folded.

    Raises QueryTimeout when it takes too long.
    """
    if known_at >= snapshot.position():
        return snapshot.documents
    noted = list(noted_entries(snapshot.documents))
    earlier = [(position, entry_id) for position, entry_id, topic in noted if _counts(position, topic, known_at)]
    administrative = list(_entries(log, [entry_id for _, entry_id in earlier], deadline))
    if any(position > known_at and topic == ALIGNMENT_CHANGED for position, _, topic in noted):
        # What was selected then may be selected no longer, so every statement is looked at.
        statements = list(_all_statements(log, known_at, deadline))
    else:
        linked = _linked(administrative, _own_keys(snapshot.documents, person_id))
        wanted = _statements_of(snapshot.documents, linked)
        statements = [entry for entry in _entries(log, wanted, deadline) if entry.position <= known_at]
    return _folded(snapshot, log, known_at, [*administrative, *statements], deadline)


def _counts(position: int, topic: str, known_at: int) -> bool:
    return position <= known_at and topic not in NOT_FOLDED


def _entries(log: Log, entry_ids: Sequence[UUID], deadline: Deadline) -> Iterator[LogEntry]:
    for start in range(0, len(entry_ids), _PAGE):
        deadline.check()
        yield from log.get_many(entry_ids[start : start + _PAGE]).values()


def _all_statements(log: Log, known_at: int, deadline: Deadline) -> Iterator[LogEntry]:
    after = 0
    while page := log.read(after, _PAGE):
        deadline.check()
        yield from (entry for entry in page if entry.position <= known_at and entry.topic == STATEMENT_STORED)
        after = page[-1].position
        if after >= known_at:
            return


def _own_keys(documents: Documents, person_id: str) -> set[str]:
    person = documents.get(PERSON, person_id)
    if person is None:
        return set()
    return {*person.identifiers, *([key_of_text(person.label)] if person.label else [])}


def _linked(entries: Iterable[LogEntry], keys: set[str]) -> set[str]:
    """Return every identifier that was ever linked with one of ``keys``, directly or through others."""
    pairs: list[set[str]] = []
    for entry in entries:
        if entry.topic in _IDENTITY_TOPICS:
            body = parse_exactly(entry.payload)
            found = (identifier(body[name]) for name in _IDENTITY_TOPICS[entry.topic])
            pairs.append({one.key for one in found if one is not None})
    known, before = set(keys), -1
    while len(known) != before:
        before = len(known)
        for pair in pairs:
            if known & pair:
                known |= pair
    return known


def _statements_of(documents: Documents, keys: set[str]) -> list[UUID]:
    """Return the statements that are evidence about these identifiers or their assessors, and those that void them."""
    policies = facts_keys(documents)
    wanted: dict[str, None] = {}
    seen: set[str] = set()
    waiting = sorted(keys)
    while waiting:
        key = waiting.pop()
        seen.add(key)
        for fact in _facts(documents, policies, key):
            wanted[fact.statement] = None
            if fact.void is not None:
                wanted[fact.void.statement] = None
            if fact.assessor is not None and fact.assessor not in seen and fact.assessor not in waiting:
                waiting.append(fact.assessor)
    return [UUID(one) for one in wanted]


def _facts(documents: Documents, policies: Sequence[str], key: str) -> Iterator[Fact]:
    for policy in policies:
        yield from facts_of(documents, policy, [key])


def _folded(
    snapshot: Snapshot, log: Log, known_at: int, entries: Sequence[LogEntry], deadline: Deadline
) -> DictDocuments:
    documents = DictDocuments()
    clock = _clock(snapshot, log, known_at)
    ordered = sorted([*entries, *([] if clock is None else [clock])], key=lambda entry: entry.position)

    def history(before: int) -> Iterator[tuple[int, Any, Mapping[str, Any]]]:
        for entry in ordered:
            if entry.position < before and entry.topic == STATEMENT_STORED:
                yield entry.position, entry.recorded, _statement(entry)

    tenant, namespace = read_tenant(log)
    fold = Fold(documents, tenant=tenant, namespace=namespace, history=history)
    for place, entry in enumerate(ordered):
        if place % _PAGE == 0:
            deadline.check()
        if entry.topic == STATEMENT_STORED:
            fold.apply(entry.position, STATEMENT, entry.recorded, _statement(entry))
        else:
            kind = FACTS[entry.topic].__name__
            fold.apply(entry.position, kind, entry.recorded, parse_exactly(entry.payload))
    for last in log.read(known_at - 1, 1):
        fold.apply(known_at, STATEMENT, last.recorded, _NO_STATEMENT)  # dates that came meanwhile take effect
    return documents


def _clock(snapshot: Snapshot, log: Log, known_at: int) -> LogEntry | None:
    noted = snapshot.last_document(CLOCK_ENTERED, place_key(known_at))
    return None if noted is None else log.get(UUID(noted.entry_id))


def _statement(entry: LogEntry) -> dict[str, Any]:
    return parse_exactly(stored_text.exact(entry.payload, entry.recorded))
