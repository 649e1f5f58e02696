"""What the engine knows besides facts: trust, decisions, the clock, which version decides (sections 1 and 12)."""

from dataclasses import dataclass

import msgspec

from projector.mastery.documents import Documents, Kind
from projector.mastery.environment import Decision, Environment, Surroundings, TrustLevel
from projector.mastery.evaluate import carried, evaluate, refused_since
from projector.mastery.evidence import Fact, facts_of
from projector.mastery.identity import OWNER, Person
from projector.mastery.registry import Activation, Registry
from projector.mastery.rulebook import CARRY, REQUIRE_NEW, Policy
from projector.mastery.state import NOTHING, STATE, Assessed, Outcome, state_key


class Clock(msgspec.Struct, frozen=True):
    """The last time of the log."""

    now: int


class Decisions(msgspec.Struct, frozen=True):
    """The decisions about one identifier and competency."""

    decisions: tuple[Decision, ...]


TRUST = Kind("trust", TrustLevel)
CLOCK = Kind("clock", Clock)
DECISIONS = Kind("decisions", Decisions)


def decisions_key(competency: str, identifier_key: str) -> str:
    """Return the key of the decisions about one identifier and competency."""
    return f"{competency}|{identifier_key}"


def clock_of(documents: Documents) -> int | None:
    """Return the last time of the log, None before the first."""
    known = documents.get(CLOCK, "log")
    return None if known is None else known.now


def decisions_of(documents: Documents, person: Person, competency: str, as_of: int | None) -> list[Decision]:
    """Return the decisions about a person and competency up to ``as_of``, oldest first."""
    found: list[Decision] = []
    for key in person.identifiers:
        known = documents.get(DECISIONS, decisions_key(competency, key))
        found.extend(one for one in (known.decisions if known else ()) if as_of is None or one.recorded <= as_of)
    return sorted(found, key=lambda one: (one.recorded, one.position))


@dataclass(frozen=True, slots=True)
class Ruling:
    """The version that decides for a person, what it refuses as too early, and the facts that it looks at.

    ``refused`` is how newer pieces ended under the version that waits, where this one is ``carried``.
    """

    policy: Policy
    not_before: int | None
    facts: list[Fact]
    carried: bool
    refused: tuple[Assessed, ...] = ()


class Rulings:
    """Which policy version decides a person and competency: the newest, or under ``carry`` the one before (12, 18).

    ``surroundings`` say what new evidence rests on.
    """

    def __init__(self, documents: Documents, registry: Registry, surroundings: Surroundings) -> None:
        self._documents = documents
        self._registry = registry
        self._surroundings = surroundings

    def of(self, person: Person, competency: str, as_of: int | None = None) -> Ruling | None:
        """Return the ruling, None when no version is in force."""
        activations = [*self._registry.activations(competency, as_of)]
        return self._ruling(person, activations, as_of) if activations else None

    def of_newest(self, competency: str) -> Ruling | None:
        """Return the ruling, without facts, where the newest version decides whatever the facts are; else None."""
        activations = self._registry.activations(competency)
        if not activations or (activations[-1].mode == CARRY and len(activations) > 1):
            return None
        newest = activations[-1]
        not_before = newest.effective_from if newest.mode == REQUIRE_NEW else None
        return Ruling(self._registry.deciding(newest.policy_key), not_before, [], carried=False)

    def _ruling(self, person: Person, activations: list[Activation], as_of: int | None) -> Ruling:
        newest = activations[-1]
        policy = self._registry.deciding(newest.policy_key, as_of)
        facts = facts_of(self._documents, policy.facts, person.identifiers)
        if newest.mode == CARRY and len(activations) > 1:
            start = max(newest.effective_from, newest.recorded)
            before = self._ruling(person, activations[:-1], as_of)
            old = [fact for fact in before.facts if fact.stored < start]
            environment = Environment(policy, person.id, as_of, surroundings=self._surroundings)
            refused = refused_since(facts, environment, start) if old else None
            if refused is not None:
                return Ruling(before.policy, before.not_before, old, carried=True, refused=(*before.refused, *refused))
        not_before = newest.effective_from if newest.mode == REQUIRE_NEW else None
        return Ruling(policy, not_before, facts, carried=False)


class Known:
    """Surroundings read from the documents as they stand."""

    def __init__(self, documents: Documents, registry: Registry) -> None:
        self._documents = documents
        self._registry = registry

    def trust(self, authority: str) -> TrustLevel | None:
        """Return the level of an authority, None when no entry ever set it."""
        return self._documents.get(TRUST, authority)

    def person_of(self, identifier_key: str) -> str:
        """Return whose an identifier is, or the key itself."""
        owner = self._documents.get(OWNER, identifier_key)
        if owner is None and self._registry.elsewhere is not None:
            owner = self._registry.elsewhere.get(OWNER, identifier_key)
        return identifier_key if owner is None else owner.person

    def standing(self, person: str, competency: str) -> tuple[Policy | None, Outcome]:
        """Return the kept state."""
        known = self._documents.get(STATE, state_key(person, competency))
        if known is None:
            return self._registry.in_force(competency), NOTHING
        return self._registry.policy(f"{known.policy.id}#{known.policy.version}"), known.outcome


def environment_of(
    documents: Documents, person: Person, ruling: Ruling, surroundings: Surroundings, as_of: int | None = None
) -> Environment:
    """Return the environment in which a person's facts are evaluated, now or at ``as_of``."""
    return Environment(
        policy=ruling.policy,
        person=person.id,
        as_of=as_of,
        clock=clock_of(documents),
        not_before=ruling.not_before,
        decisions=decisions_of(documents, person, ruling.policy.competency, as_of),
        surroundings=surroundings,
    )


def outcome_of(
    documents: Documents, person: Person, ruling: Ruling, surroundings: Surroundings, as_of: int | None
) -> Outcome:
    """Return what a person's facts come to under a ruling, from the facts alone."""
    environment = environment_of(documents, person, ruling, surroundings, as_of)
    return carried(ruling.policy, evaluate(ruling.facts, environment), ruling.refused)
