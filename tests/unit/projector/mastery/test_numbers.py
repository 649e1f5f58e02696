"""Section 5: exact rationals, quantised once, half away from zero."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projector.mastery.numbers import decimal_text, fraction, fraction_text, number_of, quantise


@pytest.mark.parametrize(
    ("exact", "precision", "text"),
    [
        ("4.125", 2, "4.13"),
        ("-4.125", 2, "-4.13"),
        ("2/3", 4, "0.6667"),
        ("1", 0, "1"),
        ("0.05", 1, "0.1"),
        ("0", 4, "0.0000"),
        ("-1/1000000", 4, "0.0000"),
    ],
)
def test_a_half_is_rounded_away_from_zero(exact: str, precision: int, text: str) -> None:
    assert decimal_text(fraction(exact), precision) == text


def test_the_mean_of_three_times_seven_tenths_reaches_seven_tenths() -> None:
    assert quantise(sum([fraction("0.7")] * 3) / Fraction(3), 4) == fraction("0.70")


@given(st.fractions())
def test_an_exact_text_gives_its_fraction_back(value: Fraction) -> None:
    assert fraction(fraction_text(value)) == value


@given(st.fractions(), st.integers(0, 9))
def test_quantising_moves_a_value_by_half_a_unit_at_most(value: Fraction, precision: int) -> None:
    assert abs(quantise(value, precision) - value) <= Fraction(1, 2 * 10**precision)


def test_true_is_no_number_and_a_decimal_is_taken_exactly() -> None:
    assert number_of(True) is None
    assert number_of(Decimal("0.1")) == Fraction(1, 10)
    assert number_of("0.1") is None
