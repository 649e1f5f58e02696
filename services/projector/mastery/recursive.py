"""The methods whose value is made of the value before: exponential decay and knowledge tracing (sections 8 and 18).

Nothing is rounded, so numerators and denominators grow with every score. They are kept as plain integers that are
never reduced: a step multiplies them by small numbers, which costs little even after ten thousand scores.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm

from projector.mastery.numbers import Ratio
from projector.mastery.running import Running, Weighed

_EVERY = 64
"""A mark is kept every so many scores, from which the fold can go on again."""


class Recursive(Running):
    """A pair of integers that every score changes."""

    def __init__(self, above: int, below: int) -> None:
        self._pair = (above, below)
        self._count = 0
        self._marks = [self._pair]

    def push(self, score: Fraction, weight: Fraction) -> None:
        """Take the next score."""
        del weight
        self._pair = self._next(self._pair, score)
        self._count += 1
        if self._count % _EVERY == 0:
            self._marks.append(self._pair)

    def remove(self, gone: Weighed, place: int, left: Sequence[Weighed]) -> None:
        """Forget a score: fold again those after it."""
        del gone
        self._fold_from(place, left)

    def insert(self, new: Weighed, place: int, scores: Sequence[Weighed]) -> None:
        """Take a score in its place: fold again those after it."""
        del new
        self._fold_from(place, scores)

    def drop(self, gone: Sequence[Weighed], left: Sequence[Weighed]) -> None:
        """Forget the last scores."""
        del gone
        self._fold_from(len(left), left)

    def _fold_from(self, place: int, scores: Sequence[Weighed]) -> None:
        """Fold what is new since a place, from the mark before it on."""
        mark = place // _EVERY
        del self._marks[mark + 1 :]
        self._pair, self._count = self._marks[mark], mark * _EVERY
        for score, weight in scores[self._count :]:
            self.push(score, weight)

    @abstractmethod
    def _next(self, pair: Ratio, score: Fraction) -> Ratio:
        """Return the pair after one more score."""


class Decay(Recursive):
    """d1 = s1; dk = (1-r)*d(k-1) + r*sk."""

    def __init__(self, share: Fraction) -> None:
        super().__init__(0, 1)
        self._new, self._whole = share.as_integer_ratio()

    def _next(self, pair: Ratio, score: Fraction) -> Ratio:
        above, below = score.as_integer_ratio()
        if self._count == 0:
            return above, below
        old = self._whole - self._new
        return old * pair[0] * below + self._new * above * pair[1], self._whole * below * pair[1]

    def value(self) -> Ratio | None:
        """Return the decayed value."""
        return self._pair if self._count else None


class KnowledgeTracing(Recursive):
    """Bayesian knowledge tracing: the probability that the skill is known after the last score (section 18).

    The pair is how likely the skill is known, and not known, up to a common factor.
    """

    def __init__(self, numbers: Mapping[str, Fraction]) -> None:
        prior = numbers["prior"]
        super().__init__(prior.numerator, prior.denominator - prior.numerator)
        self._correct_at = numbers["correctAt"]
        observed = lcm(numbers["slip"].denominator, numbers["guess"].denominator)
        moved = lcm(numbers["learn"].denominator, numbers["forget"].denominator)
        slip, guess = int(numbers["slip"] * observed), int(numbers["guess"] * observed)
        self._right, self._wrong = (observed - slip, guess), (slip, observed - guess)
        self._learn, self._forget, self._moved = int(numbers["learn"] * moved), int(numbers["forget"] * moved), moved

    def _next(self, pair: Ratio, score: Fraction) -> Ratio:
        likely = self._right if score >= self._correct_at else self._wrong
        known, unknown = pair[0] * likely[0], pair[1] * likely[1]
        if known + unknown == 0:
            known, unknown = pair
        stays = self._moved - self._forget
        return known * stays + unknown * self._learn, known * self._forget + unknown * (self._moved - self._learn)

    def value(self) -> Ratio | None:
        """Return the probability, or None before the first score."""
        return (self._pair[0], self._pair[0] + self._pair[1]) if self._count else None
