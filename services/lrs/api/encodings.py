"""The Content-Encoding of a request: gzip is unpacked while it streams, others are refused (RFC 9110 8.4)."""

import zlib

from lrs.xapi.faults import EncodingNotTaken, InvalidRequest

_GZIP = frozenset({"gzip", "x-gzip"})
_PLAIN = frozenset({"", "identity", "utf-8"})
_WINDOW_OF_GZIP = 31


class Gunzip:
    """Unpacks one gzip stream piece by piece."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=_WINDOW_OF_GZIP)

    def unpack(self, chunk: bytes, most: int, *, is_last: bool) -> bytes:
        """Return what ``chunk`` adds, at most ``most`` bytes (1 or more) of it.

        Raises InvalidRequest when it is no gzip, when something follows it, or when the last chunk does not end it.
        """
        try:
            plain = self._stream.decompress(chunk, most)
        except zlib.error:
            raise InvalidRequest("the body is not the gzip that its Content-Encoding says") from None
        if self._stream.unused_data:
            raise InvalidRequest("something follows the end of the gzip body")
        if is_last and len(plain) < most and not self._stream.eof:
            raise InvalidRequest("the gzip body ends too early")
        return plain


def unpacker(content_encoding: str | None) -> Gunzip | None:
    """Return what unpacks a body of this Content-Encoding, None for one that is as it is.

    ``utf-8`` is no content encoding, but some clients name it so. Raises EncodingNotTaken for all others.
    """
    name = (content_encoding or "").strip().lower()
    if name in _PLAIN:
        return None
    if name in _GZIP:
        return Gunzip()
    raise EncodingNotTaken("the Content-Encoding is not taken; send the body as it is, or as gzip")
