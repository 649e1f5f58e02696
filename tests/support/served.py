"""The real ``mastrail serve`` as a child process, on a port and in folders of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from support.nursery import Nursery
from support.processes import Process, ServerFailed, ends_with_us, free_port

START_SECONDS = 120.0
COMMAND_SECONDS = 600.0
XAPI_VERSION = {"X-Experience-API-Version": "1.0.3"}


def mastrail_command() -> str:
    """Return the path of the installed console script."""
    script = Path(sys.executable).with_name("mastrail")
    if not script.is_file():
        raise ServerFailed(f"{script} is missing: install the package first (make test does)")
    return str(script)


def environment_with(settings: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with exactly these Mastrail settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MASTRAIL_")}
    return inherited | {f"MASTRAIL_{name.upper()}": value for name, value in settings.items()}


class Served:
    """A store that is served: ``url`` and ``client`` (with the credentials ``key`` and ``secret``) reach it.

    The port and the folders stay the same over ``restart``, so clients find what they had stored.
    """

    def __init__(
        self, folder: Path, store: str, settings: Mapping[str, str], environment: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.store = store
        self.data_dir = folder / "data"
        self.log = folder / "serve.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.endpoint = f"{self.url}/xAPI/"
        self._environment = environment_with(
            {"data_dir": str(self.data_dir), "store": store, "host": "127.0.0.1", "port": str(self.port), **settings}
        ) | dict(environment or {})
        self.nursery: Nursery | None = None
        self.process: Process | None = None
        self._printed_before = 0
        self.key = self.secret = ""
        self.client = httpx.Client(base_url=self.url, headers=XAPI_VERSION, timeout=120, trust_env=False)

    def open(self) -> None:
        """Start the server on a new store and make the credentials."""
        self.start()
        self.key, self.secret = self.new_credentials("tests", "all")
        self.client.auth = httpx.BasicAuth(self.key, self.secret)

    def access(self) -> dict[str, str]:
        """Return what a client needs to know."""
        return {"endpoint": self.endpoint, "key": self.key, "secret": self.secret}

    def new_credentials(self, name: str, *scopes: str) -> tuple[str, str]:
        """Return the key and the secret of new credentials."""
        wanted = [argument for scope in scopes for argument in ("--scope", scope)]
        made = json.loads(self.command("keys", "create", "--name", name, *wanted, "--json"))
        return made["key"], made["secret"]

    def launch(self, role: str = "serve") -> None:
        """Start the server without waiting for it; in the role ``lrs`` it has no projector beside it."""
        self._printed_before = len(self.log.read_text(encoding="utf-8")) if self.log.exists() else 0
        self.process = self.spawn(self.log, role)

    def spawn(self, log: Path, *arguments: str) -> Process:
        """Start ``mastrail ARGUMENTS`` on the same store, forked where there is a nursery, and return the process."""
        if self.nursery is not None:
            return Process(arguments, log, self._environment, self.nursery.launch)
        return Process([*ends_with_us(), mastrail_command(), *arguments], log, self._environment)

    def start(self, role: str = "serve") -> None:
        """Start the server and return when it has printed that it is ready."""
        self.launch(role)
        self.running().wait_until(self._is_ready, START_SECONDS, "mastrail serve")

    def _is_ready(self) -> bool:
        return f"ready at {self.url}" in self.running().printed()[self._printed_before :]

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run ``mastrail ARGUMENTS`` on the same store to its end and return what it printed and its exit code."""
        return subprocess.run(
            [mastrail_command(), *arguments],
            env={**self._environment, **(environment or {})},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
        )

    def command(self, *arguments: str) -> str:
        """Return what ``mastrail ARGUMENTS`` printed to its standard output. Raises ServerFailed if it failed."""
        done = self.run(*arguments)
        if done.returncode != 0:
            raise ServerFailed(
                f"mastrail {' '.join(arguments)}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
            )
        return done.stdout

    def terminate(self) -> int:
        """Ask the server to end (SIGTERM) and return its exit code."""
        return self.running().stop()

    def kill(self) -> None:
        """Kill the server and its children at once (SIGKILL), as a power cut would."""
        self.running().kill()

    def restart(self) -> None:
        """End the server, if it still runs, and start it again on the same store and port."""
        self.terminate()
        self.start()

    def close(self) -> None:
        """End the server. Raises ServerFailed if it was still running and did not end with exit code 0."""
        self.client.close()
        if self.process is None:
            return
        running = self.process.exit_code() is None
        code = self.terminate()
        if running and code != 0:
            raise ServerFailed(f"exit code {code} after SIGTERM\n{self.process.tail()}")

    def projector_pid(self) -> int | None:
        """Return the process id of the projector, or None while it does not run."""
        return next((pid for pid, command in self.running().descendants() if "projector" in command), None)

    def writing_pid(self) -> int | None:
        """Return the process id of the process that appends, or None while it does not run."""
        return next((pid for pid, command in self.running().descendants() if "mastrail.writing" in command), None)

    def serving_pids(self) -> list[int]:
        """Return the process ids of the server and of the process that appends for it."""
        writing = self.writing_pid()
        return [self.running().pid, *([] if writing is None else [writing])]

    def running(self) -> Process:
        """Return the server process, which may have ended meanwhile."""
        if self.process is None:
            raise ServerFailed("the server was never started")
        return self.process
