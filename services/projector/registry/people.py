"""Commands about people: who is whom, whose word counts how much, and what a person in charge decides."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from projector.mastery.identity import identifier
from projector.registry.append import By, Change, Log, append_fact
from projector.registry.faults import invalid

NewId = Callable[[], UUID]
Agent = Mapping[str, Any]

TRUST_CHANGED = "mastrail.trust.changed.v1"
IDENTITY_LINKED = "mastrail.identity.linked.v1"
IDENTITY_UNLINKED = "mastrail.identity.unlinked.v1"
PERSONS_MERGED = "mastrail.persons.merged.v1"
PERSON_SPLIT = "mastrail.person.split.v1"
DECISION = "mastrail.decision.v1"

_IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")
_HIGHEST_TRUST = 3


def set_trust(log: Log, authority: Agent, level: int, by: By, *, new_id: NewId) -> Change:
    """Say how far statements of an authority are believed: ``level`` 0 (not at all) to 3.

    Raises InvalidDocument, as all commands here, for what is no identified agent or what the engine cannot fold.
    """
    if not isinstance(level, int) or isinstance(level, bool) or not 0 <= level <= _HIGHEST_TRUST:
        message = f"a trust level is a whole number from 0 to {_HIGHEST_TRUST}"
        raise invalid(message, "/level", "trust")
    return append_fact(
        log, TRUST_CHANGED, new_id(), {"authority": only_identity(authority, "authority"), "level": level}, by
    )


def link_identity(log: Log, person: Agent, other: Agent, by: By, *, new_id: NewId) -> Change:
    """Say that the identifier of ``other`` belongs to ``person``."""
    fact = {"person": only_identity(person, "person"), "identifier": only_identity(other, "identifier")}
    return append_fact(log, IDENTITY_LINKED, new_id(), fact, by)


def unlink_identity(log: Log, person: Agent, other: Agent, by: By, *, new_id: NewId) -> Change:
    """Take back that the identifier of ``other`` belongs to ``person``."""
    fact = {"person": only_identity(person, "person"), "identifier": only_identity(other, "identifier")}
    return append_fact(log, IDENTITY_UNLINKED, new_id(), fact, by)


def merge_persons(log: Log, survivor: Agent, merged: Agent, by: By, *, new_id: NewId) -> Change:
    """Say that ``merged`` is ``survivor``, whose person id remains."""
    fact = {"survivor": only_identity(survivor, "survivor"), "merged": only_identity(merged, "merged")}
    if fact["survivor"] == fact["merged"]:
        raise invalid("a person cannot be merged with themselves", "/merged", "merge")
    return append_fact(log, PERSONS_MERGED, new_id(), fact, by)


def split_person(log: Log, person: Agent, other: Agent, by: By, *, new_id: NewId) -> Change:
    """Say that the identifier of ``other`` is not ``person`` but somebody else."""
    fact = {"from": only_identity(person, "from"), "identifier": only_identity(other, "identifier")}
    return append_fact(log, PERSON_SPLIT, new_id(), fact, by)


@dataclass(frozen=True, slots=True)
class Decision:
    """That a person is granted, or loses, mastery of a competency by decision."""

    person: Agent
    competency: str
    action: Literal["grant", "revoke"]


def decide(log: Log, decision: Decision, by: By, *, new_id: NewId) -> Change:
    """Grant or revoke mastery by decision; the reason is the ``why`` of ``by``."""
    if decision.action not in ("grant", "revoke"):
        raise invalid("a decision grants or revokes", "/action", "decision")
    fact = {
        "person": only_identity(decision.person, "person"),
        "competency": decision.competency,
        "action": decision.action,
        "reason": by.why,
    }
    return append_fact(log, DECISION, new_id(), fact, by)


def only_identity(agent: Agent, name: str) -> dict[str, Any]:
    """Return the agent's one inverse functional identifier and nothing else: names have no place in the log."""
    given = [kind for kind in _IDENTIFIERS if kind in agent] if isinstance(agent, Mapping) else []
    if len(given) != 1 or identifier(agent) is None:
        message = f"{name} is an agent with one of {', '.join(_IDENTIFIERS)}"
        raise invalid(message, f"/{name}", "agent")
    return {given[0]: agent[given[0]]}
