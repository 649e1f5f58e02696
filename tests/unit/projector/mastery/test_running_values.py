"""A value from which scores are taken, or into which they are put, is that of the scores that are left."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projector.mastery.methods import compile_method
from projector.mastery.running import Running, Weighed
from unit.projector.mastery.random_logs import METHODS, modest

MODEST = modest()
SCORES = tuple(Fraction(number, 10) for number in (0, 3, 5, 7, 7, 9, 10))
CUT = Fraction(7, 10)


def value_of(method: dict[str, Any], scores: Sequence[Weighed]) -> Fraction | None:
    return exact(folded(method, scores))


def folded(method: dict[str, Any], scores: Sequence[Weighed]) -> Running:
    running = compile_method(method, CUT)()
    for score, weight in scores:
        running.push(score, weight)
    return running


def exact(running: Running) -> Fraction | None:
    ratio = running.value()
    return None if ratio is None else Fraction(*ratio)


@MODEST
@pytest.mark.parametrize("method", METHODS, ids=str)
@given(st.randoms(use_true_random=True))
def test_scores_come_and_go_anywhere(method: Any, chance: Any) -> None:
    asked = method if isinstance(method, dict) else {"type": method}
    weights = (Fraction(1), Fraction(3, 2)) if asked["type"] == "weighted_mean" else (Fraction(1),)
    scores: list[Weighed] = [(chance.choice(SCORES), chance.choice(weights)) for _ in range(chance.randint(0, 140))]
    running = folded(asked, scores)
    for _ in range(10):
        step, place = chance.choice(("push", "insert", "remove", "drop")), chance.randint(0, len(scores))
        new = (chance.choice(SCORES), chance.choice(weights))
        if step == "push":
            scores.append(new)
            running.push(*new)
        elif step == "insert":
            scores.insert(place, new)
            running.insert(new, place, scores)
        elif step == "drop":
            place = max(place, len(scores) - 10)
            gone = scores[place:]
            del scores[place:]
            running.drop(gone, scores)
        elif place < len(scores):
            gone_one = scores.pop(place)
            running.remove(gone_one, place, scores)
        assert exact(running) == value_of(asked, scores)
