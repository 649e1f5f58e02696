"""The methods that make one value of scores in canonical order (rule book, section 8), all of them exact.

Each method is folded score by score, so that every prefix has its value and one more score costs one step.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from projector.mastery.numbers import Ratio, fraction
from projector.mastery.recursive import Decay, KnowledgeTracing
from projector.mastery.running import Running, Weighed

_HUNDRED = 100


class Latest(Running):
    """The last score."""

    def __init__(self) -> None:
        self._last: Fraction | None = None

    def push(self, score: Fraction, weight: Fraction) -> None:
        """Take the next score."""
        del weight
        self._last = score

    def remove(self, gone: Weighed, place: int, left: Sequence[Weighed]) -> None:
        """Forget a score."""
        del gone, place
        self._last = left[-1][0] if left else None

    def insert(self, new: Weighed, place: int, scores: Sequence[Weighed]) -> None:
        """Take a score in its place."""
        del new, place
        self._last = scores[-1][0]

    def value(self) -> Ratio | None:
        """Return the last score."""
        return None if self._last is None else self._last.as_integer_ratio()


class Highest(Running):
    """The highest score; what it was after each score is kept."""

    def __init__(self) -> None:
        self._highs: list[Fraction] = []

    def push(self, score: Fraction, weight: Fraction) -> None:
        """Take the next score."""
        del weight
        self._highs.append(self._high(len(self._highs), score))

    def _high(self, place: int, score: Fraction) -> Fraction:
        """Return the highest of a score and those before its place."""
        before = self._highs[place - 1] if place else score
        return before if before is score or before > score else score

    def remove(self, gone: Weighed, place: int, left: Sequence[Weighed]) -> None:
        """Forget a score."""
        del gone
        del self._highs[place]
        self._settle(place, left)

    def insert(self, new: Weighed, place: int, scores: Sequence[Weighed]) -> None:
        """Take a score in its place."""
        self._highs.insert(place, self._high(place, new[0]))
        self._settle(place + 1, scores)

    def _settle(self, place: int, scores: Sequence[Weighed]) -> None:
        """Find the highest again from a place on, as far as it is another."""
        for number in range(place, len(scores)):
            high = self._high(number, scores[number][0])
            if high == self._highs[number]:
                return
            self._highs[number] = high

    def drop(self, gone: Sequence[Weighed], left: Sequence[Weighed]) -> None:
        """Forget the last scores."""
        del gone
        del self._highs[len(left) :]

    def value(self) -> Ratio | None:
        """Return the highest score."""
        return self._highs[-1].as_integer_ratio() if self._highs else None


class Median(Running):
    """The middle score, or the mean of the two middle ones."""

    def __init__(self) -> None:
        self._ranked: list[Fraction] = []

    def push(self, score: Fraction, weight: Fraction) -> None:
        """Take the next score."""
        del weight
        insort(self._ranked, score)

    def remove(self, gone: Weighed, place: int, left: Sequence[Weighed]) -> None:
        """Forget a score."""
        del place, left
        del self._ranked[bisect_left(self._ranked, gone[0])]

    def insert(self, new: Weighed, place: int, scores: Sequence[Weighed]) -> None:
        """Take a score in its place."""
        del place, scores
        insort(self._ranked, new[0])

    def value(self) -> Ratio | None:
        """Return the median."""
        count = len(self._ranked)
        if count == 0:
            return None
        return ((self._ranked[(count - 1) // 2] + self._ranked[count // 2]) / 2).as_integer_ratio()


class WeightedMean(Running):
    """sum(w*s) / sum(w); no value while the weights sum to nothing."""

    def __init__(self) -> None:
        self._sum = Fraction(0)
        self._weights = Fraction(0)

    def push(self, score: Fraction, weight: Fraction) -> None:
        """Take the next score."""
        self._sum += weight * score
        self._weights += weight

    def remove(self, gone: Weighed, place: int, left: Sequence[Weighed]) -> None:
        """Forget a score."""
        del place, left
        self._sum -= gone[1] * gone[0]
        self._weights -= gone[1]

    def insert(self, new: Weighed, place: int, scores: Sequence[Weighed]) -> None:
        """Take a score in its place."""
        del place, scores
        self.push(*new)

    def value(self) -> Ratio | None:
        """Return the weighted mean."""
        return (self._sum / self._weights).as_integer_ratio() if self._weights else None


class LastVersusRest(Running):
    """r*sn + (1-r)*mean(s1..s(n-1)); s1 if n = 1."""

    def __init__(self, share: Fraction) -> None:
        self._share = share
        self._last = Fraction(0)
        self._sum = Fraction(0)
        self._count = 0

    def push(self, score: Fraction, weight: Fraction) -> None:
        """Take the next score."""
        del weight
        self._last = score
        self._sum += score
        self._count += 1

    def remove(self, gone: Weighed, place: int, left: Sequence[Weighed]) -> None:
        """Forget a score."""
        del place
        self._sum -= gone[0]
        self._count -= 1
        self._last = left[-1][0] if left else Fraction(0)

    def insert(self, new: Weighed, place: int, scores: Sequence[Weighed]) -> None:
        """Take a score in its place."""
        del place
        self.push(*new)
        self._last = scores[-1][0]

    def value(self) -> Ratio | None:
        """Return the last score against the mean of the rest."""
        if self._count == 0:
            return None
        if self._count == 1:
            return self._last.as_integer_ratio()
        rest = (self._sum - self._last) / (self._count - 1)
        return (self._share * self._last + (1 - self._share) * rest).as_integer_ratio()


class CountAtCut(Running):
    """The mean of the scores at or above the cut if there are at least n of them.

    With ``consecutive``, a score below the cut starts the count anew.
    """

    def __init__(self, wanted: int, cut: Fraction, consecutive: bool) -> None:
        self._wanted = wanted
        self._cut = cut
        self._consecutive = consecutive
        self._sum = Fraction(0)
        self._count = 0

    def push(self, score: Fraction, weight: Fraction) -> None:
        """Take the next score."""
        del weight
        if score >= self._cut:
            self._sum += score
            self._count += 1
        elif self._consecutive:
            self._sum = Fraction(0)
            self._count = 0

    def remove(self, gone: Weighed, place: int, left: Sequence[Weighed]) -> None:
        """Forget a score."""
        if self._consecutive:
            self._count_from_the_end(place, left)
        elif gone[0] >= self._cut:
            self._sum -= gone[0]
            self._count -= 1

    def insert(self, new: Weighed, place: int, scores: Sequence[Weighed]) -> None:
        """Take a score in its place."""
        if self._consecutive:
            self._count_from_the_end(place, scores)
        else:
            self.push(*new)

    def drop(self, gone: Sequence[Weighed], left: Sequence[Weighed]) -> None:
        """Forget the last scores; if all of them counted, those before them go on counting."""
        if self._consecutive and len(gone) >= self._count:
            self._count_from_the_end(len(left), left)
            return
        for score, _ in gone:
            if score >= self._cut:
                self._sum -= score
                self._count -= 1

    def _count_from_the_end(self, place: int, scores: Sequence[Weighed]) -> None:
        """Count the last scores at or above the cut, unless what came or went at a place stood before them."""
        if place < len(scores) - self._count - 1:
            return
        self._sum, self._count = Fraction(0), 0
        for score, _ in reversed(scores):
            if score < self._cut:
                return
            self._sum += score
            self._count += 1

    def value(self) -> Ratio | None:
        """Return the mean of those that count, once they are enough."""
        return (self._sum / self._count).as_integer_ratio() if self._count >= self._wanted else None


_TRACING_DEFAULTS = {"forget": "0", "correctAt": "0.5"}
_TRACING_NAMES = ("prior", "learn", "guess", "slip", "forget", "correctAt")


def compile_method(method: Mapping[str, Any], mastery_min: Fraction) -> Callable[[], Running]:
    """Return what starts the fold of a policy's ``method``; ``mastery_min`` is the default cut of ``n_mastery``."""
    share = Fraction(method.get("lastPercent", 65), _HUNDRED)
    kind = method["type"]
    if kind == "n_mastery":
        cut = fraction(method["atLeast"]) if "atLeast" in method else mastery_min
        wanted, consecutive = method.get("n", 5), method.get("consecutive", False)
        return lambda: CountAtCut(wanted, cut, consecutive)
    if kind == "bkt":
        numbers = {name: fraction(method.get(name, _TRACING_DEFAULTS.get(name))) for name in _TRACING_NAMES}
        return lambda: KnowledgeTracing(numbers)
    if kind == "last_vs_rest":
        return lambda: LastVersusRest(share)
    if kind == "exp_decay":
        return lambda: Decay(share)
    plain: dict[str, Callable[[], Running]] = {
        "latest": Latest,
        "highest": Highest,
        "median": Median,
        "weighted_mean": WeightedMean,
    }
    return plain[kind]
