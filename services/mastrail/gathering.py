"""HTTP/1.1 by uvicorn, with one system call where it makes two: an answer's head and its body go out together.

Each call wakes the client, which can do nothing with a head alone.
"""

import asyncio
from typing import Any, Protocol, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Writes(Protocol):
    """What gathering needs of a transport."""

    def write(self, data: bytes, /) -> None:
        """Write at once, as far as the client takes it."""
        ...

    def close(self) -> None:
        """Close once everything is written."""
        ...

    def is_closing(self) -> bool:
        """Return whether it is closed or about to be."""
        ...


class GatheringProtocol(HttpToolsProtocol):
    """The protocol of uvicorn over a transport that gathers what is written in one turn of the event loop."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Take a connection."""
        super().connection_made(cast(asyncio.Transport, GatheringTransport(transport, self.loop)))


class GatheringTransport:
    """A transport that writes at the end of a turn of the event loop; in all else it is the one it is made of."""

    def __init__(self, transport: Writes, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Write ``data``, with what else is written in this turn."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(data)

    def close(self) -> None:
        """Write what waits, and close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting and not self._transport.is_closing():
            self._transport.write(b"".join(waiting))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
