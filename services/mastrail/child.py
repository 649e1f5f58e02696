"""The projector as a child process: kept running, never left behind.

The child reads its standard input. A byte says that it may begin; the end says that this process is gone, even by
kill -9, and the child ends too. It is in a process group of its own: Ctrl-C reaches it only through this process.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress

from mastrail.settings import PREFIX, Settings

logger = logging.getLogger(__name__)

EXIT_STOPPED = 3  # the projector met an entry that it cannot fold: starting it again would not help
_FIRST_DELAY_SECONDS = 0.2
_MOST_DELAY_SECONDS = 30.0
_STABLE_SECONDS = 60.0
_STOP_SECONDS = 15.0
_LOOK_SECONDS = 0.05
_NICENESS = 5


class ProjectorChild:
    """Keeps one projector process running until ``close``: started again, later each time, when it dies.

    From ``get_ready`` on the first one loads what it needs, while this process prepares the store; it begins with
    ``start``.
    """

    def __init__(self, settings: Settings) -> None:
        others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        self._environment = others | settings.as_environment()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep_running, name="projector-child", daemon=True)

    def get_ready(self) -> None:
        """Start the process, which waits for ``start``."""
        self._launch()

    def start(self) -> None:
        """Let the process that got ready begin, and start the thread that watches it."""
        self._thread.start()

    def close(self) -> None:
        """Ask the process to finish its page and end; kill it when it takes longer than 15 s."""
        self._stopping.set()
        with self._lock:
            process = self._process
        if process is not None:
            _end(process)
        if self._thread.is_alive():
            self._thread.join()

    def _keep_running(self) -> None:
        delay_seconds = _FIRST_DELAY_SECONDS
        process = self._process
        while process is not None:
            started = time.monotonic()
            _let_begin(process)
            exit_code = process.wait()
            if self._stopping.is_set():
                return
            if exit_code == EXIT_STOPPED:
                logger.error("projector stopped; statements are still taken in, states stay as they are")
                return
            if time.monotonic() - started > _STABLE_SECONDS:
                delay_seconds = _FIRST_DELAY_SECONDS
            logger.warning(
                "projector died and is started again", extra={"exit_code": exit_code, "delay_seconds": delay_seconds}
            )
            self._stopping.wait(delay_seconds)
            delay_seconds = min(delay_seconds * 2, _MOST_DELAY_SECONDS)
            process = self._launch()

    def _launch(self) -> "subprocess.Popen[bytes] | None":
        with self._lock:
            if self._stopping.is_set():
                return None
            self._process = subprocess.Popen(
                [sys.executable, "-m", "mastrail", "projector", "--with-parent"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env=self._environment,
                process_group=0,
            )
            return self._process


def _let_begin(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        with suppress(OSError):  # it has died already
            process.stdin.write(b"\n")
            process.stdin.flush()


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        logger.warning("projector did not end in time and was killed")
        process.kill()


def give_way() -> None:
    """Let the process that takes statements in go first where there are too few processors for both."""
    os.nice(_NICENESS)


def go_with_parent(stopping: threading.Event, grace_seconds: float = 5.0) -> None:
    """Return when the parent lets this process begin, or ``stopping`` is set.

    It is set when standard input ends, as it does when the parent is gone; the process ends soon after.
    """
    may_begin = threading.Event()

    def watch() -> None:
        while os.read(0, 4096):
            may_begin.set()
        stopping.set()
        time.sleep(grace_seconds)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
    while not may_begin.wait(_LOOK_SECONDS) and not stopping.is_set():
        pass
