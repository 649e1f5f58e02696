"""One process of a rebuild: it reads its part of every page for all, and folds its share of the people."""

import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass
from itertools import chain
from multiprocessing.connection import Connection
from typing import Any

from lrs.log.entry import STATEMENT_STORED, LogEntry
from lrs.log.facts import FACTS
from lrs.log.faults import StoreFault
from lrs.xapi import stored_text
from projector.follow import NOT_FOLDED, Folding, FoldStopped
from projector.mastery.joining import Told
from projector.rebuild.holdings import Holdings
from projector.rebuild.messages import Failed, Message, Part, Stopped, pack, pack_entries, unpack_entries
from projector.rebuild.plan import Plan, SharedLog
from projector.rebuild.sending import Sender
from projector.rebuild.spill import Spill
from projector.store.database import Row
from projector.store.documents import StoredDocuments
from projector.store.exact_json import parse_exactly
from projector.store.faults import ProjectionFault
from projector.store.garbage import collect_seldom
from projector.store.projection import Event, Page
from projector.store.states import put_changed_states
from projector.store.versions import Versions

_MOST_KEPT = 200_000
_ROWS_AT_ONCE = 1_000
EXIT_ALONE = 70
"""How a worker ends because another one ended before."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is started with: ``open_log`` opens the log in its process, ``version`` is what is rebuilt."""

    number: int
    plan: Plan
    open_log: Callable[[], AbstractContextManager[SharedLog]]
    versions: Versions
    version: int


@dataclass(frozen=True, slots=True)
class Pipes:
    """To the one who writes, and to and from the other workers by their numbers."""

    writer: Connection
    to: Mapping[int, Connection]
    come_from: Mapping[int, Connection]


class PartPage(Page):
    """A page of which a share is folded: its events are kept apart, until it is known where they stand."""

    def __init__(self, spill: Spill, documents: StoredDocuments) -> None:
        super().__init__(spill, documents, 0)
        self.told: list[Told] = []

    def add_event(self, event: Event, position: int, body: bytes) -> None:
        """Keep an event; its place comes later."""
        is_common = event["partitionkey"] == event["data"]["tenant"]
        person_id = event["data"].get("personId")
        self.told.append(Told(position, (), is_common, person_id, event["type"], event["id"], body))

    def put_places(self, places: Sequence[tuple[Any, ...]]) -> None:
        """Say where the events that were added last stand."""
        first = len(self.told) - len(places)
        for told, place in zip(self.told[first:], places, strict=True):
            told.place = place


class Worker:
    """Reads and folds; everything that it makes goes to the writer."""

    def __init__(self, task: Task, log: SharedLog, spill: Spill) -> None:
        self._plan = task.plan
        self._number = task.number
        self._log = log
        self._spill = spill
        self._share = task.plan.share(task.number)
        self._documents = StoredDocuments(spill, most_kept=_MOST_KEPT // task.plan.count)
        self._folding = Folding(log, share=self._share)
        self._look_back()

    def _look_back(self) -> None:
        """Learn what the entries before say about who is who among people of other shares."""
        engine = self._folding.engine(self._documents)
        for entry in self._log.read_others(0, self._plan.after):
            if entry.topic not in NOT_FOLDED:
                name, body = FACTS[entry.topic].__name__, parse_exactly(entry.payload)
                engine.look_elsewhere(entry.position, name, entry.recorded, body)

    def read(self, page: tuple[int, int], folded: int) -> list[list[LogEntry]]:
        """Return the entries of our slice of a page that each worker needs; ``folded`` is how far we have folded."""
        start, end = self._plan.slice_of(page, self._number)
        needed: list[list[LogEntry]] = [[] for _ in range(self._plan.count)]
        for entry in self._log.read(start, end - start) if end > start else ():
            if entry.position <= end:
                for number in self._takers(entry, folded):
                    needed[number].append(entry)
        return needed

    def _takers(self, entry: LogEntry, folded: int) -> Sequence[int]:
        everybody = range(self._plan.count)
        if entry.topic != STATEMENT_STORED or not self._plan.selects_alike(folded, entry.position):
            return everybody
        engine, text = self._folding.engine(self._documents), stored_text.stored_text(entry.payload)
        if not engine.concerns(text, entry.recorded):
            return ()
        alone = engine.addressee(text, entry.recorded)
        return everybody if alone is None else (self._share.taker(alone.key),)

    def fold(self, page: tuple[int, int], entries: Sequence[LogEntry]) -> Part:
        """Return what the entries change of our share."""
        made = PartPage(self._spill, self._documents)
        for entry in entries:
            made.put_places(self._folding.fold(made, entry))
        put_changed_states(made)
        made.flush()
        return Part(page[1], self._spill.taken(), made.told)


def work(task: Task, pipes: Pipes) -> None:
    """Do the part of a worker from the first page of the plan to the last; the main function of its process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()
    with ExitStack() as held:
        writer = Sender(pipes.writer)
        held.callback(writer.close)
        try:
            peers = {number: Sender(pipe) for number, pipe in pipes.to.items()}
            for one in peers.values():
                held.callback(one.close)
            log = held.enter_context(task.open_log())
            spill = held.enter_context(closing(Spill()))
            _load(task, spill)
            for part in _parts(Worker(task, log, spill), task, peers, pipes.come_from):
                writer.send(pack(part))
        except EOFError:
            sys.exit(EXIT_ALONE)
        except Exception as error:  # noqa: BLE001 - the one who writes is told, and ends the others
            writer.send(pack(_told(error)))


def _told(error: Exception) -> Message:
    """Return what is said of an error; of an unexpected one only its kind, since it may quote what it met."""
    if isinstance(error, FoldStopped):
        return Stopped(error.position, error.topic)
    if isinstance(error, StoreFault | ProjectionFault):
        return Failed(f"cannot go on: {error}")
    return Failed(f"failed with {type(error).__name__}")


def _load(task: Task, spill: Spill) -> None:
    """Take over what is folded already of our share."""
    if not task.plan.after:
        return
    share = task.plan.share(task.number)
    with closing(task.versions.open(task.version, read_only=True)) as projection, projection.snapshot() as snapshot:
        rows: list[Row] = []
        for row in Holdings(share, snapshot).rows():
            rows.append(row)
            if len(rows) == _ROWS_AT_ONCE:
                spill.keep("put_document", rows)
                rows.clear()
        spill.keep("put_document", rows)


def _parts(
    worker: Worker, task: Task, peers: Mapping[int, Sender], come_from: Mapping[int, Connection]
) -> Iterator[Part]:
    """Yield what each page changed. The next page is read before this one is folded, so that nobody waits for it."""

    def read(page: tuple[int, int], folded: int) -> list[LogEntry]:
        needed = worker.read(page, folded)
        for number, sender in peers.items():
            sender.send(pack_entries(needed[number]))
        return needed[task.number]

    pages = [*task.plan.pages()]
    ours = read(pages[0], task.plan.after) if pages else []
    for place, page in enumerate(pages):
        slices = {number: unpack_entries(pipe.recv_bytes()) for number, pipe in come_from.items()}
        slices[task.number] = ours
        if place + 1 < len(pages):
            ours = read(pages[place + 1], page[0])
        yield worker.fold(page, [*chain.from_iterable(slices[number] for number in sorted(slices))])
