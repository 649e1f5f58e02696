"""What a statement can be found by: the terms that the filters of GET statements ask for (Communication 2.1.3).

Kinds: ``verb``, ``agent``, ``related_agent``, ``activity``, ``related_activity``, ``registration``, ``authority``. An
agent's value is its canonical identifier, so that two writings of the same inverse functional identifier are one term.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lrs.xapi.rules import VOIDED

_CONTEXT_AGENTS = (("contextAgents", "agent"), ("contextGroups", "group"))


@dataclass(frozen=True, slots=True)
class Terms:
    """The (kind, value) pairs of one statement, the statement its StatementRef names, and the same when it voids.

    A statement that refers to this one is found by its ``terms`` too, but not by its ``own_terms``.
    """

    terms: tuple[tuple[str, str], ...]
    refers_to: UUID | None = None
    voids: UUID | None = None
    own_terms: tuple[tuple[str, str], ...] = ()


def index(body: Mapping[str, Any]) -> Terms:
    """Return the terms of a valid statement."""
    target = body["object"]
    kind = target.get("objectType", "Activity")
    verb = body["verb"]["id"]
    agents = dict.fromkeys(_agents(body["actor"]))
    related_activities: dict[str, None] = {}
    found: dict[tuple[str, str], None] = {("verb", verb): None}
    refers_to = None
    if kind == "Activity":
        found["activity", target["id"]] = None
        related_activities[target["id"]] = None
    elif kind in ("Agent", "Group"):
        agents.update(dict.fromkeys(_agents(target)))
    elif kind == "StatementRef":
        refers_to = UUID(target["id"])
    related_agents = dict(agents)
    _relate(body, related_agents, related_activities)
    if "authority" in body:
        related_agents.update(dict.fromkeys(_agents(body["authority"])))
    if kind == "SubStatement":
        _relate_inner(target, related_agents, related_activities)
    registration = body.get("context", {}).get("registration")
    if registration is not None:
        found["registration", registration.lower()] = None
    found.update(dict.fromkeys(("agent", value) for value in agents))
    found.update(dict.fromkeys(("related_agent", value) for value in related_agents))
    found.update(dict.fromkeys(("related_activity", value) for value in related_activities))
    own = (("authority", authority_identifier(body["authority"])),) if "authority" in body else ()
    return Terms(tuple(found), refers_to, refers_to if verb == VOIDED else None, own)


def authority_identifier(authority: Mapping[str, Any]) -> str:
    """Return the identifier of an authority: that of its Agent, or of both Agents of an OAuth Group (Data 2.4.9)."""
    return "\x01".join(sorted(dict.fromkeys(_agents(authority))))


def agent_identifier(agent: Mapping[str, Any]) -> str | None:
    r"""Return the canonical identifier of an Agent or Group, or None for an anonymous Group.

    Forms: ``mbox:mailto:name@host``, ``sha1:<hex>``, ``openid:<uri>``, ``account:<homePage>\x00<name>``. The host
    of an address and hexadecimal digits are case-insensitive and therefore lower case (Data 2.3.1.b7, 2.4.2.3).
    """
    if "account" in agent:
        account = agent["account"]
        return f"account:{account['homePage']}\x00{account['name']}"
    if "mbox" in agent:
        local, _, host = agent["mbox"].rpartition("@")
        return f"mbox:{local}@{host.lower()}"
    if "mbox_sha1sum" in agent:
        return f"sha1:{agent['mbox_sha1sum'].lower()}"
    if "openid" in agent:
        return f"openid:{agent['openid']}"
    return None


def _agents(agent: Mapping[str, Any]) -> Iterator[str]:
    """Yield the identifiers that ``agent`` is found by: its own, and those of its members."""
    own = agent_identifier(agent)
    if own is not None:
        yield own
    for member in agent.get("member", ()):
        identifier = agent_identifier(member)
        if identifier is not None:
            yield identifier


def _relate(part: Mapping[str, Any], agents: dict[str, None], activities: dict[str, None]) -> None:
    """Add what the context of a statement or SubStatement names."""
    context = part.get("context")
    if not context:
        return
    for value in context.get("contextActivities", {}).values():
        for activity in value if isinstance(value, list) else (value,):
            activities[activity["id"]] = None
    for key in ("instructor", "team"):
        if key in context:
            agents.update(dict.fromkeys(_agents(context[key])))
    for key, inner in _CONTEXT_AGENTS:
        for entry in context.get(key, ()):
            agents.update(dict.fromkeys(_agents(entry[inner])))


def _relate_inner(inner: Mapping[str, Any], agents: dict[str, None], activities: dict[str, None]) -> None:
    """Add the actor, the object and the context of a SubStatement."""
    agents.update(dict.fromkeys(_agents(inner["actor"])))
    target = inner["object"]
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        activities[target["id"]] = None
    elif kind in ("Agent", "Group"):
        agents.update(dict.fromkeys(_agents(target)))
    _relate(inner, agents, activities)
