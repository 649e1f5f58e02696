"""The body of a request: read once, counted while it streams, refused when it is over the limit (Communication 3.2)."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from lrs.api.encodings import Gunzip
from lrs.xapi.faults import InvalidRequest, TooLarge

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class ClientGone(Exception):
    """The client closed the connection before its request was complete; nobody is left to answer."""


class Body:
    """The bytes of a request, from the network or already at hand; never more than ``max_bytes`` of them.

    What came packed is given ``unpacked``, and the limit holds for both.
    """

    def __init__(
        self,
        receive: Receive | None,
        declared: str | None,
        max_bytes: int,
        ready: bytes = b"",
        *,
        unpacked: Gunzip | None = None,
    ) -> None:
        self._receive = receive
        self._unpacked = unpacked
        self._max_bytes = max_bytes
        self._ready = ready
        self._is_whole = receive is None
        if declared is not None:
            self._check_declared(declared)

    def _check_declared(self, declared: str) -> None:
        if not declared.isascii() or not declared.isdigit():
            raise InvalidRequest("the Content-Length header is not a number")
        if int(declared) > self._max_bytes:
            raise self._too_large()

    def _too_large(self) -> TooLarge:
        return TooLarge(f"the body is longer than {self._max_bytes} bytes, the limit of this store")

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives.

        Raises TooLarge at the first byte over the limit, ClientGone if the connection ends early.
        """
        if self._receive is None:
            yield self._ready
            return
        received = unpacked = 0
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            chunk: bytes = message.get("body", b"")
            received += len(chunk)
            if received > self._max_bytes:
                raise self._too_large()
            more = message.get("more_body", False)
            if self._unpacked is not None:
                chunk = self._unpacked.unpack(chunk, self._max_bytes - unpacked + 1, is_last=not more)
                unpacked += len(chunk)
                if unpacked > self._max_bytes:
                    raise self._too_large()
            if chunk:
                yield chunk
        self._receive = None

    async def read(self) -> bytes:
        """Return the whole body; a second call returns it again. Raises as ``chunks`` does."""
        if self._receive is not None:
            pieces = [chunk async for chunk in self.chunks()]
            self._ready = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            self._is_whole = True
        return self._ready

    def read_whole(self) -> bytes | None:
        """Return the body if ``read`` returned it before, without waiting; None otherwise."""
        return self._ready if self._is_whole else None


def ready_body(content: bytes) -> Body:
    """Return a body that is already at hand, as the ``content`` field of an alternate-syntax request is."""
    return Body(None, None, len(content), content)
