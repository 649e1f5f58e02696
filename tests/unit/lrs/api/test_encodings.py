import gzip

import pytest

from lrs.api.encodings import unpacker
from lrs.xapi.faults import EncodingNotTaken, InvalidRequest

TEXT = b'{"suspend": "' + b"1,0;" * 5000 + b'"}'
PACKED = gzip.compress(TEXT, mtime=0)
ROOM = 10 * len(TEXT)


def unpack(packed: bytes, size: int, most: int = ROOM) -> bytes:
    stream = unpacker("gzip")
    assert stream is not None
    starts = range(0, len(packed), size)
    return b"".join(stream.unpack(packed[at : at + size], most, is_last=at + size >= len(packed)) for at in starts)


@pytest.mark.parametrize("name", [None, "", "identity", "Identity", " utf-8 "])
def test_a_body_that_is_not_packed_needs_no_unpacking(name: str | None):
    assert unpacker(name) is None


@pytest.mark.parametrize("name", ["br", "deflate", "zstd", "compress", "gzip, gzip", "aes128gcm"])
def test_other_encodings_are_refused(name: str):
    with pytest.raises(EncodingNotTaken, match="as it is, or as gzip"):
        unpacker(name)


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_gzip_is_unpacked_however_it_arrives(size: int):
    assert unpack(PACKED, size) == TEXT


def test_no_more_is_unpacked_than_there_is_room_for():
    bomb = gzip.compress(bytes(50_000_000))
    assert len(unpack(bomb, len(bomb), 1000)) == 1000


@pytest.mark.parametrize(
    ("packed", "said"),
    [
        (TEXT, "is not the gzip"),
        (PACKED[:-9], "ends too early"),
        (PACKED[:40] + b"?" * 40 + PACKED[80:], "is not the gzip"),
        (PACKED + b"{}", "follows the end"),
        (PACKED + PACKED, "follows the end"),
    ],
    ids=["plain text", "cut short", "damaged", "text behind", "two of them"],
)
def test_what_is_no_gzip_is_refused(packed: bytes, said: str):
    with pytest.raises(InvalidRequest, match=said):
        unpack(packed, len(packed))
