"""Who does the work of a check: this process alone, or several that share it. What comes of it is the same."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from multiprocessing.sharedctypes import Synchronized
from typing import Protocol

from lrs.log.faults import StoreDamaged
from lrs.log.store import Store
from mastrail.checks.finding import Finding, Step, keep, unreadable
from mastrail.checks.index import Sums, stored_sums
from mastrail.checks.projection import Compared, compared
from mastrail.checks.scan import Seen, Stretch, scan
from mastrail.processes import helpers, in_order
from mastrail.settings import Settings
from mastrail.stores import open_log
from projector.notary.core.entry import Segments

_LOOK_SECONDS = 0.2


class Crew(Protocol):
    """Does what is asked for. ``ask_`` methods may begin the work at once; what they return waits for it."""

    def seen(self, stretches: Sequence[Stretch]) -> Iterator[Seen]:
        """Yield what is seen of each of ``stretches``, in order."""
        ...

    def ask_file(self) -> Callable[[], list[Finding]]:
        """Look through the database file."""
        ...

    def ask_sums(self, last: int) -> Callable[[], Sums]:
        """Add up what terms find of the log up to position ``last``. Raises StoreDamaged when asked for it."""
        ...

    def ask_projection(self, last: int) -> Callable[[Step], Compared]:
        """Compare the projection with a replay, of the log up to ``last`` where none is live."""
        ...


class Alone:
    """One process, that does everything when it is waited for."""

    def __init__(self, settings: Settings, store: Store, segments: Segments | None) -> None:
        self._settings = settings
        self._store = store
        self._segments = segments

    def seen(self, stretches: Sequence[Stretch]) -> Iterator[Seen]:
        """See ``Crew``."""
        return (scan(self._store, stretch, self._segments) for stretch in stretches)

    def ask_file(self) -> Callable[[], list[Finding]]:
        """See ``Crew``."""
        return partial(file_findings, self._store)

    def ask_sums(self, last: int) -> Callable[[], Sums]:
        """See ``Crew``."""
        return partial(stored_sums, self._store, last)

    def ask_projection(self, last: int) -> Callable[[Step], Compared]:
        """See ``Crew``."""
        return partial(compared, self._settings, self._store, last)


class Team:
    """Several processes, each with the store open; what takes long as a whole is begun first."""

    def __init__(self, executor: Executor, workers: int, folded: "Synchronized[int]") -> None:
        self._executor = executor
        self._workers = workers
        self._folded = folded

    def seen(self, stretches: Sequence[Stretch]) -> Iterator[Seen]:
        """See ``Crew``."""
        done = in_order(lambda stretch: self._executor.submit(_scan, stretch), stretches, self._workers)
        return (seen for _, seen in done)

    def ask_file(self) -> Callable[[], list[Finding]]:
        """See ``Crew``."""
        return self._executor.submit(_file_findings).result

    def ask_sums(self, last: int) -> Callable[[], Sums]:
        """See ``Crew``."""
        return self._executor.submit(_stored_sums, last).result

    def ask_projection(self, last: int) -> Callable[[Step], Compared]:
        """See ``Crew``."""
        return partial(self._watched, self._executor.submit(_compared, last))

    def _watched(self, comparing: "Future[Compared]", step: Step) -> Compared:
        told = 0
        while wait([comparing], _LOOK_SECONDS).not_done:
            folded = self._folded.value
            step(folded - told)
            told = folded
        return comparing.result()


@contextmanager
def team(workers: int, settings: Settings, segments: Segments | None) -> Iterator[Team]:
    """Lend ``workers`` processes. Raises CannotRun when one of them is killed."""
    folded: Synchronized[int] = multiprocessing.get_context("spawn").Value("q")
    with helpers(workers, _prepare, settings, segments, folded) as executor:
        yield Team(executor, workers, folded)


def file_findings(store: Store) -> list[Finding]:
    """Return what is wrong with the database file as a file."""
    found: list[Finding] = []
    try:
        keep(found, (Finding("file", fault) for fault in store.inspect()))
    except StoreDamaged as damaged:
        found.append(unreadable("file", damaged))
    return found


@dataclass
class _Worker:
    """What one process of a team works with; the store is opened by its first task, which can say why it cannot."""

    settings: Settings
    segments: Segments | None
    folded: "Synchronized[int]"

    @cached_property
    def store(self) -> Store:
        return open_log(self.settings)

    def note_folded(self, entries: int) -> None:
        with self.folded.get_lock():
            self.folded.value += entries


_workers: list[_Worker] = []


def _prepare(settings: Settings, segments: Segments | None, folded: "Synchronized[int]") -> None:
    _workers.append(_Worker(settings, segments, folded))


def _scan(stretch: Stretch) -> Seen:
    return scan(_workers[0].store, stretch, _workers[0].segments)


def _file_findings() -> list[Finding]:
    return file_findings(_workers[0].store)


def _stored_sums(last: int) -> Sums:
    return stored_sums(_workers[0].store, last)


def _compared(last: int) -> Compared:
    worker = _workers[0]
    return compared(worker.settings, worker.store, last, worker.note_folded)
