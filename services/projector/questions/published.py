"""What is published and who changed what: versions, assignments, the changes with who and why."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import orjson

from lrs.log.entry import LogEntry
from lrs.xapi.faults import NotFound
from projector.mastery.credentials import CREDENTIAL_DOCUMENT
from projector.mastery.documents import Documents, Kind
from projector.mastery.identity import PERSON, find
from projector.mastery.knowledge import TRUST
from projector.mastery.organisation import ASSIGNMENT, GOAL_DOCUMENT, Assignment, assignments_of
from projector.mastery.registry import ACTIVATIONS, ALIASES, ALIGNMENT, FRAMEWORK, POLICY, Version
from projector.mastery.roles import ROLE_DOCUMENT
from projector.mastery.times import moment_of, render
from projector.questions.log import Log
from projector.store.ledger import ENTERED, place_key
from projector.store.projection import Snapshot

VERSIONED: Mapping[str, Kind[Version]] = {
    "Framework": FRAMEWORK,
    "MasteryPolicy": POLICY,
    "Role": ROLE_DOCUMENT,
    "Goal": GOAL_DOCUMENT,
    "Aliases": ALIASES,
    "CredentialRule": CREDENTIAL_DOCUMENT,
}
ASSIGNMENT_COLUMNS = ("personId", "team", "role", "from", "until")


def versions(documents: Documents, kind: str | None) -> Iterator[dict[str, Any]]:
    """Yield every published version of a kind, or of all, by kind, id and version."""
    for name in sorted(VERSIONED):
        if kind in (None, name):
            for key, version in documents.scan(VERSIONED[name]):
                identity, _, number = key.rpartition("#")
                yield {"kind": name, "id": identity, "version": number, "sha256": version.sha256}


def version(documents: Documents, kind: str, identity: str, number: str) -> dict[str, Any]:
    """Return a published document as it was published, numbers exact. Raises NotFound."""
    found = documents.get(VERSIONED[kind], f"{identity}#{number}")
    if found is None:
        raise NotFound(f"no {kind} of this id and version is published")
    document: dict[str, Any] = orjson.loads(found.document)
    return document


def activations(documents: Documents) -> Iterator[dict[str, Any]]:
    """Yield when which policy version decides a competency, by competency and date."""
    for competency, found in documents.scan(ACTIVATIONS):
        for one in found.activations:
            identity, _, number = one.policy_key.rpartition("#")
            told = {"competency": competency, "policy": identity, "version": number, "mode": one.mode}
            yield {**told, "effectiveFrom": render(one.effective_from), "inForce": one.in_force}


def alignments(documents: Documents) -> Iterator[dict[str, Any]]:
    """Yield which competencies an activity feeds, by activity."""
    for activity, found in documents.scan(ALIGNMENT):
        yield {"activity": activity, "competencies": list(found.competencies)}


def trust(documents: Documents) -> Iterator[dict[str, Any]]:
    """Yield how far each authority is believed, by the key of its identifier."""
    for key, found in documents.scan(TRUST):
        yield {"authority": key, "level": found.level, "since": render(found.recorded)}


def assignments(documents: Documents, team: str | None, role: str | None) -> Iterator[tuple[str, Assignment]]:
    """Yield the assignments, of a team or role or all, each with its key, by which they are ordered."""
    for key, found in documents.scan(ASSIGNMENT):
        if team in (None, found.team) and role in (None, found.role):
            yield key, found


def assignment(documents: Documents, found: Assignment) -> dict[str, Any]:
    """Return an assignment and the id of whose it is as JSON values."""
    owner = find(documents, found.identifier)
    return _assignment(found, None if owner is None else owner.id)


def person(documents: Documents, person_id: str) -> dict[str, Any]:
    """Return who a person is: the identifier first seen, how many there are, and the assignments. Raises NotFound."""
    known = documents.get(PERSON, person_id)
    if known is None or not known.identifiers:
        raise NotFound("nobody has this person id")
    found = [one for key in known.identifiers for one in assignments_of(documents, key)]
    told = [_assignment(one, person_id) for one in sorted(found, key=lambda one: (one.start, one.position))]
    head = {"personId": person_id, "identifier": known.label, "identifiers": sorted(known.identifiers)}
    return {**head, "assignments": told}


def changes(snapshot: Snapshot, log: Log, after: int, limit: int) -> list[dict[str, Any]]:
    """Return the administrative changes above a log position: what, when, who and why, without the people concerned."""
    noted = snapshot.documents_above(ENTERED, place_key(after), limit)
    entries = log.get_many([UUID(one.entry_id) for _, one in noted])
    return [_change(int(key), one.topic, one.recorded, entries[UUID(one.entry_id)]) for key, one in noted]


def _change(position: int, topic: str, recorded: int, entry: LogEntry) -> dict[str, Any]:
    body = orjson.loads(entry.payload)
    document = body.get("document") or body.get("policy") or {}
    named = {name: document[name] for name in ("id", "version", "activity", "team", "role") if document.get(name)}
    said = {name: body[name] for name in ("mode", "effectiveFrom", "competency", "action", "level") if name in body}
    told = {"position": position, "topic": topic, "recorded": render(recorded)}
    return {**told, "who": body.get("who"), "why": body.get("why"), **named, **said}


def _assignment(found: Assignment, person_id: str | None) -> dict[str, Any]:
    told = {"personId": person_id, "team": found.team, "role": found.role, "from": _day(found.start)}
    return {**told, "until": None if found.end is None else _day(found.end)}


def _day(at: int) -> str:
    return moment_of(at).date().isoformat()
