"""What was refused and what was advised: bounded, sealed as statements are, and apart from the log.

On SQLite it is a file of its own, which only its owner may read; on PostgreSQL it is tables of its own.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import UUID

import orjson

from lrs.log import frame, postgresql, sqlite
from lrs.log.faults import StoreUnavailable
from lrs.log.mapper import NoSeal, Seal
from lrs.log.session import Database, Row
from lrs.log.store import TENANT

FILE = "rejected.sqlite"
TOPIC = "mastrail.request.rejected.v1"
_LIMIT_SECONDS = 30.0
_SCHEMA = f"mastrail_{TENANT}"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A refused request: who sent what, and why it was refused.

    ``key`` is the credential's, ``authority`` what its statements would have borne. ``body`` is None when it was not
    kept: too large, never read, or read in parts. ``faults`` are as the client was told.
    """

    entry_id: UUID
    recorded: datetime
    key: str
    method: str
    path: str
    version: str
    status: int
    authority: Mapping[str, Any]
    parameters: Mapping[str, str]
    content_type: str | None
    faults: Sequence[Mapping[str, Any]]
    body: bytes | None
    replayed: datetime | None = None


class Journal:
    """The journal of one store; safe to use from several threads, and several processes may open it."""

    def __init__(self, database: Database, seal: Seal, *, most: int, most_bytes: int) -> None:
        """Keep at most ``most`` requests and ``most_bytes`` of them; the oldest are dropped."""
        self._database = database
        self._seal = seal
        self._most = most
        self._most_bytes = most_bytes
        with database.migrating() as session:
            session.run("make_rejected", {})
            session.run("make_advice", {})

    def write(self, requests: Sequence[Rejected], advice: Mapping[tuple[str, str], int], now: datetime) -> None:
        """Store refused ``requests``, and how often each (key, advice) was given since the last time."""
        with self._database.writing() as session:
            for request in requests:
                session.run("insert_rejected", self._columns(request))
            if requests:
                session.run("trim_rejected_to_count", {"most": self._most})
                session.run("trim_rejected_to_bytes", {"most": self._most_bytes})
            for (key, name), times in sorted(advice.items()):
                last = frame.to_micros(now)
                session.run("add_advice", {"key_id": key, "advice": name, "requests": times, "last": last})

    def newest(self, limit: int) -> list[Rejected]:
        """Return at most ``limit`` refused requests, newest first, without their bodies."""
        return [replace(self._request(row), body=None) for row in self._rows("list_rejected", {"limit": limit})]

    def get(self, entry_id: UUID) -> Rejected | None:
        """Return one refused request with its body."""
        rows = self._rows("select_rejected", {"entry_id": entry_id})
        return self._request(rows[0]) if rows else None

    def mark_replayed(self, entry_id: UUID, now: datetime) -> None:
        """Note that what the request asked for has been done."""
        with self._database.writing() as session:
            session.run("mark_replayed", {"entry_id": entry_id, "replayed": frame.to_micros(now)})

    def purge(self, before: datetime) -> int:
        """Forget the requests refused before a time; return how many they were."""
        wanted = {"before": frame.to_micros(before)}
        with self._database.writing() as session:
            count: int = session.look([("count_rejected", wanted)])[0][0]["requests"]
            session.run("purge_rejected", wanted)
        return count

    def advice(self, key: str | None = None) -> list[Row]:
        """Return rows of ``key_id, advice, requests, last``, of one credential or of all."""
        rows = self._rows("list_advice", {"key_id": key})
        return [{**row, "last": frame.from_micros(row["last"])} for row in rows]

    def close(self) -> None:
        """Close every connection; a second time does nothing."""
        self._database.close()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _rows(self, query: str, parameters: Mapping[str, Any]) -> list[Row]:
        with self._database.reading(_LIMIT_SECONDS) as session:
            return session.look([(query, parameters)])[0]

    def _columns(self, request: Rejected) -> dict[str, Any]:
        sealed = self._seal.close(request.entry_id, TOPIC, pack(request))
        return {
            "entry_id": request.entry_id,
            "recorded": frame.to_micros(request.recorded),
            "key_id": request.key,
            "method": request.method,
            "path": request.path,
            "version": request.version,
            "status": request.status,
            "bytes": len(sealed),
            "content": sealed,
        }

    def _request(self, row: Row) -> Rejected:
        opened = self._seal.open(row["entry_id"], TOPIC, bytes(row["content"]))
        replayed = row["replayed"]
        return Rejected(
            entry_id=row["entry_id"],
            recorded=frame.from_micros(row["recorded"]),
            key=row["key_id"],
            method=row["method"],
            path=row["path"],
            version=row["version"],
            status=row["status"],
            replayed=None if replayed is None else frame.from_micros(replayed),
            **unpack(opened),
        )


def pack(request: Rejected) -> bytes:
    """Return what of ``request`` is sealed: a line of JSON, then the body as it came."""
    named = {
        "authority": request.authority,
        "parameters": request.parameters,
        "content_type": request.content_type,
        "faults": request.faults,
        "body_is_kept": request.body is not None,
    }
    return orjson.dumps(named) + b"\n" + (request.body or b"")


def unpack(opened: bytes) -> dict[str, Any]:
    """Return the fields of what ``pack`` made."""
    line, _, body = opened.partition(b"\n")
    named: dict[str, Any] = orjson.loads(line)
    is_kept = named.pop("body_is_kept")
    return {**named, "body": body if is_kept else None}


def open_journal(location: str, *, data_dir: Path, most: int, most_bytes: int, seal: Seal | None = None) -> Journal:
    """Open the journal of the store at ``location``, which has to be there already; make it where it is missing.

    Raises StoreUnavailable when it cannot be used.
    """
    database = _sqlite(data_dir) if location == "sqlite" else postgresql.LogDatastore(location, _SCHEMA)
    try:
        return Journal(database, seal or NoSeal(), most=most, most_bytes=most_bytes)
    except BaseException:
        database.close()
        raise


def _sqlite(data_dir: Path) -> Database:
    file = data_dir / FILE
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"{file} cannot be used: {error.strerror}") from error
    return sqlite.LogDatastore(file.absolute().as_uri())
