"""Statements with attachments as multipart/mixed (Communication 1.5.2): split while streaming, large parts on disk."""

import hashlib
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from lrs.xapi.faults import Fault, InvalidRequest

MIXED = "multipart/mixed"
RULE = "Communication 1.5.2"
MAX_PARTS = 1000
_SPOOL_BYTES = 1024 * 1024
_MAX_PREAMBLE_BYTES = 64 * 1024
# A malformed body is answered with the fault; the parser's own warning about it would let clients fill the log.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
_HASH = "x-experience-api-hash"
_SHA2 = re.compile(r"[0-9a-fA-F]{56,128}", re.ASCII)


def _spool() -> SpooledTemporaryFile[bytes]:
    return SpooledTemporaryFile(max_size=_SPOOL_BYTES)


@dataclass(slots=True)
class Part:
    """One part: header names in lower case, content in memory up to a bound and on disk beyond it."""

    headers: dict[str, str] = field(default_factory=dict)
    length: int = 0
    _file: SpooledTemporaryFile[bytes] = field(default_factory=_spool)
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def write(self, content: bytes) -> None:
        """Add ``content``."""
        self._file.write(content)
        self._digest.update(content)
        self.length += len(content)

    def sha256(self) -> str:
        """Return the SHA-256 of the content in lower-case hex."""
        return self._digest.hexdigest()

    def content(self) -> bytes:
        """Return the whole content."""
        self._file.seek(0)
        return self._file.read()

    def close(self) -> None:
        """Give the memory or the file back."""
        self._file.close()


def boundary_of(content_type: str) -> bytes:
    """Return the boundary of a multipart/mixed Content-Type. Raises InvalidRequest when it has none."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise _refused("the Content-Type multipart/mixed has no boundary")
    return boundary


class _Splitter:
    """Collects the parts that the parser finds."""

    def __init__(self, boundary: bytes) -> None:
        self.parts: list[Part] = []
        self.has_ended = False
        self._name = b""
        self._value = b""
        self.delimiter = b"--" + boundary
        self._preamble: bytes | None = b""
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._add_name,
                    "on_header_value": self._add_value,
                    "on_header_end": self._end_header,
                    "on_part_data": self._add_content,
                    "on_end": self._end,
                },
            )
        except FormParserError:
            raise _refused("the multipart boundary is too long") from None

    def feed(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk if self._preamble is None else self._from_the_first_part(chunk))
        except FormParserError:
            raise _refused("the multipart body is malformed") from None

    def _from_the_first_part(self, chunk: bytes) -> bytes:
        """Return what begins at the first boundary; what stands before it is no part (RFC 2046 5.1.1)."""
        read = (self._preamble or b"") + chunk
        start = read.find(self.delimiter)
        if start >= 0:
            if start and read[start - 2 : start] != b"\r\n":
                raise _refused("a multipart boundary must begin its line")
            self._preamble = None
            return read[start:]
        if len(read) > _MAX_PREAMBLE_BYTES:
            raise _refused("the multipart body has no boundary where its first part should begin")
        self._preamble = read
        return b""

    def _begin(self) -> None:
        if len(self.parts) >= MAX_PARTS:
            raise _too_many()
        self.parts.append(Part())

    def _add_name(self, buffer: bytes, start: int, end: int) -> None:
        self._name += buffer[start:end]

    def _add_value(self, buffer: bytes, start: int, end: int) -> None:
        self._value += buffer[start:end]

    def _end_header(self) -> None:
        name = self._name.decode("latin-1").lower()
        self.parts[-1].headers[name] = self._value.decode("latin-1").strip()
        self._name = self._value = b""

    def _add_content(self, buffer: bytes, start: int, end: int) -> None:
        self.parts[-1].write(buffer[start:end])

    def _end(self) -> None:
        self.has_ended = True


async def split(chunks: AsyncIterator[bytes], content_type: str) -> list[Part]:
    """Return the parts of a multipart/mixed body, in order.

    Raises InvalidRequest when the body is malformed, unfinished or has no part; what ``chunks`` raises passes through.
    """
    splitter = _Splitter(boundary_of(content_type))
    try:
        async for chunk in chunks:
            splitter.feed(chunk)
        if not splitter.has_ended or not splitter.parts:
            raise _refused("the multipart body ends before its closing boundary")
    except BaseException:
        close(splitter.parts)
        raise
    return _apart(splitter.parts, splitter.delimiter)


def _apart(parts: list[Part], delimiter: bytes) -> list[Part]:
    """Return the parts, with those apart that a client wrote without the line break between content and boundary."""
    separate = parts[:1]
    for part in parts[1:]:
        separate += _pieces(part, delimiter)
    if len(separate) > MAX_PARTS:
        close(separate)
        raise _too_many()
    return separate


def _pieces(part: Part, delimiter: bytes) -> list[Part]:
    """Return the parts that ``part`` holds: several only if each of them has the hash that it states, else itself."""
    if _is_as_stated(part):
        return [part]
    first, *others = part.content().split(delimiter + b"\r\n", MAX_PARTS)
    pieces = [_filled(part.headers, first)]
    for other in others:
        head, _, content = other.partition(b"\r\n\r\n")
        lines = (line.partition(":") for line in head.decode("latin-1").split("\r\n"))
        pieces.append(_filled({name.lower(): value.strip() for name, _, value in lines}, content))
    if all(_is_as_stated(piece) for piece in pieces):
        part.close()
        return pieces
    close(pieces)
    return [part]


def _filled(headers: dict[str, str], content: bytes) -> Part:
    """Return a part; a line break at the end of its content, which the boundary took for its own, is given back."""
    part = Part(headers)
    part.write(content)
    if not _is_as_stated(part):
        part.write(b"\r\n")
    return part


def close(parts: list[Part]) -> None:
    """Give back what the parts hold."""
    for part in parts:
        part.close()


def statement_part(parts: list[Part]) -> bytes:
    """Return the content of the first part, which holds the statements. Raises InvalidRequest when it is not JSON."""
    kind = parts[0].headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise _refused("the first part of a multipart body must be of the Content-Type application/json")
    return parts[0].content()


def attachment_faults(parts: list[Part]) -> list[Fault]:
    """Return what is wrong with the headers of the attachment parts: encoding, hash, and hash against content."""
    return [fault for number, part in enumerate(parts[1:], start=2) for fault in _part_faults(number, part)]


def _part_faults(number: int, part: Part) -> list[Fault]:
    faults = []
    if part.headers.get("content-transfer-encoding", "").lower() != "binary":
        faults.append(Fault(f"part {number} lacks Content-Transfer-Encoding: binary", rule=RULE))
    if _HASH not in part.headers:
        faults.append(Fault(f"part {number} lacks the header X-Experience-API-Hash", rule=RULE))
    elif not _is_as_stated(part):
        faults.append(Fault(f"the content of part {number} does not have its X-Experience-API-Hash", rule=RULE))
    return faults


def _is_as_stated(part: Part) -> bool:
    stated = part.headers.get(_HASH, "")
    if not _SHA2.fullmatch(stated):
        return False
    names = {56: "sha224", 96: "sha384", 128: "sha512"}
    if len(stated) in names:
        return hashlib.new(names[len(stated)], part.content()).hexdigest() == stated.lower()
    return part.sha256() == stated.lower()


def _refused(message: str) -> InvalidRequest:
    return InvalidRequest(message, [Fault(message, rule=RULE)])


def _too_many() -> InvalidRequest:
    return _refused(f"the multipart body has more than {MAX_PARTS} parts")
