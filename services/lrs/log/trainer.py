"""When a store trains a compression dictionary of its own, and from what: once at each milestone of its log.

The first dictionary fits what the store began with, the later ones what it has become. Which entries are read follows
from the milestone alone, so that any process comes to the same, and the first to append it settles the matter.
"""

import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from subprocess import DEVNULL, PIPE
from typing import Protocol
from uuid import UUID

import msgspec

from lrs.log import dictionaries, facts, samples
from lrs.log.burst import BURST_PER_SECOND
from lrs.log.compression import FIRST_OF_STORE, Codec
from lrs.log.entry import STATEMENT_STORED, LogEntry, NewEntry, Receipt
from lrs.log.faults import EntryConflict, StoreDamaged
from lrs.log.training import Lesson

MILESTONES = (600, 10_000, 1_000_000)
"""The positions at which a dictionary is trained; its number is ``FIRST_OF_STORE`` and the place in this list."""

SAMPLE_ENTRIES = 1_000
"""How many entries are read, up to the milestone, at most half of all: it takes half a second of one processor."""

PATIENCE_SECONDS = 10.0
"""The later dictionaries wait no longer than this for a burst to end: they save some hundredths."""

FIRST_PATIENCE_SECONDS = {"sqlite": 1.0, "postgresql": 0.0}
"""The first one saves more than half: it waits only where an entry takes half the space as it is, and for a moment."""

_LOOK_SECONDS = 0.25
_NEVER = 1 << 62
_PAGE_ENTRIES = 500
_CLOSING_SECONDS = 30.0
_COMMAND = (sys.executable, "-P", "-m", "lrs.log.training")
_log = logging.getLogger(__name__)


class Log(Protocol):
    """What training needs of a store."""

    def read(self, after: int, limit: int) -> list[LogEntry]:
        """Return at most ``limit`` entries with a position greater than ``after``, in order."""
        ...

    def get_many(self, entry_ids: Sequence[UUID]) -> dict[UUID, LogEntry]:
        """Return the entries of those ids that are in the log."""
        ...

    def append(self, entries: Sequence[NewEntry]) -> Receipt:
        """Append in one transaction. Raises EntryConflict."""
        ...

    def note_damage(self, reason: str) -> None:
        """Note that the stored data is not what the log wrote, so that it is only read."""
        ...


class Trainer:
    """Watches how the log of one store grows and has dictionaries trained beside it, so that no append waits for one.

    A thread of its own reads the samples and waits for the process that trains (``lrs.log.training``).
    A store whose dictionaries cannot be read is opened all the same: much of it needs none of them. It trains no more.
    """

    def __init__(self, log: Log, codec: Codec, first_patience_seconds: float) -> None:
        self._log = log
        self._first_patience_seconds = first_patience_seconds
        self._codec = codec
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._closing = threading.Event()
        self._reached = 0
        self._due = _NEVER
        try:
            self._settle()
        except StoreDamaged as error:
            _log.error("a dictionary of the store cannot be read, nor what needs it", extra={"reason": str(error)})
            log.note_damage(str(error))

    def note(self, position: int) -> None:
        """Take note that the log reaches to ``position``."""
        self._reached = max(self._reached, position)  # an append that stored nothing says 0
        if position < self._due:
            return
        with self._starting:
            if position < self._due or (self._thread is not None and self._thread.is_alive()):
                return
            self._thread = threading.Thread(target=self._train, name="lrs-dictionary")
            self._thread.start()

    def close(self) -> None:
        """Wait for what is being trained, but give up what takes long: the store begins with it again."""
        self._closing.set()
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return
        thread.join(_CLOSING_SECONDS)
        process = self._process
        if thread.is_alive() and process is not None:
            process.kill()
        thread.join()

    def _settle(self) -> int:
        """Use the newest dictionary, set when the next one is due, and return its number."""
        numbers = [FIRST_OF_STORE + place for place in range(len(MILESTONES))]
        entries = self._log.get_many([dictionaries.entry_id(number) for number in numbers])
        known = {number: entries[made] for number in numbers if (made := dictionaries.entry_id(number)) in entries}
        usable = [number for number, entry in known.items() if dictionaries.unpack(number, entry)]
        if usable:
            self._codec.use(max(usable))
        missing = [number for number in numbers if number not in known]
        self._due = MILESTONES[missing[0] - FIRST_OF_STORE] if missing else _NEVER
        return missing[0] if missing else 0

    def _train(self) -> None:
        try:
            number = self._settle()
            while self._reached >= self._due:
                is_first = number == FIRST_OF_STORE
                patience = self._first_patience_seconds if is_first else PATIENCE_SECONDS
                wait_for_lull(lambda: self._reached, self._closing.wait, patience)
                self._append_trained(number, self._due)
                number = self._settle()
        except Exception as error:  # noqa: BLE001 - whatever it is: without a dictionary, entries only take more space
            self._due = _NEVER
            _log.warning("no compression dictionary was trained", extra={"fault": type(error).__name__})

    def _append_trained(self, number: int, milestone: int) -> None:
        lesson = Lesson(self._payloads(milestone), self._codec.load(self._codec.number))
        payload = dictionaries.pack(number, milestone, self._learn(lesson))
        try:
            self._log.append([NewEntry(dictionaries.entry_id(number), facts.DICTIONARY_TRAINED, payload)])
        except EntryConflict:
            return  # another process was first, with the same

    def _learn(self, lesson: Lesson) -> bytes:
        process = subprocess.Popen(_COMMAND, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, process_group=0)  # noqa: S603  ours, without a shell
        with process:
            let_all_others_go_first(process.pid)
            self._process = process
            try:
                made, _ = process.communicate(msgspec.msgpack.encode(lesson))
            finally:
                self._process = None
        if process.returncode:
            raise ChildProcessError(f"training ended with {process.returncode}")
        return made

    def _payloads(self, milestone: int) -> list[bytes]:
        after = milestone - min(SAMPLE_ENTRIES, milestone // 2)
        found: list[bytes] = []
        while after < milestone:
            page = self._log.read(after, min(_PAGE_ENTRIES, milestone - after))
            found.extend(entry.payload for entry in page if _is_sample(entry))
            after += _PAGE_ENTRIES
        return found


def wait_for_lull(reached: Callable[[], int], wait: Callable[[float], bool], most_seconds: float) -> None:
    """Return when the last position that is ``reached`` grows by less than a burst, or after ``most_seconds``.

    ``wait`` lets some seconds pass, and says whether there is no more time to wait.
    """
    for _ in range(int(most_seconds / _LOOK_SECONDS)):
        before = reached()
        if wait(_LOOK_SECONDS) or reached() - before < BURST_PER_SECOND * _LOOK_SECONDS:
            return


def let_all_others_go_first(pid: int) -> None:
    """Let a process have only the time that nobody else wants, and give that up at once, where Linux allows to ask it.

    One of low priority gives way too, but only when its turn is over, some milliseconds later.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))


def _is_sample(entry: LogEntry) -> bool:
    """Tell whether an entry is a statement of a usual size: large ones need no dictionary, and many need much room."""
    return entry.topic == STATEMENT_STORED and len(entry.payload) <= samples.MAX_SAMPLE_BYTES
