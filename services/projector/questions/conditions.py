"""What is missing to a level: the smallest set of conditions, down to the competencies that it stands on."""

from collections.abc import Iterable, Sequence
from typing import Any

from projector.mastery.levels import MIN_EVIDENCE_UNMET
from projector.mastery.numbers import decimal_text, fraction
from projector.mastery.registry import POLICY
from projector.mastery.rulebook import ADVISE, Child, Expression, Policy, Requirement, Rollup
from projector.mastery.state import ACCEPTED, HELD, IN_PROGRESS, LAPSED, VALID, Assessed, Outcome
from projector.mastery.timeline import REVIEW_REQUIRED, REVOKED_BY_DECISION
from projector.mastery.times import render_or_none
from projector.questions.standpoint import Standpoint

Condition = dict[str, Any]
Conditions = list[Condition]
_NO_POLICY, _NO_EVIDENCE, _VALUE = "NO_POLICY", "NO_EVIDENCE", "VALUE_BELOW_LEVEL"
_SUCCESSES, _RENEWAL = "SUCCESSES_MISSING", "RENEWAL_NEEDED"
CHILD, PREREQUISITE, REQUIRED = "CHILD_NOT_MET", "PREREQUISITE_NOT_MET", "COMPETENCY_NOT_MET"


def size(conditions: Iterable[Condition]) -> int:
    """Return how many single conditions there are, those below a competency counted in its place."""
    return sum(max(1, size(one.get("missing", ()))) for one in conditions)


class Missing:
    """Finds what is missing to people, from one standpoint."""

    def __init__(self, standpoint: Standpoint) -> None:
        self._standpoint = standpoint

    def of(self, person: str, competency: str, level: str | None = None) -> Conditions:
        """Return the smallest set of conditions that would give ``level`` (None: mastery); empty when it is given."""
        policy, outcome = self._standpoint.standing(person, competency)
        if policy is None:
            return [{"code": _NO_POLICY, "competency": competency}]
        wanted = policy.place(level)
        if outcome.status in VALID and outcome.place >= wanted:
            return []
        conditions = self._before(person, policy, outcome)
        if outcome.status == LAPSED:
            return [*conditions, *self._renewal(person, policy, outcome, wanted)]
        if outcome.status != HELD:
            conditions += self._own(person, policy, outcome, wanted)
        return conditions + _decided(outcome)

    def to_meet(self, person: str, expression: Expression) -> Conditions:
        """Return the smallest set of conditions that would let a person meet an expression over competencies."""
        return self._expression(person, expression, REQUIRED)

    def may_begin(self, person: str, competency: str) -> bool:
        """Return whether no prerequisite keeps a person from having evidence counted or mastery given."""
        policy, outcome = self._standpoint.standing(person, competency)
        return policy is not None and not self._before(person, policy, outcome)

    def is_met(self, person: str, competency: str, level: str | None) -> bool:
        """Return whether a level is reached, and neither withheld nor lapsed."""
        policy, outcome = self._standpoint.standing(person, competency)
        counts = outcome.status in (*VALID, IN_PROGRESS)
        return policy is not None and counts and outcome.place >= policy.place(level)

    def _before(self, person: str, policy: Policy, outcome: Outcome) -> Conditions:
        """Return what is missing of the prerequisites."""
        asked = policy.prerequisites
        if asked is None or asked.mode == ADVISE or (outcome.unlocked is not None and not asked.sustain):
            return []
        return self._expression(person, asked.expression, PREREQUISITE)

    def _expression(self, person: str, expression: Expression, code: str) -> Conditions:
        if not expression.branches:
            return self._below(person, code, expression.competency, expression.level)
        return _cheapest([self._expression(person, branch, code) for branch in expression.branches], expression.least)

    def _below(self, person: str, code: str, competency: str, level: str | None) -> Conditions:
        if self.is_met(person, competency, level):
            return []
        told: Condition = {"code": code, "competency": competency}
        if level is not None:
            told["level"] = level
        return [{**told, "missing": self.of(person, competency, level)}]

    def _own(self, person: str, policy: Policy, outcome: Outcome, wanted: int) -> Conditions:
        """Return what is missing of evidence and children."""
        if policy.rollup is None or policy.combine == "direct_only":
            return self._direct(policy, outcome, wanted)
        rolled = self._rolled(person, policy, policy.rollup, outcome)
        if policy.combine == "rollup_only":
            return rolled
        direct = self._direct(policy, outcome, wanted)
        if policy.combine == "either":
            return min((direct, rolled), key=size)
        return direct + rolled

    def _renewal(self, person: str, policy: Policy, outcome: Outcome, wanted: int) -> Conditions:
        if policy.rollup is not None and policy.combine != "direct_only":
            rolled = self._rolled(person, policy, policy.rollup, outcome)
            if rolled or not policy.rules:
                return rolled
        rules = [rule.id for rule in policy.rules if rule.renews]
        since = render_or_none(outcome.grace_until or outcome.valid_until)
        return [{"code": _RENEWAL, "since": since, "rules": rules, "level": policy.scale[wanted].id}]

    def _direct(self, policy: Policy, outcome: Outcome, wanted: int) -> Conditions:
        if outcome.place >= wanted or wanted >= len(policy.scale):
            return []
        accepted = [one for one in outcome.evidence if one.result == ACCEPTED]
        if not accepted:
            return [{"code": _NO_EVIDENCE, "rules": [rule.id for rule in policy.rules]}]
        level = policy.scale[wanted]
        conditions = [_requirement(one, accepted) for one in level.requires if not _is_met(one, accepted, outcome)]
        value = None if outcome.value is None else fraction(outcome.value)
        if value is None or value < level.minimum:
            conditions.insert(0, self._value(policy, outcome, wanted, accepted))
        if MIN_EVIDENCE_UNMET in outcome.unmet or (not conditions and outcome.place < wanted):
            conditions.append(self._least_evidence(policy, accepted))
        return conditions

    def _value(self, policy: Policy, outcome: Outcome, wanted: int, accepted: Sequence[Assessed]) -> Condition:
        method = self._document(policy).get("method", {})
        level = policy.scale[wanted]
        if method.get("type") == "n_mastery" and outcome.value is None:
            cut = fraction(str(method.get("atLeast", policy.scale[policy.mastery].minimum)))
            have = sum(one.score is not None and fraction(one.score) >= cut for one in accepted)
            needed = method.get("n", 5)
            return {"code": _SUCCESSES, "needed": needed, "have": have, "atLeast": decimal_text(cut, policy.precision)}
        needed = decimal_text(level.minimum, policy.precision)
        return {"code": _VALUE, "level": level.id, "value": outcome.value, "needed": needed}

    def _least_evidence(self, policy: Policy, accepted: Sequence[Assessed]) -> Condition:
        needed = self._document(policy).get("minEvidence", {})
        return {"code": MIN_EVIDENCE_UNMET, "needed": needed, "have": len(accepted)}

    def _document(self, policy: Policy) -> dict[str, Any]:
        version = self._standpoint.documents.get(POLICY, policy.key)
        parsed: dict[str, Any] = {} if version is None else version.parsed()
        return parsed

    def _rolled(self, person: str, policy: Policy, rollup: Rollup, outcome: Outcome) -> Conditions:
        lacking = [(child, self._below(person, CHILD, child.competency, child.level)) for child in rollup.children]
        missing = [(child, found) for child, found in lacking if found]
        if rollup.op == "points":
            return _points(missing, rollup)
        if rollup.op == "weighted":
            level = policy.scale[policy.mastery]
            if outcome.value is not None and fraction(outcome.value) >= level.minimum:
                return []
            needed = decimal_text(level.minimum, policy.precision)
            value = {"code": _VALUE, "level": level.id, "value": outcome.value, "needed": needed}
            return [{**value, "missing": [one for _, found in missing for one in found]}]
        return _cheapest([found for _, found in lacking], rollup.least)


