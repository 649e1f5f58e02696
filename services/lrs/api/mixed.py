"""Statements and their attachments out, as multipart/mixed (Communication 1.5.2)."""

from collections.abc import Iterable, Iterator

from lrs.api.messages import JSON, Reply
from lrs.api.multipart import MIXED
from lrs.log.store import Store


def mixed_reply(statements: bytes, hashes: Iterable[str], store: Store, boundary: str) -> Reply:
    """Return ``statements`` as the first part and the content of each hash that is stored; read while it is sent."""
    return Reply(200, _parts(statements, hashes, store, boundary.encode()), f"{MIXED}; boundary={boundary}")


def _parts(statements: bytes, hashes: Iterable[str], store: Store, boundary: bytes) -> Iterator[bytes]:
    yield b"--" + boundary + b"\r\nContent-Type: " + JSON.encode() + b"\r\n\r\n" + statements
    for sha2 in hashes:
        for row in store.select("select_attachment", {"sha2": sha2}):
            yield _head(boundary, row["content_type"], sha2)
            yield bytes(row["content"])
    yield b"\r\n--" + boundary + b"--\r\n"


def _head(boundary: bytes, content_type: str, sha2: str) -> bytes:
    lines = (
        f"Content-Type: {content_type}",
        "Content-Transfer-Encoding: binary",
        f"X-Experience-API-Hash: {sha2}",
    )
    return b"\r\n--" + boundary + b"\r\n" + "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
