"""Base64 and decimal numbers that have exactly one spelling."""

import base64
import binascii

MAX_NUMBER = (1 << 63) - 1
_MAX_DIGITS = 19


def to_base64(value: bytes) -> str:
    """Return the standard, padded base64 of ``value`` (RFC 4648 section 4)."""
    return binascii.b2a_base64(value, newline=False).decode("ascii")


def from_base64(text: str) -> bytes:
    """Return the bytes that ``text`` spells. Raises ValueError unless it is their one canonical spelling."""
    try:
        value = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not standard base64") from error
    if to_base64(value) != text:
        raise ValueError("not canonical base64")
    return value


def from_decimal(text: str) -> int:
    """Return the number that ``text`` spells in ASCII digits. Raises ValueError on leading zeros and from 2**63 up."""
    if not (text.isascii() and text.isdigit()) or len(text) > _MAX_DIGITS:
        raise ValueError("not a decimal number of at most 19 digits")
    number = int(text)
    if str(number) != text or number > MAX_NUMBER:
        raise ValueError("a leading zero, or a number of 2**63 or more")
    return number
