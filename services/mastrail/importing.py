"""Statements from a file into the log, through the checks that every request goes through.

Order is kept, and importing again changes nothing: a statement that is there is left as it is. One without an id gets
an id made from its bytes, so that it is recognised the next time. Helping processes check the lines of a long file;
this one alone writes, batch after batch in the order of the file.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import chain

import msgspec

from lrs.ingest.settle import Settler, Stored
from lrs.ingest.writer import Writer
from lrs.log.store import Store
from lrs.xapi.faults import Fault, StatementConflict
from lrs.xapi.version import Version
from mastrail.preparing import Prepared, Preparer, id_of
from mastrail.processes import helpers, in_order, processors

_ALONE_LINES = 5_000
"""So many lines are checked here before helpers are called in, which take a second to come."""

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


@dataclass(slots=True)
class _Batch:
    """Lines that are stored together, no id twice, and the numbers of lines among them that are no JSON objects."""

    lines: list[Line] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)

    def texts(self) -> list[bytes]:
        return [text for _, text in self.lines]


class Importer:
    """Takes lines in batches. While one batch is being committed, the next one is checked.

    ``workers`` processes check them: as many as there are processors when it is None, once the file proves long.
    """

    def __init__(
        self, store: Store, *, version: Version, refused: Callable[[int, Fault], None], workers: int | None = None
    ) -> None:
        """Call ``refused`` with the number of each line that is refused and each of its faults."""
        self.outcome = Outcome()
        self._writer = Writer(store)
        self._settler = Settler(store, self._writer)
        self._version = version
        self._prepare = Preparer(version)
        self._refused = refused
        self._workers = workers
        self._open: tuple[Sequence[Line], Future[Stored]] | None = None

    def take(self, lines: Iterable[bytes], batch_lines: int) -> Iterator[Outcome]:
        """Import ``lines``; yield the outcome so far after each batch. All of it is durable at the end."""
        for batch, prepared in self._prepared(self._batches(lines, batch_lines)):
            for number in batch.unreadable:
                self._refuse(number, [Fault("the line is not one JSON object", rule="Data 2.2")])
            self._import(batch.lines, prepared)
            yield self.outcome
        self._settle()
        yield self.outcome

    def close(self) -> None:
        """Finish what is open and end the threads."""
        self._writer.close()
        self._settler.close()

    def _batches(self, lines: Iterable[bytes], batch_lines: int) -> Iterator[_Batch]:
        batch, names = _Batch(), set[bytes]()
        for number, text in enumerate(lines, start=1):
            line = text.strip()
            if not line:
                continue
            try:
                name = id_of(line).lower() or line
            except (msgspec.DecodeError, RecursionError):
                batch.unreadable.append(number)
                if len(batch.unreadable) >= batch_lines:
                    yield batch
                    batch, names = _Batch(), set[bytes]()
                continue
            if name in names or len(names) >= batch_lines:
                yield batch
                batch, names = _Batch(), set[bytes]()
            names.add(name)
            batch.lines.append((number, line))
        if batch.lines or batch.unreadable:
            yield batch

    def _prepared(self, batches: Iterator[_Batch]) -> Iterator[tuple[_Batch, Prepared]]:
        """Yield each batch with what became of it, in order."""
        workers = processors() if self._workers is None else self._workers
        alone = _ALONE_LINES if self._workers is None else 0
        for batch in batches:
            if workers > 1 and alone <= 0:
                with helpers(workers, _prepare_to_help, self._version) as executor:
                    asked = chain((batch,), batches)
                    yield from in_order(lambda one: executor.submit(_help, one.texts()), asked, workers)
                return
            alone -= len(batch.lines)
            yield batch, self._prepare(batch.texts())

    def _import(self, batch: Sequence[Line], prepared: Prepared) -> None:
        if prepared.faults is not None:
            self._import_others(batch, prepared.faults)
        elif batch:
            self._settle()
            self._open = batch, self._settler.store(prepared.entries())

    def _import_lines(self, batch: Sequence[Line]) -> None:
        if batch:
            self._import(batch, self._prepare([text for _, text in batch]))

    def _import_others(self, batch: Sequence[Line], faults: Sequence[Fault]) -> None:
        """Refuse the lines that ``faults`` name and import the others; when they name none, look at each line."""
        faulty = {fault.statement_index for fault in faults} - {None}
        if not faulty and len(batch) > 1:
            for line in batch:
                self._import_lines([line])
            return
        self._import_without(batch, faulty or {0}, faults)

    def _import_without(self, batch: Sequence[Line], faulty: set[int | None], faults: Sequence[Fault]) -> None:
        for place, (number, _) in enumerate(batch):
            if place in faulty:
                self._refuse(number, [fault for fault in faults if (fault.statement_index or 0) == place])
        self._import_lines([line for place, line in enumerate(batch) if place not in faulty])

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


_helping: list[Preparer] = []


def _prepare_to_help(version: Version) -> None:
    _helping.append(Preparer(version))


def _help(lines: Sequence[bytes]) -> Prepared:
    return _helping[0](lines)
