"""The methods that make one value of scores in canonical order (mastery.md section 8), all of them exact.

Each method is folded score by score, so that every prefix has its value and one more score costs one step.
"""

from abc import ABC, abstractmethod
from bisect import insort
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from projector.mastery.numbers import fraction

_HUNDRED = 100


class Running(ABC):
    """The value of the scores so far."""

    @abstractmethod
    def push(self, score: Fraction, weight: Fraction) -> None:
        """Take the next score in canonical order."""

    @abstractmethod
    def value(self) -> Fraction | None:
        """Return the exact value, or None when there is none yet."""


class Latest(Running):
    """The last score."""

    def __init__(self) -> None:
        self._last: Fraction | None = None

    def push(self, score: Fraction, weight: Fraction) -> None:
        """Take the next score."""
        del weight
        self._last = score

    def value(self) -> Fraction | None:
        """Return the last score."""
        return self._last


class Highest(Running):
    """The highest score."""

    def __init__(self) -> None:
        self._highest: Fraction | None = None

    def push(self, score: Fraction, weight: Fraction) -> None:
        """Take the next score."""
        del weight
        self._highest = score if self._highest is None else max(self._highest, score)

    def value(self) -> Fraction | None:
        """Return the highest score."""
        return self._highest


class Median(Running):
    """The middle score, or the mean of the two middle ones."""

    def __init__(self) -> None:
        self._ranked: list[Fraction] = []

    def push(self, score: Fraction, weight: Fraction) -> None:
        """Take the next score."""
        del weight
        insort(self._ranked, score)

    def value(self) -> Fraction | None:
        """Return the median."""
        count = len(self._ranked)
        if count == 0:
            return None
        return (self._ranked[(count - 1) // 2] + self._ranked[count // 2]) / 2


class WeightedMean(Running):
    """sum(w*s) / sum(w); no value while the weights sum to nothing."""

    def __init__(self) -> None:
        self._sum = Fraction(0)
        self._weights = Fraction(0)

    def push(self, score: Fraction, weight: Fraction) -> None:
        """Take the next score."""
        self._sum += weight * score
        self._weights += weight

    def value(self) -> Fraction | None:
        """Return the weighted mean."""
        return self._sum / self._weights if self._weights else None


class LastVersusRest(Running):
    """r*sn + (1-r)*mean(s1..s(n-1)); s1 if n = 1."""

    def __init__(self, share: Fraction) -> None:
        self._share = share
        self._last: Fraction | None = None
        self._sum = Fraction(0)
        self._count = 0

    def push(self, score: Fraction, weight: Fraction) -> None:
        """Take the next score."""
        del weight
        if self._last is not None:
            self._sum += self._last
            self._count += 1
        self._last = score

    def value(self) -> Fraction | None:
        """Return the last score against the mean of the rest."""
        if self._last is None or self._count == 0:
            return self._last
        return self._share * self._last + (1 - self._share) * self._sum / self._count


class Decay(Running):
    """d1 = s1; dk = (1-r)*d(k-1) + r*sk, never rounded inside."""

    def __init__(self, share: Fraction) -> None:
        self._share = share
        self._value: Fraction | None = None

    def push(self, score: Fraction, weight: Fraction) -> None:
        """Take the next score."""
        del weight
        self._value = score if self._value is None else (1 - self._share) * self._value + self._share * score

    def value(self) -> Fraction | None:
        """Return the decayed value."""
        return self._value


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

    def value(self) -> Fraction | None:
        """Return the mean of those that count, once they are enough."""
        return self._sum / self._count if self._count >= self._wanted else None


class KnowledgeTracing(Running):
    """Bayesian knowledge tracing: the probability that the skill is known after the last score (section 18)."""

    def __init__(self, numbers: Mapping[str, Fraction]) -> None:
        self._numbers = numbers
        self._known = numbers["prior"]
        self._any = False

    def push(self, score: Fraction, weight: Fraction) -> None:
        """Take the next score: right at or above ``correctAt``, else wrong."""
        del weight
        slip, guess = self._numbers["slip"], self._numbers["guess"]
        right = score >= self._numbers["correctAt"]
        known = self._known * (1 - slip if right else slip)
        unknown = (1 - self._known) * (guess if right else 1 - guess)
        after = known / (known + unknown) if known + unknown else self._known
        self._known = after * (1 - self._numbers["forget"]) + (1 - after) * self._numbers["learn"]
        self._any = True

    def value(self) -> Fraction | None:
        """Return the probability, or None before the first score."""
        return self._known if self._any else None


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
