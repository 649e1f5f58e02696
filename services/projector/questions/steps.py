"""What next: open gaps whose prerequisites are met, with the activities that feed them; and what may be skipped."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from projector.mastery.registry import ALIGNMENT
from projector.mastery.roles import Need
from projector.mastery.rulebook import Rule
from projector.questions.conditions import CHILD, PREREQUISITE, Condition, Missing
from projector.questions.organisation import roles_of
from projector.questions.standpoint import Standpoint


@dataclass(slots=True)
class Step:
    """A competency that can be worked on now, for which roles, and what is missing in it."""

    competency: str
    roles: list[str] = field(default_factory=list)
    critical: bool = False
    missing: list[Condition] = field(default_factory=list)

    def told(self, activities: Sequence[str]) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "competency": self.competency,
            "roles": sorted(self.roles),
            "critical": self.critical,
            "missing": self.missing,
            "activities": list(activities),
        }


def next_steps(standpoint: Standpoint, person: str, role: str | None = None) -> list[dict[str, Any]]:
    """Return what the person can do next for a role, or for the roles that they hold; critical gaps first.

    Raises NotFound for a role that is not in force.
    """
    missing, found = Missing(standpoint), dict[str, Step]()
    for name in [role] if role is not None else roles_of(standpoint, person):
        for need in standpoint.role(name).needs:
            if standpoint.rank(person, need.competency) < need.level:
                _add(found, missing.of(person, need.competency, _level(standpoint, need)), need, name)
    aligned = standpoint.registry.aligned()
    ordered = sorted(found.values(), key=lambda step: (not step.critical, step.competency))
    return [step.told([*_feeding(standpoint, step.competency, aligned)]) for step in ordered]


def may_skip(standpoint: Standpoint, person: str) -> list[dict[str, Any]]:
    """Return the activities that feed only competencies which the person has mastered."""
    missing, found = Missing(standpoint), []
    for activity, alignment in standpoint.documents.scan(ALIGNMENT):
        standpoint.deadline.check()
        named = alignment.competencies
        if named and all(missing.is_met(person, competency, None) for competency in named):
            found.append({"activity": activity, "competencies": list(named)})
    return found


def feeding(standpoint: Standpoint, competency: str) -> list[dict[str, Any]]:
    """Return which activities feed a competency: by alignment, and by which rules of the policy in force."""
    return [*_feeding(standpoint, competency, standpoint.registry.aligned()).values()]


def _feeding(standpoint: Standpoint, competency: str, aligned: Mapping[str, list[str]]) -> dict[str, dict[str, Any]]:
    """Return what ``feeding`` does, by activity in order; ``aligned`` are the activities of each competency."""
    own = aligned.get(competency, [])
    found: dict[str, dict[str, Any]] = {one: {"activity": one, "aligned": True, "rules": []} for one in own}
    for rule in _rules(standpoint, competency):
        for activity in rule.match.activity or (own if rule.match.aligned else ()):
            row = found.setdefault(activity, {"activity": activity, "aligned": False, "rules": []})
            row["rules"].append(rule.id)
    return dict(sorted(found.items()))


def _rules(standpoint: Standpoint, competency: str) -> Sequence[Rule]:
    """Return the rules of the policy in force, which name what the policy itself names and no aliases of it."""
    policy = standpoint.registry.in_force(competency, standpoint.as_of)
    return () if policy is None else standpoint.registry.policy(policy.key).rules


def _level(standpoint: Standpoint, need: Need) -> str | None:
    """Return the lowest level whose number a role's need asks for; the highest where none has it."""
    policy = standpoint.registry.in_force(need.competency, standpoint.as_of)
    if policy is None:
        return None
    return next((level.id for level in policy.scale if level.rank >= need.level), policy.scale[-1].id)


def _add(found: dict[str, Step], conditions: Sequence[Condition], need: Need, role: str) -> None:
    for competency, own in _open(need.competency, conditions):
        step = found.setdefault(competency, Step(competency))
        step.critical = step.critical or need.critical
        if role not in step.roles:
            step.roles.append(role)
        step.missing.extend(one for one in own if one not in step.missing)


def _open(competency: str, conditions: Sequence[Condition]) -> Iterator[tuple[str, list[Condition]]]:
    """Yield the competencies that can be worked on: first prerequisites, then children, then what is missing here."""
    locked = [one for one in conditions if one["code"] == PREREQUISITE]
    below = locked or [one for one in conditions if one["code"] == CHILD]
    for one in below:
        yield from _open(one["competency"], one["missing"])
    own = [one for one in conditions if one["code"] not in (CHILD, PREREQUISITE)]
    if own and not locked:
        yield competency, own
