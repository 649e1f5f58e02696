"""Payloads made small and given back byte by byte; what is no compressed payload is refused before it does harm."""

import struct
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from lrs.log import compression, dictionaries, facts, frame
from lrs.log.compression import FIRST_OF_STORE, Codec
from lrs.log.entry import STATEMENT_STORED, LogEntry
from lrs.log.faults import StoreDamaged

STATEMENT = b'{"actor":{"mbox":"mailto:a@example.org"},"verb":{"id":"http://adlnet.gov/expapi/verbs/completed"}}'
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def codec() -> Codec:
    return Codec(dictionaries.of_package, dictionaries.GENERIC)


def numbered(compressed: bytes, number: int = dictionaries.GENERIC) -> bytes:
    return struct.pack(">H", number) + compressed


def dictionary_entry(payload: bytes, topic: str = facts.DICTIONARY_TRAINED, number: int = 256) -> LogEntry:
    return LogEntry(9, dictionaries.entry_id(number), topic, NOON, payload, b"")


@given(
    payloads=st.lists(st.one_of(st.binary(max_size=400), st.text().map(lambda text: (text * 9).encode())), max_size=60)
)
def test_payloads_packed_together_are_packed_as_each_alone(payloads: list[bytes]) -> None:
    many = [*payloads, *([STATEMENT] * 64)]
    assert codec().pack_all(many) == [codec().pack(payload) for payload in many]
    assert codec().pack_all(payloads) == [codec().pack(payload) for payload in payloads]


@given(payload=st.one_of(st.binary(max_size=400), st.text().map(lambda text: (text * 9).encode())))
def test_a_payload_comes_back_byte_by_byte(payload: bytes) -> None:
    version, content = codec().pack(payload)
    assert codec().unpack(version, content) == payload
    assert len(content) <= len(payload)


def test_a_statement_is_a_zstandard_frame_behind_the_number_of_its_dictionary() -> None:
    version, content = codec().pack(STATEMENT * 3)
    dictionary = zstandard.ZstdCompressionDict(dictionaries.of_package(dictionaries.GENERIC))
    assert (version, content[:2]) == (frame.COMPRESSED, b"\x00\x01")
    assert zstandard.ZstdDecompressor(dict_data=dictionary).decompress(content[2:]) == STATEMENT * 3
    assert len(content) < len(STATEMENT)


@pytest.mark.parametrize("payload", [b"", b"{}", b"x" * 63, bytes(range(256))])
def test_what_does_not_become_smaller_is_stored_as_it_is(payload: bytes) -> None:
    assert codec().pack(payload) == (frame.PLAIN, payload)


def test_what_is_larger_than_may_be_read_back_is_stored_as_it_is() -> None:
    payload = b" " * (compression.MAX_CONTENT_BYTES + 1)
    assert codec().pack(payload) == (frame.PLAIN, payload)


def test_a_frame_that_says_too_large_a_size_is_refused_unopened() -> None:
    bomb = zstandard.ZstdCompressor().compress(b"\0" * (compression.MAX_CONTENT_BYTES + 1))
    assert len(bomb) < 10_000
    with pytest.raises(StoreDamaged, match="67108864 bytes"):
        codec().unpack(frame.COMPRESSED, numbered(bomb))


def test_a_frame_that_says_no_size_is_refused() -> None:
    endless = zstandard.ZstdCompressor(write_content_size=False).compress(STATEMENT)
    with pytest.raises(StoreDamaged, match="no size"):
        codec().unpack(frame.COMPRESSED, numbered(endless))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01",
        numbered(b"no frame"),
        numbered(zstandard.compress(STATEMENT)[:-3]),
        numbered(zstandard.compress(STATEMENT) + b"more"),
        numbered(zstandard.compress(STATEMENT), number=200),
    ],
)
def test_what_is_no_compressed_payload_is_refused(content: bytes) -> None:
    with pytest.raises(StoreDamaged):
        codec().unpack(frame.COMPRESSED, content)


def test_any_dictionary_is_read_whichever_is_written_with() -> None:
    own = zstandard.train_dictionary(1024, [STATEMENT + str(n).encode() for n in range(500)]).as_bytes()

    def load(number: int) -> bytes:
        return own if number == 256 else dictionaries.of_package(number)

    many = Codec(load, dictionaries.GENERIC)
    before = many.pack(STATEMENT)
    many.use(256)
    after = many.pack(STATEMENT)
    assert many.number == 256
    assert (before[1][:2], after[1][:2]) == (b"\x00\x01", b"\x01\x00")
    assert {many.unpack(*before), many.unpack(*after)} == {STATEMENT}


def test_a_dictionary_that_is_none_is_refused() -> None:
    with pytest.raises(StoreDamaged, match="dictionary"):
        Codec(lambda _number: b"\x37\xa4\x30\xec broken", 256).pack(STATEMENT)


def test_threads_may_share_a_codec() -> None:
    shared = codec()
    payloads = [STATEMENT + str(number).encode() * number for number in range(200)]
    with ThreadPoolExecutor(8) as threads:
        packed = list(threads.map(shared.pack, payloads))
        assert list(threads.map(lambda one: shared.unpack(*one), packed)) == payloads


@pytest.mark.parametrize("number", sorted(dictionaries.SHA256_OF_PACKAGE))
def test_a_dictionary_of_the_package_stays_what_it_was(number: int) -> None:
    assert sha256(dictionaries.of_package(number)).hexdigest() == dictionaries.SHA256_OF_PACKAGE[number]
    assert number < FIRST_OF_STORE


def test_the_first_dictionary_of_the_package_is_pinned() -> None:
    assert dictionaries.SHA256_OF_PACKAGE[1] == "9989eefaf54009ac497ffde1acf6eabaa05fcc6a4f5fd1705e638a0c1b97cc7c"


def test_a_dictionary_of_the_store_is_an_entry_with_its_number() -> None:
    payload = dictionaries.pack(256, 1000, b"\x00\xff")
    assert payload == b'{"dictionary":"AP8=","number":256,"trained_on":1000}'
    assert dictionaries.unpack(256, dictionary_entry(payload)) == b"\x00\xff"


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b'{"number":256,"dictionary":"%"}', b'{"number":257}'])
def test_an_entry_that_is_no_dictionary_of_that_number_is_refused(payload: bytes) -> None:
    with pytest.raises(StoreDamaged, match="256"):
        dictionaries.unpack(256, dictionary_entry(payload))


def test_a_statement_that_took_the_id_of_a_dictionary_is_none() -> None:
    assert dictionaries.unpack(256, dictionary_entry(STATEMENT, STATEMENT_STORED)) == b""
