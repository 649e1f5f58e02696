"""Servers by fork: one process has everything imported, and each server begins as a copy of it.

Nine tenths of a start are imports. Without them a run of a thousand deaths takes minutes instead of hours, and what
dies is the same: a process of its own with the same code, its files, its connections and its children.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from support.processes import Child, ServerFailed, ends_with_us

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.005
_READY = "ready"


class Nursery:
    """The process that servers are forked from; ``environment`` is what all of them are loaded with."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        tests = Path(__file__).resolve().parents[1]
        self._process = subprocess.Popen(
            [*ends_with_us(), sys.executable, "-m", "support.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **environment, "PYTHONPATH": str(tests)},
            text=True,
        )
        if self._read() != _READY:
            raise ServerFailed("the process that servers are forked from did not start")

    def launch(self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None) -> Child:
        """Fork a process that runs ``mastrail`` with the arguments ``command`` and prints to ``log``."""
        given = os.environ if environment is None else environment
        asked = {"do": "launch", "arguments": list(command), "log": str(log), "environment": dict(given)}
        return Forked(self, int(self.ask(asked)))

    def ask(self, question: Mapping[str, Any]) -> Any:
        """Return the answer of the process."""
        if self._process.stdin is None:
            raise ServerFailed("the process that servers are forked from cannot be asked")
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._process.communicate(timeout=60)

    def _read(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise ServerFailed("the process that servers are forked from has ended")
        return json.loads(line)


class Forked:
    """A forked process, as ``subprocess.Popen`` would show it."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self._nursery = nursery
        self._code: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        if self._code is None:
            self._code = self._nursery.ask({"do": "poll", "pid": self.pid})
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code, once it has ended. Raises subprocess.TimeoutExpired."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("mastrail", timeout or 0.0)
            time.sleep(_POLL_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal to it, if it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def answer_questions() -> None:
    """Fork a server for each line on standard input that asks for one, and say how those end that were forked."""
    for module in ("serve", "backup", "migrate"):
        __import__(f"mastrail.cli.{module}")
    _say(_READY)
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "poll":
            pid, status = os.waitpid(asked["pid"], os.WNOHANG)
            _say(os.waitstatus_to_exitcode(status) if pid else None)
            continue
        pid = os.fork()
        if pid == 0:
            _become(asked)
        _say(pid)


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _become(asked: Mapping[str, Any]) -> None:
    """Be the process that was asked for; it ends with SystemExit as a command does."""
    from mastrail.cli import main  # noqa: PLC0415  the side that asks does not load the product

    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(log)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(Path(asked["log"]).parent)
    main(asked["arguments"])


if __name__ == "__main__":
    answer_questions()
