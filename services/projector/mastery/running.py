"""What every method is: a value that is folded score by score (rule book, section 8)."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction

from projector.mastery.numbers import Ratio

Weighed = tuple[Fraction, Fraction]
"""A score and its weight."""


class Running(ABC):
    """The value of the scores so far."""

    @abstractmethod
    def push(self, score: Fraction, weight: Fraction) -> None:
        """Take the next score in canonical order."""

    @abstractmethod
    def remove(self, gone: Weighed, place: int, left: Sequence[Weighed]) -> None:
        """Forget the score that stood at ``place``; ``left`` are those that are left, in order."""

    @abstractmethod
    def insert(self, new: Weighed, place: int, scores: Sequence[Weighed]) -> None:
        """Take a score that stands at ``place`` among the ``scores``, in order."""

    def drop(self, gone: Sequence[Weighed], left: Sequence[Weighed]) -> None:
        """Forget the last scores, which are ``gone``; ``left`` are those before them, in order."""
        for one in gone:
            self.remove(one, len(left), left)

    @abstractmethod
    def value(self) -> Ratio | None:
        """Return the exact value, or None when there is none yet."""
