"""F of section 1 without any cleverness: everything from the whole prefix, for every answer (rule book, section 13).

Only tests use it, as the yardstick of the incremental fold. It shares with it the evaluation of one person and
competency, and nothing of what makes the fold incremental: no index, no stored facts, no order of visits.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from projector.mastery.environment import Decision, Environment, TrustLevel
from projector.mastery.evaluate import carried, evaluate, refused_since
from projector.mastery.evidence import Fact, Void, effective_time, make_fact
from projector.mastery.identity import authority_of, identifier
from projector.mastery.naive_aliases import NaiveAliases
from projector.mastery.policy import compile_policy
from projector.mastery.rulebook import CARRY, REQUIRE_NEW, Policy
from projector.mastery.state import NOTHING, Assessed, Outcome
from projector.mastery.statements import VOIDED, normalise, verb_of, voided_target
from projector.mastery.subject import subjects_of
from projector.mastery.times import parse


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log as F reads it; ``recorded`` is an instant."""

    position: int
    kind: str
    recorded: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Active:
    policy: Policy
    effective_from: int
    mode: str
    position: int
    recorded: int


def _statements(facts: Sequence[Fact]) -> list[str]:
    return [fact.statement for fact in facts]


def _key(agent: object) -> str:
    found = identifier(agent)
    return "" if found is None else found.key


