"""The process that appends for ``mastrail serve``, and how it is reached: over a pair of sockets that nobody else has.

``python -m mastrail.writing DESCRIPTOR`` is that process. It ends when the other end of its socket is closed, which
happens whatever the server dies of, and heeds no signal that asks the server to end: what was taken in comes first.
"""

import logging
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from lrs.ingest.apart import OtherEnded, answer
from lrs.log import damage
from lrs.log.faults import StoreFault
from lrs.log.store import open_store
from mastrail.logs import log_to_stderr
from mastrail.shell import utc_now
from projector.store.garbage import collect_seldom

_COMMAND = (sys.executable, "-m", "mastrail.writing")
_START_SECONDS = 60.0
_ANSWER_SECONDS = 300.0
"""Longer than the store itself waits for a database that stands still."""
_CLOSING_SECONDS = 30.0
_log = logging.getLogger(__name__)


class Opening(msgspec.Struct):
    """What the process is told first: which store it is for. Not by its command line, where others could read it."""

    location: str
    data_dir: str
    log_level: str


class WritingProcess:
    """A process that appends to a store, which it is told in ``open``: until then it only gets ready."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            self._process = subprocess.Popen(  # noqa: S603 - ours, without a shell
                [*_COMMAND, str(number)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(number,),
                process_group=0,
            )
        self._connection = Connection(ours.detach())

    def open(self, opening: Opening) -> None:
        """Let it open a store, which must exist, and wait for that. Raises OtherEnded when it cannot."""
        self._exchange(msgspec.msgpack.encode(opening), _START_SECONDS, lambda: None)

    def ask(self, message: bytes, meanwhile: Callable[[], None]) -> bytes:
        """Return the answer to a message; ``meanwhile`` is called when it is sent. Raises OtherEnded."""
        return self._exchange(message, _ANSWER_SECONDS, meanwhile)

    def close(self) -> None:
        """Let the process end, and wait for that; a process that does not end is killed."""
        self._connection.close()
        try:
            self._process.wait(_CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _exchange(self, message: bytes, seconds: float, meanwhile: Callable[[], None]) -> bytes:
        try:
            self._connection.send_bytes(message)
            meanwhile()
            if not self._connection.poll(seconds):
                self._process.kill()
                raise OtherEnded
            return self._connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise OtherEnded from error


def launch(opening: Opening) -> WritingProcess:
    """Return a process that has opened the store. Raises OtherEnded when it cannot."""
    process = WritingProcess()
    try:
        process.open(opening)
    except BaseException:
        process.close()
        raise
    return process


def main() -> None:
    """Append what is asked for until nobody can ask any more."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    with Connection(int(sys.argv[1])) as connection, suppress(EOFError, OSError):
        _append_for(connection)


def _append_for(connection: Connection) -> None:
    opening = msgspec.msgpack.decode(connection.recv_bytes(), type=Opening)
    log_to_stderr(opening.log_level)
    logging.getLogger(damage.__name__).disabled = True  # the server is told of it, and says it once
    try:
        store = open_store(opening.location, data_dir=Path(opening.data_dir), now=utc_now)
    except StoreFault as fault:
        _log.error("the process that appends cannot use the store", extra={"reason": str(fault)})
        sys.exit(1)
    collect_seldom()
    with store:
        connection.send_bytes(b"")
        while True:
            connection.send_bytes(answer(connection.recv_bytes(), store))


if __name__ == "__main__":
    main()
