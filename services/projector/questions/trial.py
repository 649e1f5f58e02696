"""What would change if a policy or framework version were published: the same fold, tried and forgotten."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import orjson

from lrs.log.entry import STATEMENT_STORED, LogEntry
from lrs.xapi import stored_text
from projector.follow import read_tenant
from projector.mastery.credentials import ELIGIBILITY, Eligibility
from projector.mastery.documents import Documents, Kind, T
from projector.mastery.fold import Fold
from projector.mastery.organisation import GOAL
from projector.mastery.registry import ACTIVATIONS, ALIGNMENT, FRAMEWORK, Registry
from projector.mastery.roles import READINESS, Readiness, Roles
from projector.mastery.state import STATE, VALID, State
from projector.mastery.times import instant, parse, render
from projector.questions.deadline import Deadline
from projector.store.documents import StoredDocuments
from projector.store.exact_json import parse_exactly
from projector.store.projection import Snapshot

_PAGE = 1000
MOST_NAMED = 1000

Progress = Callable[[int], None]
"""Called with the log position up to which a trial has looked."""


class Log(Protocol):
    """What is read of the log."""

    def read(self, after: int, limit: int) -> list[LogEntry]:
        """Return up to ``limit`` entries above ``after``, ascending."""
        ...

    def head(self) -> tuple[int, datetime | None]:
        """Return the last position and its recorded time."""
        ...


class PolicyTrial:
    """One policy version, as if it came into force now over everything that is in the log."""

    def __init__(self, snapshot: Snapshot, log: Log, deadline: Deadline, progress: Progress | None = None) -> None:
        self._snapshot = snapshot
        self._log = log
        self._deadline = deadline
        self._progress = progress or (lambda _: None)

    def of(self, fact: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """Return who would gain and lose mastery or a level in which competency, and whose readiness would change.

        ``fact`` is a checked activation. A date to come is taken as now, since that is what the question is about.
        Raises QueryTimeout when the log is too long for the time there is.
        """
        before, after = self._snapshot.documents, self._snapshot.fresh_documents()
        start = min(parse(fact["effectiveFrom"]), instant(now))
        tenant, namespace = read_tenant(self._log)
        fold = Fold(after, tenant=tenant, namespace=namespace, history=self._history)
        position = self._snapshot.position() + 1
        fold.apply(position, "PolicyActivated", now, {**fact, "effectiveFrom": render(start)})
        changes = _Changes()
        for key in after.unwritten(STATE):
            changes.take(before.get(STATE, key), after.get(STATE, key))
        readiness, eligible = self._both(after, READINESS), self._both(after, ELIGIBILITY)
        policy = {"id": fact["policy"]["id"], "version": fact["policy"]["version"]}
        told = {"policy": policy, "mode": fact["mode"], "asOf": render(instant(now)), "position": position - 1}
        return {**told, **changes.told(), "roles": _roles(readiness), "credentials": _credentials(eligible)}

    def _both(self, after: StoredDocuments, kind: Kind[T]) -> list[tuple[str, T | None, T | None]]:
        """Return the key of every document of a kind that changed, and the document before and after."""
        before = self._snapshot.documents
        return [(key, before.get(kind, key), after.get(kind, key)) for key in after.unwritten(kind)]

    def _history(self, before: int) -> Iterator[tuple[int, datetime, Mapping[str, Any]]]:
        after = 0
        while entries := self._log.read(after, _PAGE):
            self._deadline.check()
            for entry in entries:
                if entry.position >= before:
                    return
                if entry.topic == STATEMENT_STORED:
                    statement = parse_exactly(stored_text.exact(entry.payload, entry.recorded))
                    yield entry.position, entry.recorded, statement
            after = entries[-1].position
            self._progress(after)


class _Changes:
    """People whose states would change, by what would happen to them."""

    def __init__(self) -> None:
        self._named: dict[str, list[dict[str, Any]]] = {"gained": [], "lost": [], "levelUp": [], "levelDown": []}
        self._people: dict[str, set[str]] = {name: set() for name in (*self._named, "changed")}

    def take(self, before: State | None, after: State | None) -> None:
        """Note one state before and after."""
        if after is None:
            return
        old, new = None if before is None else before.outcome, after.outcome
        had, has = old is not None and old.status in VALID, new.status in VALID
        was = -1 if old is None else old.place
        row: dict[str, Any] = {"personId": after.person, "competency": after.competency}
        row |= {"previous": {"status": old.status if old else None, "level": old.level if old else None}}
        row |= {"current": {"status": new.status, "level": new.level}}
        if old != new:
            self._people["changed"].add(after.person)
        names = ["gained"] * (has and not had) + ["lost"] * (had and not has)
        for name in [*names, *["levelUp"] * (new.place > was), *["levelDown"] * (new.place < was)]:
            self._named[name].append(row)
            self._people[name].add(after.person)

    def told(self) -> dict[str, Any]:
        """Return the counts and, of each kind, up to a thousand people."""
        counts = {name: len(people) for name, people in self._people.items()}
        named = {name: rows[:MOST_NAMED] for name, rows in self._named.items()}
        return {"people": counts, **named, "leftOut": {n: max(0, len(r) - MOST_NAMED) for n, r in self._named.items()}}


def _roles(found: Sequence[tuple[str, Readiness | None, Readiness | None]]) -> list[dict[str, Any]]:
    """Return for each role how many would become ready, and no longer be."""
    counts: dict[str, dict[str, int]] = {}
    for key, before, after in found:
        role = counts.setdefault(key.partition("|")[2], {"becomeReady": 0, "noLongerReady": 0, "changed": 0})
        was, is_now = before is not None and before.ready, after is not None and after.ready
        role["becomeReady"] += is_now and not was
        role["noLongerReady"] += was and not is_now
        role["changed"] += before != after
    return [{"role": role, **counts[role]} for role in sorted(counts)]


def _credentials(found: Sequence[tuple[str, Eligibility | None, Eligibility | None]]) -> list[dict[str, Any]]:
    """Return for each credential how many would become eligible, and no longer be."""
    counts: dict[str, dict[str, int]] = {}
    for key, before, after in found:
        was, is_now = before is not None and before.eligible, after is not None and after.eligible
        if was != is_now:
            credential = counts.setdefault(key.partition("|")[2], {"becomeEligible": 0, "noLongerEligible": 0})
            credential["becomeEligible" if is_now else "noLongerEligible"] += 1
    return [{"credential": name, **counts[name]} for name in sorted(counts)]


def framework_trial(snapshot: Snapshot, registry: Registry, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a framework version would add, change, replace and remove, and what rests on what it removes."""
    documents = snapshot.documents
    before, previous = _newest(documents, document["id"]), {}
    if before is not None:
        previous = {item["id"]: item for item in before["items"]}
    items = {item["id"]: item for item in document["items"]}
    removed = sorted(set(previous) - set(items))
    replaced = {old: item["id"] for item in document["items"] for old in item.get("replaces", ())}
    changed = sorted(name for name in set(items) & set(previous) if items[name] != previous[name])
    return {
        "framework": {"id": document["id"], "version": document["version"]},
        "previousVersion": before["version"] if before else None,
        "added": sorted(set(items) - set(previous)),
        "changed": changed,
        "replaced": [{"competency": old, "by": new} for old, new in sorted(replaced.items())],
        "removed": [_removal(snapshot, registry, one, replaced.get(one)) for one in removed],
    }


