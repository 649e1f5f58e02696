"""Reading JSON for the engine: fractions as decimals, integers of any size, never a binary float."""

from decimal import Context, Decimal
from typing import Any

import msgspec

_DIGITS = Context(prec=100)
_SMALLEST_EXPONENT = -1000


def exact_decimal(text: str) -> Decimal:
    """Return the number, bounded: an exact fraction of ``1e-999999999`` would fill the memory, and stop the fold."""
    number = _DIGITS.create_decimal(text)
    return Decimal(0) if number.adjusted() < _SMALLEST_EXPONENT else number


_decode = msgspec.json.Decoder(float_hook=exact_decimal).decode


def parse_exactly(text: bytes) -> dict[str, Any]:
    """Return the object that ``text`` is; raises msgspec.DecodeError when it is not JSON.

    Numbers are exact up to 100 significant digits, and zero when nearer to it than 1e-1000.
    """
    parsed: dict[str, Any] = _decode(text)
    return parsed
