"""Exact numbers: rationals in, one quantisation out (rule book, section 5)."""

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil


@lru_cache(maxsize=8192)
def fraction(text: str) -> Fraction:
    """Return the exact value of ``"3"``, ``"0.25"`` or ``"5/6"``."""
    above, slash, below = text.partition("/")
    if slash:
        return Fraction(int(above), int(below))
    return Fraction(Decimal(above))


def fraction_text(value: Fraction) -> str:
    """Return the exact text of ``value``, from which ``fraction`` gives it back."""
    return f"{value.numerator}/{value.denominator}"


Ratio = tuple[int, int]
"""A numerator and a denominator above zero, not always in lowest terms."""


def units(ratio: Ratio, precision: int) -> int:
    """Return how many units of the last place a ratio is, a half rounded away from zero."""
    scale: int = 10**precision
    above, below = ratio[0] * scale, ratio[1]
    count = (2 * abs(above) + below) // (2 * below)
    return count if above >= 0 else -count


def quantise(value: Fraction, precision: int) -> Fraction:
    """Return ``value`` rounded to ``precision`` decimal places, half away from zero."""
    return Fraction(units(value.as_integer_ratio(), precision), 10**precision)


def decimal_text(value: Fraction, precision: int) -> str:
    """Return the quantised value with exactly ``precision`` places: ``"0.8167"``."""
    return units_text(units(value.as_integer_ratio(), precision), precision)


@lru_cache(maxsize=8192)
def quantised_text(exact: str, precision: int) -> str:
    """Return the quantised text of an exact one."""
    return decimal_text(fraction(exact), precision)


@lru_cache(maxsize=8192)
def units_text(count: int, precision: int) -> str:
    """Return the text of so many units of the last place: 8167 with 4 places is ``"0.8167"``."""
    digits = str(abs(count)).rjust(precision + 1, "0")
    sign = "-" if count < 0 else ""
    return sign + (f"{digits[:-precision]}.{digits[-precision:]}" if precision else digits)


def least_units(minimum: Fraction, precision: int) -> int:
    """Return the least count of units of the last place that reaches ``minimum``."""
    scale: int = 10**precision
    return ceil(minimum * scale)


_COMMON_MAGNITUDE = 30


@lru_cache(maxsize=8192, typed=True)
def _common(value: int | Decimal) -> Fraction:
    return Fraction(value)


def number_of(value: object) -> Fraction | None:
    """Return the exact value of a JSON number, or None for anything else (true and false are no numbers).

    Those of common magnitude are remembered: the same few scores come again and again.
    """
    if isinstance(value, Decimal):
        if not value.is_finite():
            return None
        return _common(value) if -_COMMON_MAGNITUDE < value.adjusted() < _COMMON_MAGNITUDE else Fraction(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return _common(value) if -(10**_COMMON_MAGNITUDE) < value < 10**_COMMON_MAGNITUDE else Fraction(value)
