"""Projection versions side by side, and the pointer to the live one.

A rebuild makes the next version beside the live one, catches up, and promotes it: readers follow the pointer, so
they go from one complete projection to the other.
"""

import os
import re
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg.sql import SQL, Identifier

from lrs.log.connections import conninfo
from projector.store.faults import ProjectionMissing, ProjectionUnavailable
from projector.store.postgresql import PostgresqlDatabase
from projector.store.projection import Projection
from projector.store.queries import load_queries
from projector.store.sqlite import SqliteDatabase

FEED = "feed"
"""The fact that names the feed which the ``seq`` numbers of a projection belong to."""
SHAPE = "shape"
"""The fact that says of which shape a projection was made."""
SHAPE_NOW = "3"
"""It changes with the tables and with what is kept in them: a projection of another shape is replayed."""


class Versions(Protocol):
    """Where projection versions live."""

    def live(self) -> int | None:
        """Return the live version, None when there is none yet."""
        ...

    def known(self) -> list[int]:
        """Return every version there is, ascending."""
        ...

    def open(self, version: int, *, read_only: bool = False) -> Projection:
        """Open a version; unless ``read_only``, make it when it is not there.

        Raises ProjectionMissing for a version to read that is not there.
        """
        ...

    def point_to(self, version: int) -> None:
        """Make ``version`` the live one, atomically and durably."""
        ...

    def drop(self, version: int) -> None:
        """Remove a version and everything in it."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...


def open_versions(location: str, *, data_dir: Path, tenant: str = "default") -> Versions:
    """Return the versions beside the log at ``location``: ``sqlite`` (files in ``data_dir``) or a PostgreSQL URL."""
    return SqliteVersions(data_dir) if location == "sqlite" else PostgresqlVersions(location, tenant)


class SqliteVersions:
    """Files ``projection-<n>.sqlite``, and the file ``projection-live`` that names one of them."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir
        self._pointer = data_dir / "projection-live"

    def live(self) -> int | None:
        """Return the live version. Raises ProjectionUnavailable when the pointer cannot be read."""
        if not self._pointer.exists():
            return None
        try:
            return int(self._pointer.read_text(encoding="ascii"))
        except (OSError, ValueError) as error:
            reason = f"{self._pointer.name} names no projection: remove it, and states are computed again"
            raise ProjectionUnavailable(reason) from error

    def known(self) -> list[int]:
        """Return every version there is."""
        found = (re.fullmatch(r"projection-(\d+)\.sqlite", file.name) for file in self._folder.iterdir())
        return sorted(int(match[1]) for match in found if match)

    def open(self, version: int, *, read_only: bool = False) -> Projection:
        """Open a version."""
        file = self._file(version)
        if read_only and not file.exists():
            raise _missing(version)
        return _with_feed(Projection(SqliteDatabase(file, read_only=read_only), version), read_only=read_only)

    def point_to(self, version: int) -> None:
        """Make ``version`` the live one: write beside, sync, rename, sync the folder."""
        beside = self._pointer.with_suffix(".new")
        with beside.open("w", encoding="ascii") as file:
            file.write(f"{version}\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._pointer)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def drop(self, version: int) -> None:
        """Remove the files of a version."""
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._file(version)}{suffix}").unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is held open."""

    def _file(self, version: int) -> Path:
        return self._folder / f"projection-{version}.sqlite"


class PostgresqlVersions:
    """Schemas ``mastrail_<tenant>_projection_<n>``, and the table ``mastrail_<tenant>_projection.live``."""

    def __init__(self, url: str, tenant: str = "default") -> None:
        self._url = url
        self._conninfo = conninfo(url, "")
        self._pointer = f"mastrail_{tenant}_projection"
        self._run("create_pointer_schema")
        self._run("create_pointer")

    def live(self) -> int | None:
        """Return the live version."""
        rows = self._run("live")
        return int(rows[0][0]) if rows else None

    def known(self) -> list[int]:
        """Return every version there is."""
        beginning = f"{self._pointer}_"
        numbers = (str(row[0]).removeprefix(beginning) for row in self._run("schemas", beginning=beginning))
        return sorted(int(number) for number in numbers if number.isdecimal())

    def open(self, version: int, *, read_only: bool = False) -> Projection:
        """Open a version."""
        if not read_only:
            self._run("make_version", version)
        elif version not in self.known():
            raise _missing(version)
        database = PostgresqlDatabase(self._url, self._schema(version), read_only=read_only)
        return _with_feed(Projection(database, version), read_only=read_only)

    def point_to(self, version: int) -> None:
        """Make ``version`` the live one, in one transaction."""
        self._run("point_to", version=version)

    def drop(self, version: int) -> None:
        """Remove the schema of a version."""
        self._run("drop_version", version)

    def close(self) -> None:
        """Nothing is held open."""

    def _schema(self, version: int) -> str:
        return f"{self._pointer}_{version}"

    def _run(self, query: str, schema_of: int = 0, **parameters: object) -> list[tuple[Any, ...]]:
        names = {"pointer": Identifier(self._pointer), "schema": Identifier(self._schema(schema_of))}
        text = load_queries("postgresql_versions.sql")[query]
        try:
            with psycopg.connect(self._conninfo) as connection:
                cursor = connection.execute(SQL(text).format(**names), parameters)
                return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            message = f"the projection versions cannot be used: {error}"
            raise ProjectionUnavailable(message) from error


def _with_feed(projection: Projection, *, read_only: bool) -> Projection:
    try:
        if not read_only:
            with projection.snapshot() as snapshot:
                known = snapshot.fact(FEED)
            if known is None:
                projection.put_facts({FEED: str(projection.version), SHAPE: SHAPE_NOW})
    except BaseException:
        projection.close()
        raise
    return projection


def _missing(version: int) -> ProjectionMissing:
    return ProjectionMissing(f"there is no projection {version}")
