"""The HTTP server: one listening socket, one ready line, and an end that lets open requests finish."""

import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn
from fastapi import FastAPI

from mastrail.faults import CannotRun

_BACKLOG = 2048
_SWITCH_SECONDS = 0.0001
_ALLOCATIONS_BETWEEN_COLLECTIONS = 10_000


class AddressInUse(CannotRun):
    """The address cannot be listened on; the message says which and why."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on ``host`` and ``port`` (0: any free port). Raises AddressInUse."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG, reuse_port=False)
    except OSError as refused:
        raise AddressInUse(f"cannot listen on {host} port {port}: {refused.strerror}") from refused


def address(listening: socket.socket) -> str:
    """Return the http:// address of ``listening``."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """A uvicorn server that tells when it is ready, and that ends on a signal without dying of it."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End in order on SIGTERM and SIGINT; the handlers stay, so that a second signal cannot cut the drain short."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        yield

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then call ``ready``."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def _attune() -> None:
    """Set the interpreter up for one thread that computes and one that writes.

    The writer needs the interpreter for a moment between two calls of the database, and what waits for it is a whole
    commit. What start-up made lives as long as the process and need not be looked through for garbage again.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS)


def serve(app: FastAPI, listening: socket.socket, *, drain_seconds: float, ready: Callable[[], None]) -> None:
    """Answer requests until SIGTERM or SIGINT; then take no new ones and give open ones ``drain_seconds`` to finish."""
    _attune()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        timeout_graceful_shutdown=max(1, round(drain_seconds)),
    )
    _Server(config, ready).run(sockets=[listening])
