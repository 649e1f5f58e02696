"""The parameters of the document, agents and activities resources, per method (Communication 2.3 to 2.7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lrs.xapi.pairs import Pairs
from lrs.xapi.terms import agent_identifier
from lrs.xapi.version import Version

PairsOfText = Sequence[tuple[str, str]]

_READING = frozenset({"GET", "HEAD"})
_WRITING = frozenset({"PUT", "POST"})


@dataclass(frozen=True, slots=True)
class StateParameters:
    """Which state documents: ``agent`` is a canonical identifier; without ``state_id`` all of the context are meant."""

    activity_id: str
    agent: str
    registration: str | None = None
    state_id: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class AgentProfileParameters:
    """Which agent profile documents: ``agent`` is a canonical identifier; without ``profile_id`` all are meant."""

    agent: str
    profile_id: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ActivityProfileParameters:
    """Which activity profile documents; without ``profile_id`` all of the Activity are meant."""

    activity_id: str
    profile_id: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class AgentsParameters:
    """The Agent whose Person is asked for, as given and by its canonical identifier."""

    agent: Mapping[str, Any]
    identifier: str


@dataclass(frozen=True, slots=True)
class ActivitiesParameters:
    """The Activity that is asked for."""

    activity_id: str


def parse_state(method: str, pairs: PairsOfText, version: Version) -> StateParameters:
    """Return the parameters of a State request (Communication 2.3); raises InvalidQuery with every fault."""
    allowed = {"activityId", "agent", "registration", "stateId"} | _since(method)
    given = Pairs(pairs, allowed, version, f"{method} on the State resource", "Communication 2.3.s2")
    given.require("activityId", "agent", *(["stateId"] if method in _WRITING else []))
    parameters = StateParameters(
        activity_id=given.iri("activityId") or "",
        agent=_identifier(given, version),
        registration=given.uuid("registration"),
        state_id=given.text("stateId"),
        since=given.timestamp("since"),
    )
    given.refuse_faults()
    return parameters


def parse_agent_profile(method: str, pairs: PairsOfText, version: Version) -> AgentProfileParameters:
    """Return the parameters of an Agent Profile request (Communication 2.6); raises InvalidQuery with every fault."""
    allowed = {"agent", "profileId"} | _since(method)
    given = Pairs(pairs, allowed, version, f"{method} on the Agent Profile resource", "Communication 2.6.s2")
    given.require("agent", *([] if method in _READING else ["profileId"]))
    parameters = AgentProfileParameters(
        agent=_identifier(given, version), profile_id=given.text("profileId"), since=given.timestamp("since")
    )
    given.refuse_faults()
    return parameters


def parse_activity_profile(method: str, pairs: PairsOfText, version: Version) -> ActivityProfileParameters:
    """Return the parameters of an Activity Profile request (Communication 2.7); raises InvalidQuery."""
    allowed = {"activityId", "profileId"} | _since(method)
    given = Pairs(pairs, allowed, version, f"{method} on the Activity Profile resource", "Communication 2.7.s2")
    given.require("activityId", *([] if method in _READING else ["profileId"]))
    parameters = ActivityProfileParameters(
        activity_id=given.iri("activityId") or "",
        profile_id=given.text("profileId"),
        since=given.timestamp("since"),
    )
    given.refuse_faults()
    return parameters


def parse_agents(pairs: PairsOfText, version: Version) -> AgentsParameters:
    """Return the Agent of a request for a Person (Communication 2.4); raises InvalidQuery with every fault."""
    given = Pairs(pairs, {"agent"}, version, "the Agents resource", "Communication 2.4.s2")
    given.require("agent")
    agent = given.agent("agent", groups=False)
    given.refuse_faults()
    agent = agent or {}
    return AgentsParameters(agent, agent_identifier(agent) or "")


def parse_activities(pairs: PairsOfText, version: Version) -> ActivitiesParameters:
    """Return the Activity of a request for its description (Communication 2.5); raises InvalidQuery."""
    given = Pairs(pairs, {"activityId"}, version, "the Activities resource", "Communication 2.5.s1")
    given.require("activityId")
    parameters = ActivitiesParameters(given.iri("activityId") or "")
    given.refuse_faults()
    return parameters


def _since(method: str) -> set[str]:
    return {"since"} if method in _READING else set()


def _identifier(given: Pairs, version: Version) -> str:
    """Return the identifier of the agent parameter; 2.0 lets an identified Group own documents as well."""
    agent = given.agent("agent", groups=version is Version.V2_0_0)
    return (agent_identifier(agent) or "") if agent else ""
