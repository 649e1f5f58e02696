"""Canonical JSON (RFC 8785) and the SHA-256 of it (rule book, sections 12 and 13)."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec
import rfc8785

from projector.mastery.faults import InvalidDocument
from projector.mastery.times import instant, render

_WHOLE, _DOUBLE = 2**53 - 1, Decimal("1.7976931348623157E+308")
_SORTED = msgspec.json.Encoder(order="sorted")


def plain(document: Any, at: str = "") -> Any:
    """Return a document as JSON values with exact numbers: what YAML read as a time becomes its text again.

    Raises InvalidDocument with the pointer, below ``at``, of a number that has no canonical text.
    """
    if isinstance(document, Mapping):
        return {str(name): plain(value, f"{at}/{name}") for name, value in document.items()}
    if isinstance(document, list | tuple):
        return [plain(value, f"{at}/{place}") for place, value in enumerate(document)]
    if (isinstance(document, int) and abs(document) > _WHOLE) or (
        isinstance(document, Decimal) and abs(document) > _DOUBLE
    ):
        raise InvalidDocument("the number is beyond those of JSON", at)
    if isinstance(document, datetime):
        return render(instant(document))
    if isinstance(document, date):
        return document.isoformat()
    if isinstance(document, str | int | Decimal) or document is None:
        return document
    return Decimal(repr(document))


def as_doubles(value: Any) -> Any:
    """Return ``value`` with decimals as the doubles that RFC 8785 defines its number text by."""
    if isinstance(value, dict):
        return {name: as_doubles(member) for name, member in value.items()}
    if isinstance(value, list):
        return [as_doubles(member) for member in value]
    return float(value) if isinstance(value, Decimal) else value


def canonical(document: Any) -> bytes:
    """Return the RFC 8785 bytes of a document that came from outside."""
    return rfc8785.dumps(as_doubles(plain(document)))


def document_sha256(document: Any) -> str:
    """Return the hex SHA-256 by which a version of a document is known."""
    return sha256(canonical(document)).hexdigest()


def own_canonical(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a value of our own: ASCII names, no fractions, integers below 2**53."""
    return _SORTED.encode(value)


def own_sha256(value: Any) -> str:
    """Return the hex SHA-256 of ``own_canonical``."""
    return sha256(own_canonical(value)).hexdigest()
