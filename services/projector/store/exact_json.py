"""Reading JSON for the engine: fractions as decimals, integers of any size, never a binary float."""

from decimal import Decimal
from typing import Any

import msgspec

_decode = msgspec.json.Decoder(float_hook=Decimal).decode


def parse_exactly(text: bytes) -> dict[str, Any]:
    """Return the object that ``text`` is; raises msgspec.DecodeError when it is not JSON."""
    parsed: dict[str, Any] = _decode(text)
    return parsed
