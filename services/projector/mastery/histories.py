"""Histories as steps over event time: what held at an instant, and when expressions over them began to hold."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from projector.mastery.environment import Environment
from projector.mastery.rulebook import Expression, Policy
from projector.mastery.state import Outcome, Step

BEFORE_ALL = Step(0, -1, mastered=False)


def _since(step: Step) -> int:
    return step.at


def step_at(steps: Sequence[Step], at: int) -> Step:
    """Return the step that holds at an instant, the empty one before the first."""
    place = bisect_right(steps, at, key=_since)
    return steps[place - 1] if place else BEFORE_ALL


def last_began(steps: Sequence[Step]) -> int | None:
    """Return since when mastery held that holds or held last, None when it never did."""
    since = None
    for step in reversed(steps):
        if step.mastered:
            since = step.at
        elif since is not None:
            break
    return since


def same_beginning(these: Sequence[Step], those: Sequence[Step]) -> int:
    """Return how many steps two histories have in common from the beginning on."""
    same, most = 0, min(len(these), len(those))
    while same < most:
        half = same + (most - same + 1) // 2
        if these[same:half] == those[same:half]:
            same = half
        else:
            most = half - 1
    return same


def same_to_others(these: Outcome, those: Outcome) -> bool:
    """Return whether two outcomes are the same to what stands on them, but for the value.

    Others look at the status and its times, and at when which level counted.
    """
    if _told(these) != _told(those):
        return False
    same = same_beginning(these.steps, those.steps)
    last = these.steps[same - 1] if same else BEFORE_ALL
    return all(_counts(step) == _counts(last) for step in these.steps[same:] + those.steps[same:])


def _told(outcome: Outcome) -> tuple[str, int, int | None, int | None, int | None]:
    return (outcome.status, outcome.place, outcome.attained_at, outcome.valid_until, outcome.grace_until)


def _counts(step: Step) -> tuple[int, int]:
    return (step.place, step.counted)


@dataclass(frozen=True, slots=True)
class Standing:
    """Another outcome of the same or another person, with the place that is wanted of it."""

    policy: Policy | None
    outcome: Outcome
    wanted: int

    def met_at(self, at: int) -> bool:
        """Return whether the wanted level was held at an instant."""
        return self.policy is not None and step_at(self.outcome.steps, at).counted >= self.wanted

    @property
    def times(self) -> list[int]:
        """Return the instants at which anything changed."""
        return [step.at for step in self.outcome.steps]


def standing(environment: Environment, person: str, competency: str, level: str | None) -> Standing:
    """Return how a person stands in a competency against a level, the mastery level of its policy for None."""
    policy, outcome = environment.surroundings.standing(person, competency)
    return Standing(policy, outcome, 0 if policy is None else policy.place(level))


Standings = dict[tuple[str, str | None], Standing]


def standings(environment: Environment, leaves: Iterable[tuple[str, str | None]]) -> Standings:
    """Return how the person of the environment stands in each named competency and level."""
    return {leaf: standing(environment, environment.person, *leaf) for leaf in leaves}


def holds_at(expression: Expression, known: Standings, at: int) -> bool:
    """Return whether a prerequisite expression held at an instant."""
    if not expression.branches:
        return known[expression.competency, expression.level].met_at(at)
    return sum(holds_at(branch, known, at) for branch in expression.branches) >= expression.least


def history_of(expression: Expression, known: Standings) -> list[tuple[int, bool]]:
    """Return (instant, held from then on) at every change of an expression, the first being when it first held."""
    times = sorted({at for one in known.values() for at in one.times})
    changes: list[tuple[int, bool]] = []
    for at in times:
        held = holds_at(expression, known, at)
        if held != (changes[-1][1] if changes else False):
            changes.append((at, held))
    return changes


def held_in(changes: Sequence[tuple[int, bool]], at: int) -> bool:
    """Return whether a history of changes says yes at an instant."""
    answer = False
    for since, held in changes:
        if since > at:
            break
        answer = held
    return answer
