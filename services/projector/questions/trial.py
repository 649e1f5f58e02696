"""What would change if a policy or framework version were published: the same fold, tried and forgotten."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from lrs.log.entry import STATEMENT_STORED
from lrs.xapi import stored_text
from projector.mastery.credentials import ELIGIBILITY, Eligibility
from projector.mastery.documents import Documents, Kind, T
from projector.mastery.fold import Fold
from projector.mastery.organisation import GOAL
from projector.mastery.registry import ACTIVATIONS, FRAMEWORK, Registry
from projector.mastery.roles import READINESS, Readiness, Role, Roles
from projector.mastery.state import STATE, VALID, State
from projector.mastery.times import instant, parse, render
from projector.questions.deadline import Deadline
from projector.questions.log import Log
from projector.registry.append import version_entry_id
from projector.store.documents import StoredDocuments
from projector.store.exact_json import parse_exactly
from projector.store.projection import Snapshot
from projector.store.tenant import read_tenant

_PAGE = 1000
MOST_NAMED = 1000

Progress = Callable[[int], None]
"""Called with the log position up to which a trial has looked."""


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
        self._left_out = dict.fromkeys(self._named, 0)
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
            self._people[name].add(after.person)
            if len(self._named[name]) < MOST_NAMED:
                self._named[name].append(row)
            else:
                self._left_out[name] += 1

    def told(self) -> dict[str, Any]:
        """Return the counts and, of each kind, up to a thousand people."""
        counts = {name: len(people) for name, people in self._people.items()}
        return {"people": counts, **self._named, "leftOut": self._left_out}


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


class FrameworkTrial:
    """One framework version, and what rests on what it removes."""

    def __init__(self, snapshot: Snapshot, registry: Registry, deadline: Deadline) -> None:
        self._snapshot = snapshot
        self._registry = registry
        self._deadline = deadline
        self._roles = _naming((role.id, [need.competency for need in role.needs]) for role in _current(snapshot))
        goals = snapshot.documents.scan(GOAL)
        self._goals = _naming((goal.id, [name for name, _ in goal.competencies]) for _, goal in goals)
        self._activities = registry.aligned()

    def of(self, document: Mapping[str, Any], log: Log) -> dict[str, Any]:
        """Return what the version would add, change, replace and remove. Raises QueryTimeout."""
        before = _newest(self._snapshot.documents, document["id"], log)
        previous = {} if before is None else {item["id"]: item for item in before["items"]}
        items = {item["id"]: item for item in document["items"]}
        replaced = {old: item["id"] for item in document["items"] for old in item.get("replaces", ())}
        changed = sorted(name for name in set(items) & set(previous) if items[name] != previous[name])
        return {
            "framework": {"id": document["id"], "version": document["version"]},
            "previousVersion": before["version"] if before else None,
            "added": sorted(set(items) - set(previous)),
            "changed": changed,
            "replaced": [{"competency": old, "by": new} for old, new in sorted(replaced.items())],
            "removed": [self._removal(one, replaced.get(one)) for one in sorted(set(previous) - set(items))],
        }

    def _removal(self, competency: str, by: str | None) -> dict[str, Any]:
        self._deadline.check()
        people = {"mastered": 0, "others": 0}
        for row in self._snapshot.standings_in(competency):
            self._deadline.check()
            status = orjson.loads(row["body"])["body"]["status"]
            people["mastered" if status in VALID else "others"] += 1
        activations = self._snapshot.documents.get(ACTIVATIONS, competency)
        decided = sorted({one.policy_key for one in (activations.activations if activations else ())})
        told = {"competency": competency, "replacedBy": by, "people": people, "policies": decided}
        return {
            **told,
            "stoodOnBy": sorted(self._registry.graph.above(competency)),
            "roles": self._roles.get(competency, []),
            "goals": self._goals.get(competency, []),
            "activities": self._activities.get(competency, []),
        }


def _current(snapshot: Snapshot) -> Iterable[Role]:
    return Roles(snapshot.documents).current().values()


def _naming(found: Iterable[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    """Return who names each competency, in order."""
    naming: dict[str, list[str]] = {}
    for name, competencies in sorted(found):
        for competency in competencies:
            naming.setdefault(competency, []).append(name)
    return naming


def _newest(documents: Documents, framework: str, log: Log) -> dict[str, Any] | None:
    """Return the version of a framework that was published last."""
    versions = [version.parsed() for _, version in documents.scan(FRAMEWORK, f"{framework}#")]
    found = {version_entry_id(framework, str(one["version"])): one for one in versions}
    places = {entry_id: entry.position for entry_id, entry in log.get_many(list(found)).items()}
    return max(found.items(), key=lambda one: places.get(one[0], 0), default=(None, None))[1]
