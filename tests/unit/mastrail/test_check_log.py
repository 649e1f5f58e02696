"""A statement is read back in one parse, by the same verdict as when each of its forms is parsed."""

import struct
from datetime import UTC, datetime

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from lrs.xapi import stored_text
from mastrail.checks.log import read_back

NOW = datetime(2026, 1, 2, tzinfo=UTC)
OBJECT = b'{"id":"1","a":[1,{"b":"x"}]}'


def each_form_is_an_object(payload: bytes) -> bool:
    """What ``read_back`` promises, the long way."""
    try:
        received = orjson.loads(stored_text.received(payload))
        exact = orjson.loads(stored_text.exact(payload, NOW))
    except (ValueError, struct.error):
        return False
    return isinstance(received, dict) and isinstance(exact, dict)


def payload(received: bytes, tail: bytes) -> bytes:
    return stored_text.pack(received, tail)


pieces = st.sampled_from([OBJECT, b"{}", b"[1]", b"{", b"}", b'"', b'{"a":[1}', b'{"a":"x}', b" ", b"1"])
tails = st.sampled_from(
    [b"}", b',"id":"2"}', b",}", b",2]}", b'","id":"y"}', OBJECT, b'{"id":"3"} ', b"", b',"id":"2"', b', "x" : 1 } ']
)


@given(st.lists(pieces, min_size=1, max_size=2).map(b"".join), tails, st.integers(-6, 0))
@example(b'{"a":[1}', b",2]}", 0)
@example(OBJECT, b"}", 0)
def test_the_verdict_is_that_of_parsing_each_form(received: bytes, tail: bytes, cut: int) -> None:
    whole = payload(received, tail)
    stored = whole[: len(whole) + cut]
    assert (read_back(stored) is not None) == each_form_is_an_object(stored)


def test_what_comes_back_is_the_stored_text() -> None:
    assert read_back(payload(OBJECT, b',"version":"1.0.3"}')) == {"id": "1", "a": [1, {"b": "x"}], "version": "1.0.3"}
    assert read_back(payload(b'{"id":"9"}', b'{"id":"1"}')) == {"id": "1"}
    assert read_back(b"\0\0") is None
