"""Payloads made small: a Zstandard frame (RFC 8878) with a dictionary, or the payload as it is where that is no larger.

Layout of what is compressed: 2 bytes big-endian number of the dictionary, then one Zstandard frame that says the size
of its content and carries neither checksum nor dictionary id. The Merkle tree covers the result and tells damage.
"""

import struct
import threading
from collections.abc import Callable, Sequence

import zstandard

from lrs.log import frame
from lrs.log.faults import StoreDamaged

FIRST_OF_STORE = 256
"""The dictionaries with lower numbers are those of the package, the others are the store's own (``dictionaries``)."""

OWN_LEVEL = 3
PACKAGE_LEVEL = 1
"""Those of the package are for the first entries of a store alone: these are 7 % larger, and ready a quarter sooner."""

MAX_CONTENT_BYTES = 64 * 1024 * 1024
"""More than that is stored as it is, and a frame that says more is refused before anything is decompressed."""

_LEAST_BYTES = 64
_MANY = 64  # from here on one call for all costs less than one for each
_NUMBER = struct.Struct(">H")


class Codec:
    """Compresses with the dictionary that was chosen last and decompresses with any; safe to use from several threads.

    ``load`` returns the content of a dictionary by its number; it is called once for each and raises StoreDamaged for
    one that is not there.
    """

    def __init__(self, load: Callable[[int], bytes], number: int) -> None:
        self.load = load
        self._number = number
        self._dictionaries: dict[int, zstandard.ZstdCompressionDict] = {}
        self._of_thread = _Contexts()

    @property
    def number(self) -> int:
        """The number of the dictionary that new payloads are compressed with."""
        return self._number

    def use(self, number: int) -> None:
        """Compress with another dictionary from now on. Raises as ``load`` does."""
        self._dictionary(number)
        self._number = number

    def pack(self, payload: bytes) -> tuple[int, bytes]:
        """Return the frame version and the content that ``payload`` is stored with."""
        if not _is_worth_it(payload):
            return frame.PLAIN, payload
        number = self._number
        return _smaller(payload, number, self._compressor(number).compress(payload))

    def pack_all(self, payloads: Sequence[bytes]) -> list[tuple[int, bytes]]:
        """Return what ``pack`` would return for each of ``payloads``, the compressor called once for all of them.

        Around each call it lets other threads go on and waits for its turn again, which costs more than a payload does.
        """
        worthy = [place for place, payload in enumerate(payloads) if _is_worth_it(payload)]
        if len(worthy) < _MANY:
            return [self.pack(payload) for payload in payloads]
        number = self._number
        made = self._compressor(number).multi_compress_to_buffer([payloads[place] for place in worthy])
        packed = [(frame.PLAIN, payload) for payload in payloads]
        for at, place in enumerate(worthy):
            packed[place] = _smaller(payloads[place], number, made[at].tobytes())
        return packed

    def unpack(self, version: int, content: bytes) -> bytes:
        """Return the payload. Raises StoreDamaged when ``content`` is not what ``pack`` made of one."""
        if version == frame.PLAIN:
            return content
        if len(content) <= _NUMBER.size:
            raise StoreDamaged("a compressed payload is cut short")
        number: int = _NUMBER.unpack_from(content)[0]
        made = self._of_thread.decompressors.get(number)
        if made is None:
            made = zstandard.ZstdDecompressor(dict_data=self._dictionary(number))
            self._of_thread.decompressors[number] = made
        return _decompress(made, content[_NUMBER.size :])

    def _compressor(self, number: int) -> zstandard.ZstdCompressor:
        made = self._of_thread.compressors.get(number)
        if made is None:
            made = compressor(self._dictionary(number), _level(number))
            self._of_thread.compressors[number] = made
        return made

    def _dictionary(self, number: int) -> zstandard.ZstdCompressionDict:
        known = self._dictionaries.get(number)
        if known is None:
            known = prepared(self.load(number), _level(number))
            self._dictionaries[number] = known
        return known


def _level(number: int) -> int:
    return PACKAGE_LEVEL if number < FIRST_OF_STORE else OWN_LEVEL


def _is_worth_it(payload: bytes) -> bool:
    return _LEAST_BYTES <= len(payload) <= MAX_CONTENT_BYTES


def _smaller(payload: bytes, number: int, compressed: bytes) -> tuple[int, bytes]:
    packed = _NUMBER.pack(number) + compressed
    return (frame.COMPRESSED, packed) if len(packed) < len(payload) else (frame.PLAIN, payload)


class _Contexts(threading.local):
    """What zstandard allows one thread at a time to use."""

    def __init__(self) -> None:
        self.compressors: dict[int, zstandard.ZstdCompressor] = {}
        self.decompressors: dict[int, zstandard.ZstdDecompressor] = {}


def prepared(content: bytes, level: int) -> zstandard.ZstdCompressionDict:
    """Return a dictionary digested for the level that is compressed with. Raises StoreDamaged when it is none."""
    try:
        dictionary = zstandard.ZstdCompressionDict(content, dict_type=zstandard.DICT_TYPE_FULLDICT)
        dictionary.precompute_compress(level=level)
    except zstandard.ZstdError as error:
        raise StoreDamaged("a compression dictionary cannot be read") from error
    return dictionary


def compressor(dictionary: zstandard.ZstdCompressionDict, level: int) -> zstandard.ZstdCompressor:
    """Return a compressor for one thread."""
    return zstandard.ZstdCompressor(
        level=level, dict_data=dictionary, write_checksum=False, write_content_size=True, write_dict_id=False
    )


def _decompress(decompressor: zstandard.ZstdDecompressor, compressed: bytes) -> bytes:
    try:
        if not 0 <= zstandard.frame_content_size(compressed) <= MAX_CONTENT_BYTES:
            raise StoreDamaged(f"a compressed payload says no size, or one over {MAX_CONTENT_BYTES} bytes")
        return decompressor.decompress(compressed, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise StoreDamaged("a compressed payload cannot be decompressed") from error
