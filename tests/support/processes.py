"""A server as a child process: its output in a file, its end certain."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

POLL_SECONDS = 0.02
STOP_SECONDS = 90.0
"""Longer than a server gives its requests, its writer and its projector together before it ends them."""
GONE_SECONDS = 60.0
PORTS = range(20_000, 32_768)
"""Below those that the system hands out by chance, to connections as to servers that ask for any port."""
PORT_TRIES = 1_000
MOST_CLAIMS = 200
_claims: deque[socket.socket] = deque()
SHOWN_LOG_BYTES = 8_000


class ServerFailed(AssertionError):
    """A server that a test needs did not start, or ended by itself; the message holds the end of its output."""


def free_port() -> int:
    """Return a loopback port that nothing listens on and that no other test is given, in this process or another.

    It stays so while its server is down: this process keeps the UDP port of that number, which nobody else wants.
    """
    for _ in range(PORT_TRIES):
        port = secrets.choice(PORTS)
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        if len(_claims) > MOST_CLAIMS:
            _claims.popleft().close()
        return port
    raise ServerFailed(f"no port from {PORTS.start} to {PORTS.stop} is free")


def accepts(port: int) -> bool:
    """Return whether something on this machine takes connections on ``port``."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def ends_with_us(death_signal: str = "KILL") -> list[str]:
    """Return the command prefix (where the system has one) that ends a child when the test run itself is killed."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", death_signal] if setpriv else []


class Child(Protocol):
    """What ``subprocess.Popen`` shows of a process."""

    @property
    def pid(self) -> int:
        """The process id."""

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code, once it has ended. Raises subprocess.TimeoutExpired."""

    def send_signal(self, number: int) -> None:
        """Send a signal to it, if it has not ended."""


Launch = Callable[[Sequence[str], Path, Mapping[str, str] | None], Child]
"""Starts a command in a session of its own, with an environment, and lets it print to a file."""


def launch(command: Sequence[str], log: Path, environment: Mapping[str, str] | None) -> Child:
    """Start a command as a process of its own session that prints to ``log``."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if environment is None else dict(environment),
            cwd=log.parent,
            start_new_session=True,
        )


class Process:
    """One child process in its own process group; ``log`` holds everything that it printed."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        start: Launch = launch,
    ) -> None:
        self.command = list(command)
        self.log = log
        self._child = start(self.command, log, environment)

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its process group."""
        return self._child.pid

    def exit_code(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._child.poll()

    def wait(self) -> int:
        """Return the exit code, once it has ended."""
        return self._child.wait()

    def printed(self) -> str:
        """Return what it printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def wait_until(self, ready: Callable[[], bool], seconds: float, what: str) -> None:
        """Return once ``ready()`` holds. Raises ServerFailed if the process ends or the time is over first."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.exit_code() is not None:
                raise ServerFailed(f"{what}: ended with {self.exit_code()}\n{self.tail()}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"{what}: not ready after {seconds} s\n{self.tail()}")
            time.sleep(POLL_SECONDS)

    def tail(self) -> str:
        """Return the end of the output, for a failure message."""
        return f"$ {' '.join(self.command)}\n{self.printed()[-SHOWN_LOG_BYTES:]}"

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and all its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def descendants(self) -> list[tuple[int, list[str]]]:
        """Return the process id and the command of each child, each child's child, and so on."""
        return _descendants(self.pid)

    def kill(self) -> None:
        """End the process and all its descendants at once, as a power cut would, and return when none is left.

        One that was still on its way out would write to the store that the test looks at.
        """
        below = self.descendants()
        self.signal_group(signal.SIGKILL)
        for pid, _ in below:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._child.wait()
        deadline = time.monotonic() + GONE_SECONDS
        while left := [pid for pid, _ in below if state_of(pid) not in ("", "Z", "X")]:
            if time.monotonic() > deadline:
                raise ServerFailed(f"still there {GONE_SECONDS} s after SIGKILL: {left}")
            time.sleep(POLL_SECONDS / 10)

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = STOP_SECONDS) -> int:
        """Ask the process to end, and return its exit code. Raises ServerFailed (after killing it) if it does not end."""
        if self.exit_code() is None:
            self._child.send_signal(number)
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerFailed(f"still running {seconds} s after {number.name}\n{self.tail()}") from None
        finally:
            self.signal_group(signal.SIGKILL)


def state_of(pid: int) -> str:
    """Return the letter for the state of a process, as proc(5) has it; nothing when there is no such process."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2][:1]
    return ""


def _descendants(pid: int) -> list[tuple[int, list[str]]]:
    children = Path(f"/proc/{pid}/task").glob("*/children")
    found: list[tuple[int, list[str]]] = []
    for child in (int(word) for file in children for word in _words(file, None)):
        found += [(child, _words(Path(f"/proc/{child}/cmdline"), "\0")), *_descendants(child)]
    return found


def _words(file: Path, separator: str | None) -> list[str]:
    """Return what ``file`` of a process says, or nothing when the process is gone meanwhile."""
    with contextlib.suppress(OSError):
        return file.read_text(encoding="utf-8", errors="replace").split(separator)
    return []
