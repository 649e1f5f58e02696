"""One person and competency from its facts: the stages of section 2 after selection, as a pure function."""

from collections.abc import Iterable, Sequence

import msgspec

from projector.mastery.admission import Admission, Item
from projector.mastery.combine import combined
from projector.mastery.environment import Environment
from projector.mastery.evidence import Fact
from projector.mastery.histories import Standings, history_of, standings
from projector.mastery.keeping import canonical_order, without_duplicates
from projector.mastery.numbers import quantised_text
from projector.mastery.rollup import roll_up
from projector.mastery.rulebook import ADVISE, BANKED, Policy
from projector.mastery.state import ACCEPTED, IN_PROGRESS, NOT_STARTED, REJECTED, VALID, Assessed, Outcome
from projector.mastery.timeline import Happenings, Timeline, played
from projector.mastery.walk import Walk, published

PREREQUISITE_NOT_MET, REVIEW_REQUIRED, BANKED_FLAG = "PREREQUISITE_NOT_MET", "REVIEW_REQUIRED", "BANKED"
REVOKED_BY_DECISION = "REVOKED_BY_DECISION"
_FOREVER = 2**62


def _items(facts: Iterable[Fact], environment: Environment, prerequisite: Sequence[tuple[int, bool]]) -> list[Item]:
    as_of = environment.as_of
    admission = Admission(environment, prerequisite)
    admitted = [admission.admit(fact) for fact in facts if as_of is None or fact.event_time <= as_of]
    return without_duplicates(environment.policy, canonical_order(environment.policy, admitted))


def _ended(policy: Policy, walk: Walk, item: Item) -> Assessed:
    """Return how an item ended; one that was accepted and does not count is refused with the reason."""
    fact, result, reason = item.fact, item.result, item.reason
    if result == ACCEPTED:
        reason = walk.reason(item)
        result = ACCEPTED if reason is None else REJECTED
    value = walk.values.get(fact.statement)
    return Assessed(
        statement=fact.statement,
        rule=fact.rule,
        result=result,
        event_time=fact.event_time,
        stored=fact.stored,
        reason=reason,
        score=None if fact.score is None else quantised_text(fact.score, policy.precision),
        value=value if result == ACCEPTED else None,
        flags=fact.flags,
    )


def _in_stored_order(items: Sequence[Item]) -> bool:
    keys = [(item.fact.stored, item.fact.statement) for item in items]
    return keys == sorted(keys)


def _timeline(environment: Environment, walk: Walk, items: Sequence[Item], met: Sequence[tuple[int, bool]]) -> Timeline:
    policy = environment.policy
    reached = None
    if policy.decline == BANKED and not _in_stored_order(items):
        reached = published(policy, items, environment.now)
    return played(policy, environment.now, Happenings(walk.points, met, environment.decisions, reached))


def _direct(
    facts: Iterable[Fact], environment: Environment, met: Sequence[tuple[int, bool]]
) -> tuple[Outcome, list[str]]:
    """Return the outcome of direct evidence, and what the mastery level lacks."""
    policy = environment.policy
    items = _items(facts, environment, met)
    accepted = [item for item in items if item.result == ACCEPTED]
    walk = Walk(policy, accepted, environment.now)
    timeline = _timeline(environment, walk, accepted, met)
    term, unmet = timeline.term, walk.tally.unmet()
    if not timeline.reviewed:
        unmet.append(REVIEW_REQUIRED)
    if timeline.barred:
        unmet.append(REVOKED_BY_DECISION)
    status = timeline.status()
    outcome = Outcome(
        status=NOT_STARTED if status == IN_PROGRESS and not walk.active else status,
        place=timeline.place,
        value=timeline.value_text,
        attained_at=timeline.attained_at,
        valid_until=None if term is None else term.until,
        grace_until=None if term is None else term.grace_until,
        expiring_from=None if term is None else term.expiring_from,
        flags=(BANKED_FLAG,) if timeline.banked else (),
        evidence=tuple(_ended(policy, walk, item) for item in items),
        steps=tuple(timeline.steps),
        due=walk.due,
    )
    return outcome, unmet


def _prerequisites(environment: Environment) -> tuple[Standings, list[tuple[int, bool]]]:
    asked = environment.policy.prerequisites
    if asked is None:
        return {}, []
    known = standings(environment, ((leaf.competency, leaf.level) for leaf in asked.expression.leaves()))
    return known, history_of(asked.expression, known)


def _due(environment: Environment, outcome: Outcome) -> int | None:
    """Return the next instant at which time alone changes the outcome."""
    now = environment.now
    instants = [outcome.due, outcome.expiring_from, outcome.valid_until, outcome.grace_until]
    return min((at for at in instants if at is not None and (now is None or at > now)), default=None)


def _finished(
    environment: Environment, outcome: Outcome, unmet: list[str], known: Standings, met: Sequence[tuple[int, bool]]
) -> Outcome:
    """Return the outcome with its level, flags, missing conditions and next date."""
    policy, asked = environment.policy, environment.policy.prerequisites
    unlocked = met[-1][0] if met and met[-1][1] else None
    flags = list(outcome.flags)
    if asked is not None and unlocked is None:
        missing = [competency for (competency, _), one in known.items() if not one.met_at(_FOREVER)]
        unmet = [*unmet, *(f"{PREREQUISITE_NOT_MET}:{competency}" for competency in missing)]
        if asked.mode == ADVISE:
            flags.append(PREREQUISITE_NOT_MET)
    return msgspec.structs.replace(
        outcome,
        level=policy.scale[outcome.place].id if outcome.place >= 0 else None,
        flags=tuple(sorted(flags)),
        unmet=() if outcome.status in VALID else tuple(dict.fromkeys(unmet)),
        unlocked=unlocked,
        due=_due(environment, outcome),
    )


def evaluate(facts: Iterable[Fact], environment: Environment) -> Outcome:
    """Return the outcome of one person's facts under the policy and the surroundings of ``environment``."""
    policy = environment.policy
    known, met = _prerequisites(environment)
    unmet: list[str] = []
    outcome = Outcome()
    if policy.combine != "rollup_only" or policy.rollup is None:
        outcome, unmet = _direct(facts, environment, met)
    if policy.rollup is not None and policy.combine != "direct_only":
        rolled = roll_up(environment, policy.rollup, met)
        if policy.combine == "rollup_only":
            outcome = rolled
        else:
            together = combined(policy.combine, outcome, rolled)
            outcome = msgspec.structs.replace(together, evidence=outcome.evidence, flags=outcome.flags, due=outcome.due)
    return _finished(environment, outcome, unmet, known, met)
