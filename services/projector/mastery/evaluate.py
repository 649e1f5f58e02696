"""One person and competency from its facts: the stages of section 2 after selection, as a pure function."""

from collections.abc import Iterable, Sequence
from functools import partial

from msgspec.structs import replace

from projector.mastery.admission import canonical_key
from projector.mastery.combine import combined
from projector.mastery.direct import Direct, assessed, items_of
from projector.mastery.environment import Environment
from projector.mastery.evidence import Fact
from projector.mastery.histories import Standings, history_of, standings
from projector.mastery.rollup import roll_up
from projector.mastery.rulebook import ADVISE, Policy
from projector.mastery.state import ACCEPTED, VALID, Assessed, Ends, Outcome

PREREQUISITE_NOT_MET = "PREREQUISITE_NOT_MET"
_FOREVER = 2**62


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
    return replace(
        outcome,
        level=policy.scale[outcome.place].id if outcome.place >= 0 else None,
        flags=tuple(sorted(flags)),
        unmet=() if outcome.status in VALID else tuple(dict.fromkeys(unmet)),
        unlocked=unlocked,
        due=_due(environment, outcome),
    )


class Evaluation:
    """One person's facts under the policy and the surroundings of ``environment``, evaluated to an ``outcome``."""

    def __init__(self, facts: Iterable[Fact], environment: Environment) -> None:
        policy = environment.policy
        known, met = _prerequisites(environment)
        self._direct: Direct | None = None
        if policy.combine != "rollup_only" or policy.rollup is None:
            self._direct = Direct(facts, environment, met)
        self.outcome = self._put_together(environment, known, met)

    def _put_together(self, environment: Environment, known: Standings, met: Sequence[tuple[int, bool]]) -> Outcome:
        """Return what the direct evidence and the children give together."""
        policy = environment.policy
        outcome, unmet = (Outcome(), []) if self._direct is None else self._direct.outcome()
        if policy.rollup is not None and policy.combine != "direct_only":
            rolled, lacking = roll_up(environment, policy.rollup, met)
            unmet = [*unmet, *lacking]
            if policy.combine == "rollup_only":
                outcome = rolled
            else:
                together = combined(policy.combine, outcome, rolled)
                outcome = replace(together, evidence=outcome.evidence, flags=outcome.flags, due=outcome.due)
        return _finished(environment, outcome, unmet, known, met)

    @property
    def ends(self) -> Ends:
        """Return how pieces ended that ended otherwise before this evaluation last went on."""
        return Ends() if self._direct is None else self._direct.ends

    def go_on(self, fact: Fact | None, environment: Environment, *, is_new: bool) -> bool:
        """Take one more fact of the person into ``outcome``, or none where only time passed or others changed.

        A fact that is not new takes the place of what it was before.
        Returns False when all facts are to be evaluated again, which no other use of this evaluation may precede.
        """
        known, met = _prerequisites(environment)
        if self._direct is None or not self._direct.go_on(fact, environment, met, is_new=is_new):
            return False
        self.outcome = self._put_together(environment, known, met)
        return True


def refused_since(facts: Iterable[Fact], environment: Environment, start: int) -> tuple[Assessed, ...] | None:
    """Return how each piece ended that was stored at ``start`` or later, None when one of them counts as evidence."""
    _, met = _prerequisites(environment)
    newer = [item for item in items_of(facts, environment, met) if item.fact.stored >= start]
    if any(item.result == ACCEPTED for item in newer):
        return None
    return tuple(assessed(environment.policy, item, (item.result, item.reason), None) for item in newer)


def carried(policy: Policy, outcome: Outcome, refused: Sequence[Assessed]) -> Outcome:
    """Return the outcome under a version that is carried, with what the next version has refused so far."""
    if not refused:
        return outcome
    evidence = sorted((*outcome.evidence, *refused), key=partial(canonical_key, policy))
    return replace(outcome, evidence=tuple(evidence))


def evaluate(facts: Iterable[Fact], environment: Environment) -> Outcome:
    """Return the outcome of one person's facts under the policy and the surroundings of ``environment``."""
    return Evaluation(facts, environment).outcome
