"""The store: one tenant's log with its indexes, on SQLite or PostgreSQL."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
import rfc8785

from lrs.log import facts, frame, migrations, terms
from lrs.log.append import Append, Pending, last_position
from lrs.log.application import Log
from lrs.log.documents import DocumentStore
from lrs.log.entry import STATEMENT_STORED, HashedEntry, LogEntry, NewEntry, Receipt, Term
from lrs.log.faults import ConnectionLost, EntryConflict, StoreDamaged, StoreUnavailable
from lrs.log.locks import LOG_FILE
from lrs.log.mapper import NoSeal, Seal
from lrs.log.session import Query, Session
from lrs.log.trainer import FIRST_PATIENCE_SECONDS, Trainer
from lrs.xapi.stored_text import stored_text
from lrs.xapi.terms import index

TENANT = "default"
_TENANT_ENTRY_ID = uuid5(NAMESPACE_URL, f"{facts.TENANT_CREATED}#{TENANT}")
_INDEX_KEY = "index_key"
_READ_LIMIT_SECONDS = 30.0
_WAIT_SLICE_SECONDS = 1.0
_OTHERS_SPAN = 100_000
T = TypeVar("T")
_EPOCH = frame.from_micros(0)


class Store:
    """An open store. Every method may be called from any thread; several processes may open the same store.

    What an append returned for is durable. Positions are dense and ``recorded`` never decreases along them, whatever
    the clock does. A reader that follows the positions misses nothing: a position is visible only after all before it.
    ``documents`` are the documents of the state and profile resources.
    """

    def __init__(
        self,
        log: Log,
        now: Callable[[], datetime],
        entropy: Callable[[int], bytes],
        migrating: migrations.Tell | None = None,
    ) -> None:
        self._log = log
        self._now = now
        self._database = log.database
        self.documents = DocumentStore(self._database, now, _READ_LIMIT_SECONDS)
        self._hashes = terms.TermHash(self._set_up(entropy, migrating))
        self._trainer = Trainer(self, log.facts.codec, FIRST_PATIENCE_SECONDS[self._database.engine])
        self._create_tenant(entropy)

    def append(self, entries: Sequence[NewEntry]) -> Receipt:
        """Append ``entries`` in one transaction; they are durable when this returns.

        Raises EntryConflict when an id is already in the log (nothing is stored then), EntryRefused when a side row
        breaks a constraint, StoreUnavailable when the database cannot write.
        """
        result = self.append_groups([entries])[0]
        if isinstance(result, EntryConflict):
            raise result
        return result

    def append_groups(self, groups: Sequence[Sequence[NewEntry]]) -> list[Receipt | EntryConflict]:
        """Append every group that does not conflict in one transaction; return the receipt or conflict of each.

        A conflict includes an id that an earlier group of the same call stores. Raises as ``append`` does; after
        EntryRefused nothing of any group is stored.
        """
        return self.append_ready([self.make_ready(group) for group in groups])

    def make_ready(self, entries: Sequence[NewEntry]) -> list[HashedEntry]:
        """Return a group as ``append_ready`` takes it, here or in another process that has the same store open."""
        return [self._hashes.entry(entry) for entry in entries]

    def append_ready(
        self, groups: Sequence[Sequence[HashedEntry]], meanwhile: Callable[[], None] = lambda: None
    ) -> list[Receipt | EntryConflict]:
        """Append groups that were made ready, as ``append_groups`` does; ``meanwhile`` is called first."""
        meanwhile()
        append = Append([[Pending(entry) for entry in group] for group in groups], self._derived_terms)
        self._log.append(append)
        self._trainer.note(last_position(append, 0))
        return append.results

    def standing_back(self) -> AbstractContextManager[None]:
        """Return a block in which another process appends for this one: what else this one writes waits meanwhile.

        Raises StoreReadOnly when this process noticed damage.
        """
        return self._database.standing_back()

    def read(self, after: int, limit: int) -> list[LogEntry]:
        """Return at most ``limit`` entries with a position greater than ``after``, in order."""
        return self._entries("select_entries_after", {"after": after, "limit": limit})

    def read_others(self, after: int, up_to: int) -> Iterator[LogEntry]:
        """Yield the entries that are no statements, with positions above ``after`` and up to ``up_to``, in order."""
        for start in range(after, up_to, _OTHERS_SPAN):
            asked = {"after": start, "up_to": min(start + _OTHERS_SPAN, up_to), "statements": STATEMENT_STORED}
            yield from self._entries("select_others_between", asked)

    def get(self, entry_id: UUID) -> LogEntry | None:
        """Return the entry of an id, voided statements included."""
        return self.get_many([entry_id]).get(entry_id)

    def get_many(self, entry_ids: Sequence[UUID]) -> dict[UUID, LogEntry]:
        """Return the entries of those ids that are in the log."""
        if not entry_ids:
            return {}
        return {entry.entry_id: entry for entry in self._entries("select_entries_by_id", {"ids": list(entry_ids)})}

    def head(self) -> tuple[int, datetime | None]:
        """Return the last position and its recorded time, (0, None) for an empty log."""
        return self.reading(_head)

    def select(
        self, query: str, parameters: Mapping[str, Any], limit_seconds: float = _READ_LIMIT_SECONDS
    ) -> list[Mapping[str, Any]]:
        """Return the rows of a named read query.

        Raises QueryTimeout after ``limit_seconds`` and StoreUnavailable when the database cannot be read.
        """
        return self.select_each([(query, parameters)], limit_seconds)[0]

    def select_each(
        self, asked: Sequence[Query], limit_seconds: float = _READ_LIMIT_SECONDS
    ) -> list[list[Mapping[str, Any]]]:
        """Return the rows of several named read queries, asked in one round trip; it raises as ``select`` does."""
        return self.reading(lambda session: session.look(asked), limit_seconds)

    def reading(self, look: Callable[[Session], T], limit_seconds: float = _READ_LIMIT_SECONDS) -> T:
        """Return what ``look`` makes of a session for reading; it is called again when the connection is lost.

        Raises as ``select`` does.
        """
        try:
            return self._reading(look, limit_seconds)
        except ConnectionLost:
            return self._reading(look, limit_seconds)

    def entry(self, row: Mapping[str, Any]) -> LogEntry:
        """Return the entry of a row with ``position``, ``entry_id``, ``topic`` and ``state``.

        Raises StoreDamaged, having noted it, when the row is not what the log wrote.
        """
        try:
            return self._log.facts.to_entry(row)
        except StoreDamaged as damaged:
            reason = f"{damaged} (position {row['position']})"
            self.note_damage(reason)
            raise StoreDamaged(reason) from damaged

    def term(self, kind: str, value: str) -> int:
        """Return the hash under which the index of this store keeps a term."""
        return self._hashes.of(kind, value)

    def terms(self, found_by: Iterable[Term]) -> frozenset[int]:
        """Return the hashes of several terms."""
        return self._hashes.of_all(found_by)

    def consistent_through(self) -> datetime:
        """Return a time such that every statement stored up to it is found by a read that begins now."""
        settled = self._database.settled(frame.to_micros(self._now()))
        if settled is not None:
            return frame.from_micros(settled)
        return self.head()[1] or _EPOCH

    def wait(self, after: int, timeout_seconds: float) -> bool:
        """Return whether there is an entry beyond ``after``, waiting for one at most ``timeout_seconds``."""
        deadline = monotonic() + timeout_seconds
        while self.head()[0] <= after:
            remaining = deadline - monotonic()
            if remaining <= 0:
                return False
            self._database.wait(min(remaining, _WAIT_SLICE_SECONDS))
        return True

    @property
    def damage(self) -> str | None:
        """What is wrong with the stored data, as far as it was noticed; then nothing is written any more."""
        return self._database.damage

    def note_damage(self, reason: str) -> None:
        """Note that the stored data is not what the log wrote: from now on it is only read, and said to be so once."""
        self._database.note_damage(reason)

    def inspect(self) -> list[str]:
        """Look through the whole database file and return what is wrong with its structure."""
        return self._database.inspect()

    def close(self) -> None:
        """Close every connection; a second time does nothing."""
        self._trainer.close()
        self._log.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _reading(self, look: Callable[[Session], T], limit_seconds: float) -> T:
        with self._database.reading(limit_seconds) as session:
            return look(session)

    def _entries(self, query: str, parameters: Mapping[str, Any]) -> list[LogEntry]:
        return [self.entry(row) for row in self.select(query, parameters)]

    def _derived_terms(self, row: Mapping[str, Any]) -> frozenset[int]:
        """Return the terms of a statement that keeps none beside its payload."""
        return self._hashes.of_all(index(orjson.loads(stored_text(self.entry(row).payload))).terms)

    def _set_up(self, entropy: Callable[[int], bytes], migrating: migrations.Tell | None) -> bytes:
        """Migrate if that is wanted, check the version of the tables, and return the key of the index."""
        known = self._meta()
        if _INDEX_KEY not in known:
            with self._database.writing() as session:
                session.run("insert_meta", {"name": migrations.VERSION, "value": str(migrations.TABLES).encode()})
                session.run("insert_meta", {"name": _INDEX_KEY, "value": entropy(terms.KEY_BYTES)})
            known = self._meta()
        if migrating is not None:
            migrations.migrate(self._database, self._now, migrating)
            known = self._meta()
        migrations.require_current(known)
        return known[_INDEX_KEY]

    def _meta(self) -> dict[str, bytes]:
        return {row["name"]: bytes(row["value"]) for row in self.select("select_meta", {})}

    def _create_tenant(self, entropy: Callable[[int], bytes]) -> None:
        if self.head()[0]:
            return
        namespace = UUID(bytes=entropy(16), version=4)
        payload = rfc8785.dumps({"tenant": TENANT, "namespace": str(namespace)})
        # The id is always the same, so of two processes that create the tenant at once one finds it created.
        self.append_groups([[NewEntry(_TENANT_ENTRY_ID, facts.TENANT_CREATED, payload)]])


def open_store(  # noqa: PLR0913 - all by name, composed in one place
    location: str,
    *,
    data_dir: Path,
    now: Callable[[], datetime],
    seal: Seal | None = None,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
    migrating: migrations.Tell | None = None,
) -> Store:
    """Open the store, creating its tables and its first entry where they are missing.

    ``location`` is ``sqlite`` (the log is ``log.sqlite`` in ``data_dir``) or a ``postgresql://`` URL. ``now`` is the
    clock that stamps an SQLite log; PostgreSQL stamps with its own. With ``migrating``, which is told each step, an
    older store is migrated first; without, it is refused.
    Raises StoreOutdated, StoreTooNew, StoreUnavailable when the database cannot be used, and ValueError for any other
    location.
    """
    log = Log(_settings(location, data_dir), seal or NoSeal(), lambda: frame.to_micros(now()))
    try:
        return Store(log, now, entropy, migrating)
    except BaseException:
        log.close()
        raise


def _head(session: Session) -> tuple[int, datetime | None]:
    rows = session.look([("select_head", {})])[0]
    if not rows:
        return 0, None
    return rows[0]["position"], frame.from_micros(frame.recorded_micros(rows[0]["state"]))


def _sole(file: Path) -> Path:
    """Return where ``file`` really is. Raises StoreUnavailable when it has another name besides.

    SQLite names the write-ahead log after the name that a file is opened by: by two names, two processes would each
    write a log of their own, and destroy the file.
    """
    found = file.resolve()
    if found.exists() and found.stat().st_nlink > 1:
        raise StoreUnavailable(f"{found} has a second name (a hard link), by which it could be written too: remove it")
    return found


def _settings(location: str, data_dir: Path) -> Mapping[str, str]:
    if location == "sqlite":
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"the data folder {data_dir} cannot be used: {error.strerror}") from error
        file = _sole(data_dir / LOG_FILE)
        return {"PERSISTENCE_MODULE": "lrs.log.sqlite:SqliteLogFactory", "SQLITE_DBNAME": file.as_uri()}
    if location.startswith(("postgresql://", "postgres://")):
        return {
            "PERSISTENCE_MODULE": "lrs.log.postgresql:PostgresqlLogFactory",
            "MASTRAIL_POSTGRESQL_URL": location,
            "MASTRAIL_POSTGRESQL_SCHEMA": f"mastrail_{TENANT}",
        }
    raise ValueError("a store is 'sqlite' or a postgresql:// URL")
