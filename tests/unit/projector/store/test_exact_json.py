"""Numbers reach the engine exactly, and no number can stop it."""

from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projector.store.exact_json import parse_exactly


@pytest.mark.parametrize("text", ["0.1", "-0.0", "1.0", "1E5", "0.8166666666666666666666666666667", "4.125"])
def test_a_fraction_keeps_its_digits(text: str) -> None:
    number = parse_exactly(b'{"n":' + text.encode() + b"}")["n"]
    assert isinstance(number, Decimal)
    assert (number, str(number).upper()) == (Decimal(text), str(Decimal(text)).upper())


def test_an_integer_is_an_integer_of_any_size() -> None:
    assert parse_exactly(b'{"n":123456789012345678901234567890}') == {"n": 123456789012345678901234567890}


def test_a_number_that_would_fill_the_memory_as_a_fraction_is_zero() -> None:
    assert parse_exactly(b'{"n":1e-999999999}') == {"n": Decimal(0)}
    assert Fraction(parse_exactly(b'{"n":1e-1000}')["n"]) == Fraction(1, 10**1000)


def test_digits_beyond_the_hundredth_are_rounded_off() -> None:
    number = parse_exactly(b'{"n":0.' + b"1" * 5000 + b"}")["n"]
    assert number == Decimal("0." + "1" * 100)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12))
def test_any_usual_number_is_read_as_it_is_written(number: Decimal) -> None:
    assert parse_exactly(f'{{"n":{number:f}}}'.encode())["n"] == number


def test_what_is_not_json_is_an_error() -> None:
    with pytest.raises(msgspec.DecodeError):
        parse_exactly(b'{"n":}')
