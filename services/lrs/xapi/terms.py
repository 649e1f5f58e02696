"""What a statement can be found by: the terms that the filters of GET statements ask for (Communication 2.1.3).

Kinds: ``verb``, ``agent``, ``related_agent``, ``activity``, ``related_activity``, ``registration``, ``authority``. An
agent's value is its canonical identifier, so that two writings of the same inverse functional identifier are one term.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

VOIDED = "http://adlnet.gov/expapi/verbs/voided"

_CONTEXT_AGENTS = (("contextAgents", "agent"), ("contextGroups", "group"))


class Terms(msgspec.Struct, frozen=True, gc=False):
    """The (kind, value) pairs of one statement, the statement its StatementRef names, and the same when it voids.

    A statement that refers to this one is found by its ``terms`` too, but not by its ``own_terms``.
    """

    terms: tuple[tuple[str, str], ...]
    refers_to: UUID | None = None
    voids: UUID | None = None
    own_terms: tuple[tuple[str, str], ...] = ()


def index(body: Mapping[str, Any]) -> Terms:
    """Return the terms of a valid statement, each once."""
    target = body["object"]
    kind = target.get("objectType", "Activity")
    verb = body["verb"]["id"]
    terms = [("verb", verb)]
    agents = _agents(body["actor"])
    activities: list[str] = []
    refers_to = None
    if kind == "Activity":
        terms.append(("activity", target["id"]))
        activities.append(target["id"])
    elif kind in ("Agent", "Group"):
        agents += _agents(target)
    elif kind == "StatementRef":
        refers_to = UUID(target["id"])
    terms += [("agent", value) for value in dict.fromkeys(agents)]
    own: tuple[tuple[str, str], ...] = ()
    if "authority" in body:
        authority = _agents(body["authority"])
        own = (("authority", _joined(authority)),)
        agents += authority
    if "context" in body:
        context = body["context"]
        _relate(context, agents, activities)
        if "registration" in context:
            terms.append(("registration", context["registration"].lower()))
    if kind == "SubStatement":
        _relate_inner(target, agents, activities)
    terms += [("related_agent", value) for value in dict.fromkeys(agents)]
    terms += [("related_activity", value) for value in dict.fromkeys(activities)]
    return Terms(tuple(terms), refers_to, refers_to if verb == VOIDED else None, own)


def authority_identifier(authority: Mapping[str, Any]) -> str:
    """Return the identifier of an authority: that of its Agent, or of both Agents of an OAuth Group (Data 2.4.9)."""
    return _joined(_agents(authority))


def _joined(agents: Sequence[str]) -> str:
    return agents[0] if len(agents) == 1 else "\x01".join(sorted(set(agents)))


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


def _agents(agent: Mapping[str, Any]) -> list[str]:
    """Return the identifiers that ``agent`` is found by: its own, and those of its members."""
    own = agent_identifier(agent)
    found = [] if own is None else [own]
    if "member" in agent:
        found += [known for member in agent["member"] if (known := agent_identifier(member)) is not None]
    return found


def _relate(context: Mapping[str, Any], agents: list[str], activities: list[str]) -> None:
    """Add what the context of a statement or SubStatement names."""
    if "contextActivities" in context:
        for value in context["contextActivities"].values():
            if isinstance(value, list):
                activities += [activity["id"] for activity in value]
            else:
                activities.append(value["id"])
    for key in ("instructor", "team"):
        if key in context:
            agents += _agents(context[key])
    for key, inner in _CONTEXT_AGENTS:
        if key in context:
            for entry in context[key]:
                agents += _agents(entry[inner])


def _relate_inner(inner: Mapping[str, Any], agents: list[str], activities: list[str]) -> None:
    """Add the actor, the object and the context of a SubStatement."""
    agents += _agents(inner["actor"])
    target = inner["object"]
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        activities.append(target["id"])
    elif kind in ("Agent", "Group"):
        agents += _agents(target)
    if "context" in inner:
        _relate(inner["context"], agents, activities)
