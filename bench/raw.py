"""The limit of a store: rows that a served store has written, inserted again by plain SQL with the same durability.

Same tables, same indexes, same rows, one transaction for each ``per_commit`` statements; no checks, no HTTP, no Python
work but handing the rows to the driver.
"""

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

# The tables that grow with statements, and their column that says the position in the log.
SQLITE_TABLES = {"stored_events": "rowid", "statements": "position", "terms": "position", "refs": "position"}
POSTGRES_TABLES = {**SQLITE_TABLES, "stored_events": "notification_id"}
# Where SQLite keeps the rows of a table until it moves them there. By plain SQL they go where they belong at once.
SQLITE_APART = {"terms": "recent_terms"}


def chunks(first: int, last: int, per_commit: int) -> list[tuple[int, int]]:
    """Return the ranges (after, up to) of positions, one for each commit."""
    return [(start, min(start + per_commit, last)) for start in range(first, last, per_commit)]


class RawSqlite:
    """A second SQLite log of the same schema and settings as the one at ``source``."""

    def __init__(self, source: Path, target: Path) -> None:
        self._source = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
        self._target = sqlite3.connect(target, isolation_level=None)
        self._target.execute("PRAGMA journal_mode=WAL")
        self._target.execute("PRAGMA synchronous=FULL")
        for (statement,) in self._source.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        ):
            self._target.execute(statement)

    def head(self) -> int:
        """Return the last position of the source."""
        found = self._source.execute("SELECT coalesce(max(rowid), 0) FROM stored_events").fetchone()
        return int(found[0])

    def insert(self, first: int, last: int, per_commit: int) -> float:
        """Insert the rows of the positions after ``first`` up to ``last``; return the seconds it took."""
        commits = [self._rows(*chunk) for chunk in chunks(first, last, per_commit)]
        began = time.perf_counter()
        for tables in commits:
            self._target.execute("BEGIN IMMEDIATE")
            for statement, rows in tables:
                self._target.executemany(statement, rows)
            self._target.execute("COMMIT")
        return time.perf_counter() - began

    def _rows(self, after: int, up_to: int) -> list[tuple[str, list[Sequence[object]]]]:
        found = []
        for table, position in SQLITE_TABLES.items():
            parts = [table, SQLITE_APART[table]] if table in SQLITE_APART else [table]
            looks = [f"SELECT * FROM {part} WHERE {position} > ?1 AND {position} <= ?2" for part in parts]
            query = f"{' UNION ALL '.join(looks)} ORDER BY {position}"
            rows = self._source.execute(query, (after, up_to)).fetchall()
            if rows:
                found.append((f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows))
        return found

    def close(self) -> None:
        """Close both files."""
        self._source.close()
        self._target.close()


class RawPostgres:
    """A second PostgreSQL database of the same schema as the one at ``source``; rows go in by binary COPY."""

    def __init__(self, source: str, target: str) -> None:
        self._source = psycopg.connect(source, autocommit=True)
        self._target = psycopg.connect(target)
        self._tables = [self._table(name) for name in POSTGRES_TABLES]

    def _table(self, name: str) -> tuple[sql.Identifier, sql.Identifier]:
        found = self._source.execute("SELECT schemaname FROM pg_tables WHERE tablename = %s", [name]).fetchone()
        if found is None:
            raise LookupError(f"the store has no table {name}")
        return sql.Identifier(found[0], name), sql.Identifier(POSTGRES_TABLES[name])

    def empty(self) -> None:
        """Remove what opening the store wrote."""
        for table, _ in self._tables:
            self._target.execute(sql.SQL("TRUNCATE {}").format(table))
        self._target.commit()

    def head(self) -> int:
        """Return the last position of the source."""
        table, position = self._tables[0]
        query = sql.SQL("SELECT coalesce(max({}), 0) FROM {}").format(position, table)
        found = self._source.execute(query).fetchone()
        return int(found[0]) if found else 0

    def insert(self, first: int, last: int, per_commit: int) -> float:
        """Insert the rows of the positions after ``first`` up to ``last``; return the seconds it took."""
        commits = [[self._rows(*table, *chunk) for table in self._tables] for chunk in chunks(first, last, per_commit)]
        began = time.perf_counter()
        for tables in commits:
            for statement, rows in tables:
                with self._target.cursor() as cursor, cursor.copy(statement) as copy:
                    copy.write(rows)
            self._target.commit()
        return time.perf_counter() - began

    def _rows(
        self, table: sql.Identifier, position: sql.Identifier, after: int, up_to: int
    ) -> tuple[sql.Composed, bytes]:
        query = sql.SQL(
            "COPY (SELECT * FROM {} WHERE {} > {} AND {} <= {} ORDER BY {}) TO STDOUT (FORMAT BINARY)"
        ).format(table, position, after, position, up_to, position)
        with self._source.cursor() as cursor, cursor.copy(query) as copy:
            rows = b"".join(bytes(block) for block in copy)
        return sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)").format(table), rows

    def close(self) -> None:
        """Close both connections."""
        self._source.close()
        self._target.close()
