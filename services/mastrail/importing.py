"""Statements from a file into the log, through the checks that every request goes through.

Order is kept, and importing again changes nothing: a statement that is there is left as it is. One without an id gets
an id made from its bytes, so that it is recognised the next time.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from hashlib import sha256
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from lrs.ingest.credentials import DEFAULT_ISSUER
from lrs.ingest.settle import Stored
from lrs.ingest.statements import Ingest, Sender
from lrs.ingest.writer import Writer
from lrs.log.entry import NewEntry
from lrs.log.store import Store
from lrs.xapi.faults import Fault, InvalidRequest, StatementConflict
from lrs.xapi.version import Version
from mastrail.shell import utc_now

AUTHORITY: Mapping[str, object] = {
    "objectType": "Agent",
    "account": {"homePage": DEFAULT_ISSUER, "name": "import"},
}
_NAMESPACE = uuid5(NAMESPACE_URL, "urn:mastrail:import")

Line = tuple[int, bytes]
"""The number of a line, from 1, and its bytes."""


@dataclass(slots=True)
class Outcome:
    """What became of the lines so far."""

    stored: int = 0
    already_there: int = 0
    refused: int = 0

    @property
    def lines(self) -> int:
        """How many lines were settled."""
        return self.stored + self.already_there + self.refused

    def __str__(self) -> str:
        told = f"{self.stored} stored, {self.already_there} already there"
        return f"{told}, {self.refused} refused" if self.refused else told


class _Head(msgspec.Struct):
    """What is looked at before a line joins a batch: that it is a JSON object, and its id."""

    id: msgspec.Raw = msgspec.Raw()


class Importer:
    """Takes lines in batches. While one batch is being committed, the next one is checked."""

    def __init__(self, store: Store, *, version: Version, refused: Callable[[int, Fault], None]) -> None:
        """Call ``refused`` with the number of each line that is refused and each of its faults."""
        self.outcome = Outcome()
        self._writer = Writer(store)
        self._ids: deque[UUID] = deque()
        self._ingest = Ingest(store, self._writer, now=utc_now, new_id=self._ids.popleft)
        self._sender = Sender(AUTHORITY, version)
        self._refused = refused
        self._open: tuple[Sequence[Line], Future[Stored]] | None = None

    def take(self, lines: Iterable[bytes], batch_lines: int) -> Iterator[Outcome]:
        """Import ``lines``; yield the outcome so far after each batch. All of it is durable at the end."""
        for batch in self._batches(lines, batch_lines):
            self._import(batch)
            yield self.outcome
        self._settle()
        yield self.outcome

    def close(self) -> None:
        """Finish what is open and end the threads."""
        self._writer.close()
        self._ingest.close()

    def _batches(self, lines: Iterable[bytes], batch_lines: int) -> Iterator[list[Line]]:
        """Yield batches in which no id is used twice; lines that are no JSON objects are refused here."""
        batch: dict[bytes, Line] = {}
        for number, text in enumerate(lines, start=1):
            line = text.strip()
            name = self._name(number, line) if line else None
            if name is None:
                continue
            if name in batch or len(batch) >= batch_lines:
                yield list(batch.values())
                batch = {}
            batch[name] = (number, line)
        if batch:
            yield list(batch.values())

    def _name(self, number: int, line: bytes) -> bytes | None:
        try:
            head = msgspec.json.decode(line, type=_Head)
        except (msgspec.DecodeError, RecursionError):
            self._refuse(number, [Fault("the line is not one JSON object", rule="Data 2.2")])
            return None
        return bytes(head.id).lower() or line

    def _import(self, batch: Sequence[Line]) -> None:
        try:
            entries = self._prepared(batch)
        except InvalidRequest as refusal:
            self._import_others(batch, refusal)
            return
        self._settle()
        self._open = batch, self._ingest.store(entries)

    def _prepared(self, batch: Sequence[Line]) -> list[NewEntry]:
        without_id = [line for _, line in batch if not bytes(msgspec.json.decode(line, type=_Head).id)]
        self._ids.clear()
        self._ids.extend(uuid5(_NAMESPACE, sha256(line).hexdigest()) for line in without_id)
        return self._ingest.prepare(b"[" + b",".join(line for _, line in batch) + b"]", self._sender)

    def _import_others(self, batch: Sequence[Line], refusal: InvalidRequest) -> None:
        """Refuse the lines that ``refusal`` names and import the others; when it names none, look at each line."""
        faulty = {fault.statement_index for fault in refusal.faults} - {None}
        if not faulty and len(batch) > 1:
            for line in batch:
                self._import([line])
            return
        self._import_without(batch, faulty or {0}, refusal.faults)

    def _import_without(self, batch: Sequence[Line], faulty: set[int | None], faults: Sequence[Fault]) -> None:
        for place, (number, _) in enumerate(batch):
            if place in faulty:
                self._refuse(number, [fault for fault in faults if (fault.statement_index or 0) == place])
        others = [line for place, line in enumerate(batch) if place not in faulty]
        if others:
            self._import(others)

    def _settle(self) -> None:
        """Wait for the batch that is being committed."""
        if self._open is None:
            return
        batch, future = self._open
        self._open = None
        try:
            stored = future.result()
        except StatementConflict as conflict:
            self._import_without(batch, {fault.statement_index for fault in conflict.faults}, conflict.faults)
            self._settle()
            return
        self.outcome.stored += stored.new
        self.outcome.already_there += len(stored.ids) - stored.new

    def _refuse(self, number: int, faults: Sequence[Fault]) -> None:
        self.outcome.refused += 1
        for fault in faults:
            self._refused(number, fault)