def _newest(documents: Documents, framework: str) -> dict[str, Any] | None:
    """Return the version of a framework that was published last, as far as its versions can be ordered."""
    found = [version.parsed() for _, version in documents.scan(FRAMEWORK, f"{framework}#")]
    return max(found, key=lambda one: str(one["version"]), default=None)


def _removal(snapshot: Snapshot, registry: Registry, competency: str, by: str | None) -> dict[str, Any]:
    documents = snapshot.documents
    people = {"mastered": 0, "others": 0}
    for row in snapshot.standings_in(competency):
        status = orjson.loads(row["body"])["body"]["status"]
        people["mastered" if status in VALID else "others"] += 1
    above = sorted(one for one in registry.graph.above(competency))
    decided = sorted({one.policy_key for one in _activations(documents, competency)})
    roles = sorted(r.id for r in Roles(documents).current().values() if competency in [n.competency for n in r.needs])
    goals = sorted(goal.id for _, goal in documents.scan(GOAL) if competency in [name for name, _ in goal.competencies])
    activities = sorted(name for name, one in documents.scan(ALIGNMENT) if competency in one.competencies)
    told = {"competency": competency, "replacedBy": by, "people": people, "policies": decided}
    return {**told, "stoodOnBy": above, "roles": roles, "goals": goals, "activities": activities}


def _activations(documents: Documents, competency: str) -> Sequence[Any]:
    found = documents.get(ACTIVATIONS, competency)
    return () if found is None else found.activations
