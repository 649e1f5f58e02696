"""Split the body of a statement request into the bytes of each statement, without parsing any of them (Data 2.2)."""

from itertools import accumulate

import msgspec

from lrs.xapi.faults import Fault, InvalidRequest

MAX_DEPTH = 64

_ENCODING_RULE = "Communication 1.4.s1.b1"
_JSON_RULE = "Data 2.2"
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # as signed bytes: one level down, one level up
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_statements = msgspec.json.Decoder(list[msgspec.Raw])


def split(body: bytes, max_depth: int = MAX_DEPTH) -> list[bytes]:
    """Return the bytes of every statement in ``body``, which holds one statement or an array of them.

    An empty array is an empty batch: no rule of the specification refuses it (Communication 2.1.2).
    Raises InvalidRequest when the body is not UTF-8, is not JSON, is neither an object nor an array, or when a
    statement nests deeper than ``max_depth``. What is wrong inside one statement is found by ``check``.
    """
    text = body.strip(b" \t\r\n")
    _must_be_utf8(text)
    if text[:1] == b"{":
        segments = [text]
    elif text[:1] == b"[":
        segments = _segments(text)
    elif text.startswith(_BYTE_ORDER_MARK):
        raise _refused("the body begins with a byte order mark; send UTF-8 without one", _JSON_RULE)
    else:
        raise _refused("the body is neither a JSON object nor an array of objects", _JSON_RULE)
    for index, segment in enumerate(segments):
        if nests_deeper(segment, max_depth):
            raise _refused(f"the statement nests deeper than {max_depth} levels", _JSON_RULE, index)
    return segments


def nests_deeper(text: bytes, max_depth: int) -> bool:
    """Return whether the JSON ``text`` opens more than ``max_depth`` objects and arrays inside each other."""
    if len(text.translate(None, _NO_BRACKETS)) <= 2 * max_depth:  # each that opens is closed
        return False
    steps = _outside_strings(text).translate(_STEPS, _NO_BRACKETS)
    return max(accumulate(memoryview(steps).cast("b")), default=0) > max_depth


def _outside_strings(text: bytes) -> bytes:
    """Return the JSON ``text`` without its strings; outside of them nothing is escaped."""
    return b"".join(text.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])


def _must_be_utf8(text: bytes) -> None:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(f"the body is not UTF-8 (byte {error.start})", _ENCODING_RULE) from error


def _segments(text: bytes) -> list[bytes]:
    try:
        return [bytes(raw).strip(b" \t\r\n") for raw in _statements.decode(text)]
    except (msgspec.DecodeError, RecursionError) as error:
        raise _refused("the body is not well-formed JSON", _JSON_RULE) from error


def _refused(message: str, rule: str, statement_index: int | None = None) -> InvalidRequest:
    return InvalidRequest(message, [Fault(message, rule=rule, statement_index=statement_index)])