class Oracle:
    """The outcomes of every person and competency after a prefix; people are named by their surviving identifier."""

    def __init__(self, documents: Sequence[Mapping[str, Any]], entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._horizon = max((entry.recorded for entry in entries), default=0)
        clocks = [parse(entry.body["now"]) for entry in entries if entry.kind == "ClockAdvanced"]
        self._clock = max(clocks, default=None)
        self._owners: dict[str, str] = {}
        self._erasures: list[tuple[str, int]] = []
        self._link()
        self._aliases = NaiveAliases(self._table())
        self._active = [self._activation(document, {}, 0, None) for document in documents]
        for entry in entries:
            if entry.kind == "PolicyActivated":
                document, position = entry.body["policy"], entry.position
                self._active.append(self._activation(document, entry.body, position, entry.recorded))
        self._facts = {one.policy.key: self._facts_under(one.policy) for one in self._active}
        self.outcomes: dict[tuple[str, str], tuple[Policy, Outcome]] = {}
        self._settle()

    def _activation(
        self, document: Mapping[str, Any], body: Mapping[str, Any], position: int, recorded: int | None
    ) -> _Active:
        policy = compile_policy(document)
        start = parse(body["effectiveFrom"]) if "effectiveFrom" in body else policy.effective_from
        mode = body.get("mode") or policy.on_version_change
        return _Active(policy, start, mode, position, start if recorded is None else recorded)

    def _table(self) -> Mapping[str, Any] | None:
        """Return the table of aliases that counts."""
        now = max(self._horizon, self._clock or 0)
        found = [
            (parse(entry.body["document"]["effectiveFrom"]), entry.position, entry.body["document"])
            for entry in self._entries
            if entry.kind == "AliasesPublished"
        ]
        counting = sorted((one for one in found if one[0] <= now), key=lambda one: one[:2])
        return counting[-1][2] if counting else None

    def _link(self) -> None:
        for entry in self._entries:
            body = entry.body
            if entry.kind == "PersonsMerged":
                survivor, merged = self.person_of(_key(body["survivor"])), self.person_of(_key(body["merged"]))
                known = {*self._owners, _key(body["merged"]), merged}
                for key in sorted(known):
                    if self.person_of(key) == merged:
                        self._owners[key] = survivor
            elif entry.kind == "IdentityLinked":
                self._owners[_key(body["identifier"])] = self.person_of(_key(body["person"]))
            elif entry.kind in ("PersonSplit", "IdentityUnlinked"):
                self._owners[_key(body["identifier"])] = _key(body["identifier"])
            elif entry.kind == "LearnerErased":
                self._erase(_key(body["person"]), entry.recorded)

    def _erase(self, named: str, recorded: int) -> None:
        """Note the erasure of every identifier that was the person's, and that nothing links them any more."""
        person = self.person_of(named)
        for key in sorted({named, person, *self._owners}):
            if self.person_of(key) == person:
                self._erasures.append((key, recorded))
        self._owners = {key: owner for key, owner in self._owners.items() if person not in (owner, key)}

    def person_of(self, identifier_key: str) -> str:
        """Return the identifier by which the person of an identifier is named."""
        return self._owners.get(identifier_key, identifier_key)

    def trust(self, authority: str) -> TrustLevel | None:
        """Return the last level that an entry set."""
        found = None
        for entry in self._entries:
            named = authority_of(entry.body.get("authority")) if entry.kind == "TrustChanged" else None
            newest = found is None or entry.recorded >= found.recorded
            if named is not None and named.key == authority and newest:
                found = TrustLevel(entry.body["level"], entry.recorded)
        return found

    def _void_of(self, statement: str) -> Void | None:
        voids = []
        for entry in self._entries:
            if entry.kind == "statement" and voided_target(entry.body) == statement:
                at, _ = effective_time(entry.body, entry.recorded, entry.recorded)
                voids.append(Void(entry.body["id"].lower(), entry.recorded, at))
        return min(voids, key=lambda void: (void.stored, void.statement), default=None)

    def _erased(self, key: str, stored: int) -> bool:
        return any(stored <= recorded and erased == key for erased, recorded in self._erasures)

    def _facts_under(self, policy: Policy) -> list[tuple[str, Fact]]:
        found: list[tuple[str, Fact]] = []
        for entry in self._entries:
            if entry.kind == "statement" and verb_of(entry.body) != VOIDED:
                found.extend(self._facts_of(entry, policy))
        return found

    def _facts_of(self, entry: Entry, policy: Policy) -> Iterator[tuple[str, Fact]]:
        statement = normalise(entry.body)
        rule = next((rule for rule in policy.rules if self._aliases.selects(rule.match, statement)), None)
        subjects = "" if rule is None else subjects_of(statement, policy, rule)
        for subject in subjects if rule is not None and not isinstance(subjects, str) else ():
            if rule is not None and not self._erased(subject.key, entry.recorded):
                fact = make_fact(self._aliases.meant(statement), entry.position, entry.recorded, policy, rule)
                yield subject.key, msgspec.structs.replace(fact, void=self._void_of(fact.statement))

    def _decisions(self, person: str, competency: str) -> list[Decision]:
        found = [
            Decision(entry.body["action"], entry.recorded, entry.position, entry.body.get("reason", ""))
            for entry in self._entries
            if entry.kind == "Decision" and entry.body["competency"] == competency
            if self.person_of(_key(entry.body["person"])) == person
            if not self._erased(_key(entry.body["person"]), entry.recorded)
        ]
        return sorted(found, key=lambda one: (one.recorded, one.position))

    def _in_force(self, competency: str) -> list[_Active]:
        now = max(self._horizon, self._clock or 0)
        found = [one for one in self._active if one.policy.competency == competency and one.effective_from <= now]
        return sorted(found, key=lambda one: (one.effective_from, one.position))

    def _ruling(self, person: str, active: list[_Active]) -> tuple[_Active, list[Fact], tuple[Assessed, ...]]:
        newest = active[-1]
        known = [fact for key, fact in self._facts[newest.policy.key] if self.person_of(key) == person]
        facts = [one for place, one in enumerate(known) if one.statement not in _statements(known[:place])]
        if newest.mode == CARRY and len(active) > 1:
            start = max(newest.effective_from, newest.recorded)
            before, earlier, others = self._ruling(person, active[:-1])
            old = [fact for fact in earlier if fact.stored < start]
            refused = refused_since(facts, Environment(newest.policy, person, surroundings=self), start)
            if old and refused is not None:
                return before, old, (*others, *refused)
        return newest, facts, ()

    def standing(self, person: str, competency: str) -> tuple[Policy | None, Outcome]:
        """Return the outcome found so far."""
        found = self.outcomes.get((person, competency))
        active = self._in_force(competency)
        return (active[-1].policy if active else None, NOTHING) if found is None else found

    def _people(self) -> list[str]:
        keys = [key for facts in self._facts.values() for key, _ in facts]
        keys += [_key(entry.body["person"]) for entry in self._entries if entry.kind == "Decision"]
        return list(dict.fromkeys(self.person_of(key) for key in keys))

    def _settle(self) -> None:
        """Evaluate everything until nothing changes any more."""
        competencies = list(dict.fromkeys(one.policy.competency for one in self._active))
        while True:
            before = dict(self.outcomes)
            for person in self._people():
                for competency in competencies:
                    self._evaluate(person, competency)
            if before == self.outcomes:
                return

    def _evaluate(self, person: str, competency: str) -> None:
        active = self._in_force(competency)
        if not active:
            return
        ruling, facts, refused = self._ruling(person, active)
        environment = Environment(
            policy=ruling.policy,
            person=person,
            clock=self._clock,
            not_before=ruling.effective_from if ruling.mode == REQUIRE_NEW else None,
            decisions=self._decisions(person, competency),
            surroundings=self,
        )
        self.outcomes[person, competency] = (
            ruling.policy,
            carried(ruling.policy, evaluate(facts, environment), refused),
        )
