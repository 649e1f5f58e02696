"""Send a reply over ASGI; the server adds ``Date``, and nothing else may."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from typing import Any

from lrs.api.messages import Reply
from lrs.api.threads import Threads

_NO_CONTENT = 204
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def transmit(reply: Reply, send: Send, threads: Threads, *, head: bool, tunnelled: bool) -> None:
    """Send ``reply``: of a HEAD only the headers that GET would have had.

    A HEAD that came as a POST in the alternate syntax may not announce a length that does not follow.
    """
    headers = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in reply.headers]
    if reply.content_type is not None:
        headers.append((b"content-type", reply.content_type.encode()))
    if isinstance(reply.body, bytes) and reply.status != _NO_CONTENT and not (head and tunnelled):
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if head:
        await send({"type": "http.response.body", "body": b""})
    elif isinstance(reply.body, bytes):
        await send({"type": "http.response.body", "body": reply.body})
    else:
        await _stream(reply.body, send, threads)


async def _stream(chunks: Iterable[bytes], send: Send, threads: Threads) -> None:
    waiting: Iterator[bytes] = iter(chunks)
    while (chunk := await threads.run(next, waiting, None)) is not None:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
