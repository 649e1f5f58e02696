"""Requests and replies as they are on the wire: nothing that a polite client library would refuse to send is refused here."""

import contextlib
import http.client
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

REPLY_SECONDS = 10.0
RAW_REPLY_SECONDS = 0.25


@dataclass(frozen=True)
class Request:
    """One request. ``raw`` is set when the bytes are sent as they are, as a broken or hostile client would."""

    method: str
    target: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    body: bytes = b""
    raw: bytes | None = None

    def wire(self) -> bytes:
        """Return what is sent."""
        if self.raw is not None:
            return self.raw
        lines = [b"%s %s HTTP/1.1" % (self.method.encode(), self.target), b"Host: 127.0.0.1"]
        lines += [b"%s: %s" % (name.encode(), value) for name, value in self.headers]
        if self.body or self.method in {"PUT", "POST"}:
            lines.append(b"Content-Length: %d" % len(self.body))
        return b"\r\n".join([*lines, b"", self.body])


@dataclass(frozen=True)
class Reply:
    """What came back; header names are lower case, one pair for each line."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)

    def all(self, name: str) -> list[str]:
        """Return the values of every header line of this name."""
        return [value for known, value in self.headers if known == name]


class Wire:
    """One client with one connection, opened again whenever the server closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: socket.socket | None = None

    def send(self, request: Request) -> Reply | None:
        """Return the reply, or None when there was none: the server closed the connection or did not answer in time."""
        if request.raw is not None:
            return self._send_alone(request)
        for fresh in (self._connection is None, True):
            if fresh:
                self.close()
            with contextlib.suppress(OSError, http.client.HTTPException):
                return self._exchange(request)
        self.close()
        return None

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, request: Request) -> Reply:
        connection = self._connection = self._connection or self._connected(REPLY_SECONDS)
        connection.sendall(request.wire())
        reply, goes_on = _read_reply(connection, request.method)
        if not goes_on:
            self.close()
        return reply

    def _send_alone(self, request: Request) -> Reply | None:
        with (
            contextlib.closing(self._connected(RAW_REPLY_SECONDS)) as connection,
            contextlib.suppress(OSError, http.client.HTTPException),
        ):
            connection.sendall(request.wire())
            return _read_reply(connection, request.method)[0]
        return None

    def _connected(self, seconds: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._port), timeout=seconds)


def _read_reply(connection: socket.socket, method: str) -> tuple[Reply, bool]:
    """Return the reply and whether the connection can be used again."""
    response = http.client.HTTPResponse(connection, method=method)
    with contextlib.closing(response):
        response.begin()
        headers = tuple((name.lower(), value) for name, value in response.getheaders())
        return Reply(response.status, headers, response.read()), not response.will_close


@contextlib.contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    """Lend a client of the server at ``port``."""
    with contextlib.closing(Wire(port)) as wire:
        yield wire
