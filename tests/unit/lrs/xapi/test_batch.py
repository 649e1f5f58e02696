"""A body is split into the bytes of its statements, and refused when it is no JSON."""

import pytest

from lrs.xapi.batch import nests_deeper, split
from lrs.xapi.faults import InvalidRequest


def test_one_statement_is_one_segment_with_its_bytes() -> None:
    assert split(b'\r\n {"a" : 1.0e2 }\n') == [b'{"a" : 1.0e2 }']


def test_an_array_is_split_and_every_byte_of_a_statement_kept() -> None:
    assert split(b'[ {"a": "\\u00e9\\"]" } ,\n{"b":[1, 2]}]') == [b'{"a": "\\u00e9\\"]" }', b'{"b":[1, 2]}']


def test_an_empty_array_is_an_empty_batch() -> None:
    assert split(b"[]") == []


@pytest.mark.parametrize(
    "body", [b"", b"  ", b"null", b"1", b'"x"', b"true", b"[{}", b"[{},]", b"[NaN]", b"[{}] x", b"\xef\xbb\xbf{}"]
)
def test_what_is_no_object_or_array_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as caught:
        split(body)
    assert caught.value.faults[0].rule == "Data 2.2"


def test_a_body_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="not UTF-8") as caught:
        split(b'{"a":"\xff"}')
    assert caught.value.faults[0].rule == "Communication 1.4.s1.b1"


def test_a_statement_that_nests_too_deep_is_refused_by_its_place() -> None:
    deep = b'{"a":' * 5 + b"1" + b"}" * 5
    assert split(b"[{}," + deep + b"]", max_depth=5)
    with pytest.raises(InvalidRequest, match="deeper than 4") as caught:
        split(b"[{}," + deep + b"]", max_depth=4)
    assert caught.value.faults[0].statement_index == 1


def test_many_brackets_side_by_side_or_in_text_are_not_deep() -> None:
    assert not nests_deeper(b'{"a":[' + b"[]," * 100 + b'"[[[[[[\\"[[["]}', 3)


def test_a_hundred_thousand_brackets_do_not_break_the_parser() -> None:
    with pytest.raises(InvalidRequest):
        split(b"[" * 100_000)
    with pytest.raises(InvalidRequest, match="deeper"):
        split(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)
