"""The HTTP server: one listening socket, one ready line, and an end that lets open requests finish."""

import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType

import uvicorn
from fastapi import FastAPI

from mastrail.faults import CannotRun
from mastrail.gathering import GatheringProtocol
from projector.store.garbage import collect_seldom

EXIT_FORCED = 1  # a server that was asked to end could not do so in order
_LET_GO_SECONDS = 25.0
_BACKLOG = 2048
_SWITCH_SECONDS = 0.0001
_ALLOCATIONS_BETWEEN_COLLECTIONS = 10_000
_log = logging.getLogger(__name__)


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

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._ending = ending

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End in order on SIGTERM and SIGINT; the handlers stay, so that a second signal cannot cut the drain short."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        yield

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        if not self.should_exit:
            self._ending()
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then call ``ready``."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def _attune() -> None:
    """Set the interpreter up for one thread that computes and others that wait for a database or another process.

    Those need the interpreter for a moment between two calls, and what waits for the one that hands statements over is
    a whole commit. What start-up made lives as long as the process and need not be looked through for garbage again.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    collect_seldom(_ALLOCATIONS_BETWEEN_COLLECTIONS)


def serve(app: FastAPI, listening: socket.socket, *, drain_seconds: float, ready: Callable[[], None]) -> None:
    """Answer requests until SIGTERM or SIGINT; then take no new ones and give open ones ``drain_seconds`` to finish.

    A process that has not ended some seconds later, as when a database stands still, is ended by force.
    """
    _attune()
    config = uvicorn.Config(
        app,
        http=GatheringProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        timeout_graceful_shutdown=max(1, round(drain_seconds)),
    )
    _Server(config, ready, partial(_end_at_last, drain_seconds)).run(sockets=[listening])


def _end_at_last(drain_seconds: float) -> None:
    timer = threading.Timer(drain_seconds + _LET_GO_SECONDS, _end_now)
    timer.daemon = True
    timer.start()


def _end_now() -> None:
    """End without an answer to who still waits: nothing that was acknowledged depends on them."""
    _log.error("the store did not let go in time; the server ends without it")
    os._exit(EXIT_FORCED)
