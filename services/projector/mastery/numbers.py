"""Exact numbers: rationals in, one quantisation out (mastery.md section 5)."""

from decimal import Decimal
from fractions import Fraction


def fraction(text: str) -> Fraction:
    """Return the exact value of ``"3"``, ``"0.25"`` or ``"5/6"``."""
    above, slash, below = text.partition("/")
    if slash:
        return Fraction(int(above), int(below))
    return Fraction(Decimal(above))


def fraction_text(value: Fraction) -> str:
    """Return the exact text of ``value``, from which ``fraction`` gives it back."""
    return f"{value.numerator}/{value.denominator}"


def quantise(value: Fraction, precision: int) -> Fraction:
    """Return ``value`` rounded to ``precision`` decimal places, half away from zero."""
    scale = 10**precision
    doubled = 2 * abs(value.numerator) * scale
    units = (doubled + value.denominator) // (2 * value.denominator)
    return Fraction(units if value >= 0 else -units, scale)


def decimal_text(value: Fraction, precision: int) -> str:
    """Return a quantised value with exactly ``precision`` places: ``"0.8167"``."""
    units = abs(quantise(value, precision)) * 10**precision
    digits = str(units.numerator).rjust(precision + 1, "0")
    sign = "-" if value < 0 and units else ""
    return sign + (f"{digits[:-precision]}.{digits[-precision:]}" if precision else digits)


def number_of(value: object) -> Fraction | None:
    """Return the exact value of a JSON number, or None for anything else (true and false are no numbers)."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    return Fraction(value)
