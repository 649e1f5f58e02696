import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator

import pytest

from lrs.api.multipart import Part, attachment_faults, close, split, statement_part
from lrs.xapi.faults import InvalidRequest

PHOTO = bytes(range(256)) * 9
TYPE = 'multipart/mixed; boundary="abc"'


def part(content: bytes, **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}".encode() for name, value in headers.items()]
    return b"--abc\r\n" + b"\r\n".join(lines) + b"\r\n\r\n" + content + b"\r\n"


def photo(**changed: str) -> bytes:
    headers = {
        "Content_Type": "image/png",
        "Content_Transfer_Encoding": "binary",
        "X_Experience_API_Hash": hashlib.sha256(PHOTO).hexdigest(),
    }
    return part(PHOTO, **(headers | changed))


BODY = part(b'{"a":1}', Content_Type="application/json; charset=utf-8") + photo() + b"--abc--\r\n"


opened: list[Part] = []


@pytest.fixture(autouse=True)
def close_parts() -> Iterator[None]:
    yield
    close(opened)
    opened.clear()


def read(body: bytes, size: int = 65536, content_type: str = TYPE) -> list[Part]:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    parts = asyncio.run(split(chunks(), content_type))
    opened.extend(parts)
    return parts


@pytest.mark.parametrize("size", [1, 3, 17, 100_000])
def test_parts_are_the_same_however_the_body_arrives(size: int):
    statements, attached = read(BODY, size)
    assert statement_part([statements]) == b'{"a":1}'
    assert attached.content() == PHOTO
    assert attached.sha256() == hashlib.sha256(PHOTO).hexdigest()
    assert attached.length == len(PHOTO)
    assert attachment_faults([statements, attached]) == []


def test_a_line_break_before_the_first_boundary_is_no_fault():
    assert len(read(b"\r\n" + BODY)) == 2


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_lines_before_the_first_boundary_are_passed_over(size: int):
    statements, attached = read(b"This is a message in several parts.\r\n\r\n" + BODY, size)
    assert statement_part([statements]) == b'{"a":1}'
    assert attached.content() == PHOTO


def run_on(*contents: bytes, stated: tuple[bytes, ...] = ()) -> bytes:
    """Write attachment parts with nothing between the content of one and the boundary of the next."""
    written = b""
    for content, hashed in zip(contents, stated or contents, strict=True):
        digest = hashlib.sha256(hashed).hexdigest()
        headers = {"Content_Transfer_Encoding": "binary", "X_Experience_API_Hash": digest}
        written += part(content, **headers).removesuffix(b"\r\n")
    return part(b"{}", Content_Type="application/json") + written + b"\r\n--abc--\r\n"


@pytest.mark.parametrize("size", [1, 11, 100_000])
def test_parts_without_a_line_break_before_their_boundary_are_told_apart_by_their_hashes(size: int):
    contents = [b"first", PHOTO, b"", b"a line\r\n", b"two lines\r\n\r\n", b"last"]
    parts = read(run_on(*contents), size)
    assert [one.content() for one in parts[1:]] == contents
    assert attachment_faults(parts) == []


def test_parts_without_a_line_break_stay_one_when_any_of_them_lacks_its_hash():
    parts = read(run_on(b"first", b"second", b"third", stated=(b"first", b"else", b"third")))
    assert [fault.message for fault in attachment_faults(parts)] == [
        "the content of part 2 does not have its X-Experience-API-Hash"
    ]


def test_a_boundary_within_content_that_has_its_hash_is_content():
    content = b"a line that ends in --abc\r\nX: y\r\n\r\nand goes on"
    assert [one.content() for one in read(run_on(content))[1:]] == [content]


def test_too_many_parts_without_a_line_break_are_refused():
    with pytest.raises(InvalidRequest, match="more than 1000 parts"):
        read(run_on(*[b"x"] * 1000))


def test_endless_words_before_the_first_boundary_are_refused():
    with pytest.raises(InvalidRequest, match="no boundary where its first part should begin"):
        read(b"words " * 20_000 + b"\r\n" + BODY, 1000)


def test_a_boundary_without_quotes_is_taken():
    assert len(read(BODY, content_type="multipart/mixed; boundary=abc")) == 2


@pytest.mark.parametrize(
    "body", [b"", b"--abc\r\n", BODY[:-9], b"--other\r\n\r\n\r\n--other--", b"--abc--\r\n", b"{}", b"preamble " + BODY]
)
def test_a_malformed_or_unfinished_body_is_refused(body: bytes):
    with pytest.raises(InvalidRequest, match="multipart"):
        read(body)


@pytest.mark.parametrize(
    "content_type", ["multipart/mixed", "multipart/mixed; boundary=", "multipart/mixed; boundary=" + "x" * 300]
)
def test_a_missing_or_endless_boundary_is_refused(content_type: str):
    with pytest.raises(InvalidRequest, match="boundary"):
        read(BODY, content_type=content_type)


def test_the_first_part_must_be_json():
    with pytest.raises(InvalidRequest, match="first part"):
        statement_part(read(photo() + b"--abc--"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"X_Experience_API_Hash": "0" * 64}, "does not have its X-Experience-API-Hash"),
        ({"X_Experience_API_Hash": "nonsense"}, "does not have its X-Experience-API-Hash"),
        ({"Content_Transfer_Encoding": "base64"}, "lacks Content-Transfer-Encoding: binary"),
    ],
)
def test_each_fault_of_an_attachment_part_is_named(changed: dict[str, str], said: str):
    parts = read(part(b"{}", Content_Type="application/json") + photo(**changed) + b"--abc--")
    assert [fault.message for fault in attachment_faults(parts)] == [
        f"{'the content of ' if 'does not' in said else ''}part 2 {said}"
    ]


def test_an_attachment_part_without_any_header_has_two_faults():
    parts = read(part(b"{}", Content_Type="application/json") + part(b"x", A="b") + b"--abc--")
    assert len(attachment_faults(parts)) == 2


def test_a_large_part_lies_on_disk_and_comes_back_whole():
    big = bytes(3_000_000)
    parts = read(part(b"{}", Content_Type="application/json") + part(big, A="b") + b"--abc--")
    assert parts[1].content() == big
