"""Stores as earlier releases left them, from the dumps in ``tests/vectors/stores``."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

STORES = Path(__file__).resolve().parents[1] / "vectors/stores"
VERSIONS = sorted({int(file.name.split("_")[1]) for file in STORES.glob("version_*.sql")})
"""The versions of tables before this one; there is a dump of each, for both databases."""

SCHEMA = "mastrail_default"


def make_store(version: int, location: str, data_dir: Path) -> None:
    """Make the store of a version at ``location`` (``sqlite`` or a URL), where there is none yet."""
    engine = "sqlite" if location == "sqlite" else "postgresql"
    dump = (STORES / f"version_{version}_{engine}.sql").read_text(encoding="utf-8")
    data_dir.mkdir(parents=True, exist_ok=True)
    if location == "sqlite":
        with closing(sqlite3.connect(data_dir / "log.sqlite")) as database:
            database.executescript(dump)
    else:
        with psycopg.connect(location) as server:
            server.execute(dump.encode())


def execute(location: str, data_dir: Path, statement: str) -> list[tuple[Any, ...]]:
    """Run one statement on the log and return its rows."""
    if location == "sqlite":
        with closing(sqlite3.connect(data_dir / "log.sqlite")) as database:
            rows = database.execute(statement).fetchall()
            database.commit()
            return rows
    with psycopg.connect(location, options=f"-c search_path={SCHEMA}") as server:
        cursor = server.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def tables(location: str, data_dir: Path) -> set[tuple[Any, ...]]:
    """Return every column and every index: what two stores of one version have in common, however they came to it."""
    if location == "sqlite":
        names = [row[0] for row in execute(location, data_dir, "SELECT name FROM sqlite_master WHERE type = 'table'")]
        found: set[tuple[Any, ...]] = set()
        for name in names:
            found |= {(name, *column[1:]) for column in execute(location, data_dir, f"PRAGMA table_info({name})")}
            for index in execute(location, data_dir, f"PRAGMA index_list({name})"):
                columns = execute(location, data_dir, f"PRAGMA index_info({index[1]})")
                found.add((name, *index[1:], tuple(column[2] for column in columns)))
        return found
    columns = "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
    storage = (
        "SELECT attrelid::regclass::text, attname::text, attstorage::text FROM pg_attribute "
        f"WHERE attnum > 0 AND NOT attisdropped AND attrelid::regclass::text = '{SCHEMA}.stored_events'"
    )
    return {
        *execute(location, data_dir, f"{columns} WHERE table_schema = '{SCHEMA}'"),
        *execute(location, data_dir, f"SELECT indexdef FROM pg_indexes WHERE schemaname = '{SCHEMA}'"),
        *execute(location, data_dir, storage.replace(f"{SCHEMA}.", "")),
    }