def _decided(outcome: Outcome) -> Conditions:
    return [{"code": code} for code in (REVIEW_REQUIRED, REVOKED_BY_DECISION) if code in outcome.unmet]


def _cheapest(branches: Sequence[Conditions], least: int) -> Conditions:
    """Return what is missing to ``least`` of the branches; of equally small ones, the first."""
    open_branches = sorted((one for one in branches if one), key=size)
    needed = least - (len(branches) - len(open_branches))
    return [condition for branch in open_branches[: max(0, needed)] for condition in branch]


def _points(missing: Sequence[tuple[Child, Conditions]], rollup: Rollup) -> Conditions:
    """Return what is missing to the points: every required child, then the smallest set that makes up the rest."""
    required = [(child, found) for child, found in missing if child.required]
    others = [(child, found) for child, found in missing if not child.required]
    have = sum(child.points for child in rollup.children) - sum(child.points for child, _ in missing)
    short = max(0, rollup.least - have - sum(child.points for child, _ in required))
    best: dict[int, tuple[int, tuple[int, ...]]] = {0: (0, ())}
    for place, (child, found) in enumerate(others):
        for reached, (cost, chosen) in list(best.items()):
            points = min(short, reached + child.points)
            candidate = (cost + size(found), (*chosen, place))
            if points not in best or candidate[0] < best[points][0]:
                best[points] = candidate
    _, chosen = best.get(short, (0, tuple(range(len(others)))))
    picked = [*required, *(others[place] for place in chosen)]
    return [condition for _, found in picked for condition in found]


def _is_met(asked: Requirement, accepted: Sequence[Assessed], outcome: Outcome) -> bool:
    return asked.unmet not in outcome.unmet and _counted(asked, accepted) >= asked.at_least


def _counted(asked: Requirement, accepted: Sequence[Assessed]) -> int:
    return sum(one.rule in asked.rules and _suffices(one, asked) for one in accepted)


def _suffices(one: Assessed, asked: Requirement) -> bool:
    return asked.min_score is None or (one.score is not None and fraction(one.score) >= asked.min_score)


def _requirement(asked: Requirement, accepted: Sequence[Assessed]) -> Condition:
    code, _, _ = asked.unmet.partition(":")
    told: Condition = {"code": code, "rules": list(asked.rules), "atLeast": asked.at_least}
    told["have"] = _counted(asked, accepted)
    if asked.min_score is not None:
        told["minScore"] = decimal_text(asked.min_score, 4)
    if asked.distinct_assessors:
        told["distinctAssessors"] = asked.distinct_assessors
    return told
