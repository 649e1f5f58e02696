"""What is published: competencies, roles and the levels that policies can give, read from the log's own entries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from lrs.log.entry import LogEntry
from lrs.xapi.faults import Fault
from projector.registry.append import Log, version_entry_id
from projector.registry.contracts import fault

FRAMEWORK_PUBLISHED = "mastrail.framework.published.v1"
POLICY_ACTIVATED = "mastrail.policy.activated.v1"
ROLE_PUBLISHED = "mastrail.role.published.v1"
ALIGNMENT_CHANGED = "mastrail.alignment.changed.v1"
CREDENTIAL_RULE_PUBLISHED = "mastrail.credential.rule.published.v1"
ALIASES_PUBLISHED = "mastrail.aliases.published.v1"
GOAL_PUBLISHED = "mastrail.goal.published.v1"
ASSIGNMENT_CHANGED = "mastrail.assignment.changed.v1"
_PAGE = 1000


@dataclass(slots=True)
class Catalogue:
    """The competencies of every framework version, the roles, and the levels that policies give of each competency."""

    competencies: set[str] = field(default_factory=set)
    roles: set[str] = field(default_factory=set)
    highest: dict[str, int] = field(default_factory=dict)
    levels: dict[str, set[str]] = field(default_factory=dict)

    def competency_fault(self, competency: str, at: str) -> Iterator[Fault]:
        """Yield the fault of naming a competency that no framework has."""
        if competency not in self.competencies:
            yield fault("no published framework has this competency", at)

    def role_fault(self, role: str, at: str) -> Iterator[Fault]:
        """Yield the fault of naming a role that is not published."""
        if role not in self.roles:
            yield fault("this role is not published", at)

    def level_fault(self, competency: str, level: int, at: str) -> Iterator[Fault]:
        """Yield the fault of asking for a level that no policy of the competency can give."""
        highest = self.highest.get(competency)
        if highest is not None and level > highest:
            yield fault(f"no policy of this competency has a level above {highest}", at)

    def level_id_fault(self, competency: str, level: str, at: str) -> Iterator[Fault]:
        """Yield the fault of naming a level that no policy of the competency has."""
        if level not in self.levels.get(competency, {level}):
            yield fault("no policy of this competency has this level", at)


def read_catalogue(log: Log) -> Catalogue:
    """Return what the log has published so far."""
    found = Catalogue()
    for entry in entries_of(log, FRAMEWORK_PUBLISHED, ROLE_PUBLISHED, POLICY_ACTIVATED):
        body = orjson.loads(entry.payload)
        if entry.topic == FRAMEWORK_PUBLISHED:
            found.competencies.update(item["id"] for item in body["document"]["items"])
        elif entry.topic == ROLE_PUBLISHED:
            found.roles.add(body["document"]["id"])
        else:
            _take_levels(found, body["policy"])
    return found


@dataclass(frozen=True, slots=True)
class PublishedFramework:
    """A framework version as it stands in the log, and when it was published."""

    document: dict[str, Any]
    recorded: datetime


def published_framework(log: Log, framework: str, version: str) -> PublishedFramework | None:
    """Return a framework version, None when it is not published."""
    entry = log.get(version_entry_id(framework, version))
    if entry is None or entry.topic != FRAMEWORK_PUBLISHED:
        return None
    return PublishedFramework(orjson.loads(entry.payload)["document"], entry.recorded)


def _take_levels(found: Catalogue, policy: Mapping[str, Any]) -> None:
    highest = max(level["level"] for level in policy["scale"])
    found.highest[policy["competency"]] = max(highest, found.highest.get(policy["competency"], 0))
    found.levels.setdefault(policy["competency"], set()).update(level["id"] for level in policy["scale"])


def entries_of(log: Log, *topics: str) -> Iterator[LogEntry]:
    """Yield the entries of these topics, in the order of the log."""
    after = 0
    while page := log.read(after, _PAGE):
        yield from (entry for entry in page if entry.topic in topics)
        after = page[-1].position
