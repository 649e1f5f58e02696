"""The log in PostgreSQL, dumped and restored by the server's own programs."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

from lrs.log import queries
from lrs.log.connections import conninfo
from lrs.log.store import TENANT
from mastrail.faults import CannotRun

DUMP = "log.dump"
SCHEMA = f"mastrail_{TENANT}"
_PROJECTIONS = f"{SCHEMA}_projection"
_SHOWN = 2000


def dump(url: str, target: Path) -> None:
    """Dump the schema of the log, as one transaction sees it. Raises CannotRun when ``pg_dump`` is missing or fails."""
    _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--schema={SCHEMA}", f"--file={target}")
    descriptor = os.open(target, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fchmod(descriptor, 0o600)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def load(url: str, dumped: Path) -> None:
    """Load a dump in one transaction. Raises CannotRun when ``pg_restore`` is missing or fails."""
    _run("pg_restore", url, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(dumped))


def schemas(url: str) -> list[str]:
    """Return the schemas of Mastrail in the database."""
    query = "SELECT nspname FROM pg_namespace WHERE nspname = %s OR starts_with(nspname, %s) ORDER BY nspname"
    with _connected(url) as connection:
        return [str(row[0]) for row in connection.execute(query, (SCHEMA, _PROJECTIONS))]


def last_position(url: str) -> int:
    """Return the last position of the log, whatever the version of its tables."""
    with _connected(url) as connection:
        head = connection.execute(queries.load("postgresql")["select_head"].encode()).fetchone()
    return 0 if head is None else int(head[0])


def move_away(url: str, stamp: str) -> str:
    """Rename the schema of the log, drop the projections of it, in one transaction, and return the new name."""
    kept = f"{SCHEMA}_before_{stamp}"
    with _connected(url) as connection:
        for name in schemas(url):
            if name == SCHEMA:
                connection.execute(SQL("ALTER SCHEMA {} RENAME TO {}").format(Identifier(name), Identifier(kept)))
            else:
                connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(name)))
    return kept


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Connect for one transaction. Raises CannotRun when the database cannot be used."""
    try:
        with psycopg.connect(conninfo(url, f"-c search_path={SCHEMA}")) as connection:
            yield connection
    except psycopg.Error as error:
        reason = str(error).partition("\n")[0]
        raise CannotRun(f"the database cannot be used: {reason}") from error


def _run(program: str, url: str, *arguments: str) -> None:
    """Run one of the programs; the password is handed on by the environment, which other users cannot see."""
    found = shutil.which(program)
    if found is None:
        raise CannotRun(f"{program} is not on the PATH: install the client programs of PostgreSQL (postgresql-client)")
    given = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    password = given.pop("password", "")
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    command = [found, f"--dbname={make_conninfo(**given)}", "--no-password", *arguments]
    done = subprocess.run(  # noqa: S603  a program by its own name, and arguments that no shell sees
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise CannotRun(f"{program} failed ({done.returncode}): {done.stderr.strip()[-_SHOWN:]}")
