"""The notary's own record in ``notary.sqlite``: leaf index, log position and entry id, and the edge of the tree."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from uuid import UUID

from lrs.log.queries import parse
from projector.notary.core.edge import Edge
from projector.notary.core.faults import NotaryDamaged
from projector.notary.core.merkle import HASH_BYTES

FILE_NAME = "notary.sqlite"
_BUSY_SECONDS = 10.0
_CACHE_KIB = 65_536


@dataclass(frozen=True, slots=True)
class Leaf:
    """Which fact of the log a leaf stands for."""

    index: int
    position: int
    entry_id: UUID


class Ledger:
    """One connection to ``notary.sqlite``. What ``add`` or ``put_signed`` wrote is durable once they return."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        """Open the record.

        Raises sqlite3.OperationalError when it is to be read only and is not there, NotaryDamaged when it is damaged.
        """
        mode = "ro" if read_only else "rwc"
        self._database = sqlite3.connect(
            f"{(folder / FILE_NAME).absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        if not read_only:
            try:
                self._prepare()
            except sqlite3.OperationalError:
                raise  # what the disk or another process does to it is no damage
            except sqlite3.DatabaseError as error:
                self.close()
                raise NotaryDamaged(f"{FILE_NAME} is damaged; move it away to rebuild it from the log") from error

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def edge(self) -> Edge:
        """Return the right edge of the tree. Raises NotaryDamaged when the record contradicts itself."""
        last = self.last_leaf()
        entries = [row[0] for row in self._database.execute(_queries()["pending"])]
        rows = [_split(row[0]) for row in self._database.execute(_queries()["edge"])]
        edge = Edge(0 if last is None else last.index + 1, entries, rows)
        if not edge.is_consistent():
            raise NotaryDamaged(f"{FILE_NAME} contradicts itself; move it away to rebuild it from the log")
        return edge

    def add(self, leaves: Sequence[Leaf], edge: Edge) -> None:
        """Record ``leaves`` and the ``edge`` after them, in one transaction."""
        first_pending = edge.size - len(edge.entries)
        added_pending = edge.entries[max(0, len(edge.entries) - len(leaves)) :]
        numbered = enumerate(added_pending, edge.size - len(added_pending))
        with self._database as database:
            database.execute("BEGIN IMMEDIATE")
            database.executemany(_queries()["add_leaf"], [_leaf_row(leaf) for leaf in leaves])
            database.execute(_queries()["forget_pending"], {"first_index": first_pending})
            database.executemany(
                _queries()["add_pending"], [{"leaf_index": index, "entry": entry} for index, entry in numbered]
            )
            upper = [{"level": level, "hashes": b"".join(row)} for level, row in enumerate(edge.rows) if level]
            database.executemany(_queries()["put_edge"], upper)

    def put_signed(self, note: bytes) -> None:
        """Record the checkpoint that is about to be published."""
        self._database.execute(_queries()["put_signed"], {"note": note})

    def signed(self) -> bytes | None:
        """Return the checkpoint signed last."""
        row = self._database.execute(_queries()["signed"]).fetchone()
        return None if row is None else bytes(row[0])

    def last_leaf(self) -> Leaf | None:
        """Return the leaf added last."""
        return _leaf(self._database.execute(_queries()["last_leaf"]).fetchone())

    def by_index(self, index: int) -> Leaf | None:
        """Return the leaf at ``index``."""
        return self._find("leaf_by_index", index)

    def by_position(self, position: int) -> Leaf | None:
        """Return the leaf of the fact at ``position`` of the log."""
        return self._find("leaf_by_position", position)

    def by_entry_id(self, entry_id: UUID) -> Leaf | None:
        """Return the leaf of the fact with that id."""
        return self._find("leaf_by_entry_id", entry_id.bytes)

    def leaves_from(self, first_index: int, count: int) -> list[Leaf]:
        """Return up to ``count`` leaves from ``first_index`` on."""
        rows = self._database.execute(_queries()["leaves_from"], {"first_index": first_index, "count": count})
        return [Leaf(row[0], row[1], UUID(bytes=row[2])) for row in rows]

    def pending(self) -> list[bytes]:
        """Return the entries of the bundle that is not full yet."""
        return [bytes(row[0]) for row in self._database.execute(_queries()["pending"])]

    def hold_still(self) -> None:
        """Let every later read of this connection see the record as it is now."""
        self._database.execute("BEGIN")
        self.last_leaf()

    def _find(self, query: str, value: object) -> Leaf | None:
        return _leaf(self._database.execute(_queries()[query], {"value": value}).fetchone())

    def _prepare(self) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", f"cache_size = -{_CACHE_KIB}"):
            self._database.execute(f"PRAGMA {pragma}")
        for name, query in _queries().items():
            if name.startswith("create_"):
                self._database.execute(query)


@cache
def _queries() -> dict[str, str]:
    return parse(files("projector.notary").joinpath("ledger.sql").read_text(encoding="utf-8"))


def _leaf_row(leaf: Leaf) -> dict[str, object]:
    return {"leaf_index": leaf.index, "position": leaf.position, "entry_id": leaf.entry_id.bytes}


def _leaf(row: tuple[int, int, bytes] | None) -> Leaf | None:
    return None if row is None else Leaf(row[0], row[1], UUID(bytes=row[2]))


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[place : place + HASH_BYTES] for place in range(0, len(hashes), HASH_BYTES)]
