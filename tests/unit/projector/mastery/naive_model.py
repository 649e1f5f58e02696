"""The rule book once more, as a reader would do it by hand: one person, one competency, one exam, whole days.

It shares nothing with the engine. A score is (day, stored day, number, score); days count from New Year 2026.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from statistics import median
from typing import Any

Score = tuple[int, int, int, Fraction]
Decision = tuple[int, bool]
"""A day, and whether mastery was granted."""
NOVICE, PROFICIENT = Fraction("0.40"), Fraction("0.70")


def rounded(value: Fraction) -> Fraction:
    """Section 5: four places, half away from zero."""
    return Fraction(int(value * 10_000 + Fraction(1, 2)), 10_000)


def mean(scores: Sequence[Fraction]) -> Fraction:
    return sum(scores, Fraction(0)) / len(scores)


def last_vs_rest(scores: Sequence[Fraction]) -> Fraction:
    return scores[0] if len(scores) == 1 else Fraction(65, 100) * scores[-1] + Fraction(35, 100) * mean(scores[:-1])


def exp_decay(scores: Sequence[Fraction]) -> Fraction:
    return (
        scores[0] if len(scores) == 1 else Fraction(35, 100) * exp_decay(scores[:-1]) + Fraction(65, 100) * scores[-1]
    )


def two_of_mastery(scores: Sequence[Fraction]) -> Fraction | None:
    good = [score for score in scores if score >= PROFICIENT]
    return mean(good) if len(good) >= 2 else None


def bkt(scores: Sequence[Fraction]) -> Fraction:
    known, learn, guess, slip = Fraction("0.5"), Fraction("0.1"), Fraction("0.2"), Fraction("0.1")
    for score in scores:
        right, wrong = (1 - slip, guess), (slip, 1 - guess)
        a, b = right if score >= Fraction("0.5") else wrong
        posterior = known * a / (known * a + (1 - known) * b)
        known = posterior + (1 - posterior) * learn
    return known


METHODS: dict[str, tuple[dict[str, Any], Callable[[Sequence[Fraction]], Fraction | None]]] = {
    "latest": ({"type": "latest"}, lambda scores: scores[-1]),
    "highest": ({"type": "highest"}, max),
    "median": ({"type": "median"}, median),
    "weighted_mean": ({"type": "weighted_mean"}, mean),
    "last_vs_rest": ({"type": "last_vs_rest"}, last_vs_rest),
    "exp_decay": ({"type": "exp_decay"}, exp_decay),
    "n_mastery": ({"type": "n_mastery", "n": 2}, two_of_mastery),
    "bkt": ({"type": "bkt", "prior": "0.5", "learn": "0.1", "guess": "0.2", "slip": "0.1"}, bkt),
}


@dataclass
class Answer:
    """What the state of the person has to say; days for instants."""

    status: str = "not_started"
    level: str | None = None
    value: str | None = None
    attained: int | None = None
    valid_until: int | None = None
    grace_until: int | None = None
    accepted: list[int] = field(default_factory=list)


def counting(scores: Iterable[Score], voided: set[int], *, by_stored: bool) -> list[Score]:
    """Sections 6, 7 and 12: without what is voided and what repeats, in canonical order."""
    kept: list[Score] = []
    for one in sorted((one for one in scores if one[2] not in voided), key=lambda one: one[1:] if by_stored else one):
        if not any((one[0], one[3]) == (other[0], other[3]) for other in kept):
            kept.append(one)
    return kept


@dataclass
class Terms:
    """Section 11: how long, from what, and what then."""

    period: int | None
    grace: int = 0
    window: int = 0
    from_expiry: bool = False

    def renewed(self, until: int, day: int) -> int:
        new = day + (self.period or 0)
        if self.from_expiry and until - self.window <= day <= until:
            new = until + (self.period or 0)
        return max(new, until)


@dataclass
class Rules:
    """What a policy says, as far as this reader goes: ``keep`` is which attempt counts, ``least`` how many are needed."""

    method: str
    decline: str = "follow"
    terms: Terms = field(default_factory=lambda: Terms(None))
    keep: str = "all"
    least: int = 0
    by_stored: bool = False


def kept_of(scores: Sequence[Score], keep: str) -> list[Score]:
    """Section 7: which of several attempts count, of equally good ones the first."""
    if keep == "all":
        return list(scores)
    best = next(one for one in scores if one[3] == max(other[3] for other in scores))
    return [{"best": best, "latest": scores[-1], "first": scores[0]}[keep]]


@dataclass
class Reader:
    """Sections 8, 9 and 11: goes through what happened, day by day."""

    rules: Rules
    found: Answer = field(default_factory=Answer)
    level: Fraction = Fraction(-1)
    best: Fraction = Fraction(-1)
    until: int | None = None
    granted: bool = False
    barred: bool = False

    def take(self, known: Sequence[Score]) -> None:
        """Read the last of the scores so far."""
        one, kept = known[-1], kept_of(known, self.rules.keep)
        self.found.accepted = [piece[2] for piece in kept]
        value = METHODS[self.rules.method][1]([piece[3] for piece in kept])
        shown = None if value is None else rounded(value)
        self.found.value = None if shown is None else f"{float(shown):.4f}"
        self.level = Fraction(-1) if shown is None or len(kept) < self.rules.least else shown
        self.best = max(self.best, self.level)
        renews = one in kept and self.level >= PROFICIENT
        self.barred = self.barred and not renews
        self.stand(one[0], renews=renews)

    def decide(self, day: int, *, grants: bool) -> None:
        """Read a decision."""
        self.granted, self.barred = grants, not grants
        if not grants:
            self.best = Fraction(-1)
        ends = None if self.until is None else self.until + self.rules.terms.grace
        self.stand(day, renews=grants and ends is not None and day >= ends)

    def stand(self, day: int, *, renews: bool) -> None:
        """Work out level and mastery after what happened on a day; ``renews`` if it can extend validity."""
        found, terms = self.found, self.rules.terms
        decides = max(self.best, self.level) if self.rules.decline == "high_water" else self.level
        decides = max(decides, PROFICIENT) if self.granted else decides
        decides = min(decides, NOVICE) if self.barred and decides >= PROFICIENT else decides
        found.level = "proficient" if decides >= PROFICIENT else "novice" if decides >= NOVICE else None
        if decides < PROFICIENT:
            found.attained = self.until = None
        elif found.attained is None or (self.until is not None and day >= self.until + terms.grace and renews):
            found.attained, self.until = day, None if terms.period is None else day + terms.period
        elif self.until is not None and renews:
            self.until = terms.renewed(self.until, day)


def answer(
    scores: Iterable[Score], voided: set[int], decisions: Iterable[Decision], rules: Rules, now: int | None
) -> Answer:
    """Return what the state has to say; of one day, scores come before decisions."""
    reader = Reader(rules)
    known = counting(scores, voided, by_stored=rules.by_stored)
    happened = [(one[0] if not rules.by_stored else 0, 0, place) for place, one in enumerate(known, start=1)]
    happened += [(day, 1, int(grants)) for day, grants in decisions]
    for day, is_decision, which in sorted(happened):
        if is_decision:
            reader.decide(day, grants=bool(which))
        else:
            reader.take(known[:which])
    return ended(reader.found, reader.until, rules.terms, now)


def ended(found: Answer, until: int | None, terms: Terms, now: int | None) -> Answer:
    """Section 18: the status, and what time made of it."""
    found.status = "in_progress" if found.accepted else "not_started"
    if found.attained is not None:
        found.status, found.valid_until = "mastered", until
        found.grace_until = until + terms.grace if until is not None and terms.grace else None
    if until is not None and now is not None:
        ends = until + terms.grace
        expiring = bool(terms.window) and now >= until - terms.window
        found.status = "lapsed" if now >= ends else "grace" if now >= until else "expiring" if expiring else "mastered"
    return found
