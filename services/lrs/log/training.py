"""When a store trains a compression dictionary of its own, and from what: once at each milestone of its log.

The first dictionary fits what the store began with, the later ones what it has become. Which entries are read follows
from the milestone alone, so that any process comes to the same, and the first to append it settles the matter.
"""

import logging
import threading
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import zstandard

from lrs.log import dictionaries, facts, samples
from lrs.log.compression import Codec, compressor, prepared
from lrs.log.entry import STATEMENT_STORED, LogEntry, NewEntry, Receipt
from lrs.log.faults import EntryConflict, StoreDamaged

MILESTONES = (600, 10_000, 1_000_000)
"""The positions at which a dictionary is trained; its number is ``FIRST_OF_STORE`` and the place in this list."""

SAMPLE_ENTRIES = 2_000
"""How many entries are read, up to the milestone, at most half of all: less than a second of one processor."""

DICTIONARY_BYTES = 32 * 1024
_TRIAL_EVERY = 8
_LEAST_GAIN = 0.03
_NEVER = 1 << 62
_PAGE_ENTRIES = 500
_log = logging.getLogger(__name__)


def train(payloads: Sequence[bytes], current: bytes) -> bytes:
    """Return a dictionary for payloads like these, or nothing when it would not be much better than ``current``.

    Every eighth is kept back to measure with. Whatever tells of single people is left out of what is trained on.
    """
    trial = payloads[::_TRIAL_EVERY]
    shown = [payload for place, payload in enumerate(payloads) if place % _TRIAL_EVERY]
    try:
        made = zstandard.train_dictionary(DICTIONARY_BYTES, [*samples.anonymous(shown)]).as_bytes()
    except zstandard.ZstdError:  # too little, or too much alike, to learn from
        return b""
    return made if _size(trial, made) < _size(trial, current) * (1 - _LEAST_GAIN) else b""


def _size(payloads: Sequence[bytes], dictionary: bytes) -> int:
    made = compressor(prepared(dictionary))
    return sum(len(made.compress(payload)) for payload in payloads)


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


class Trainer:
    """Watches how the log of one store grows and trains in a thread of its own, so that no append waits for it.

    A store whose dictionaries cannot be read is opened all the same: much of it needs none of them. It trains no more.
    """

    def __init__(self, log: Log, codec: Codec) -> None:
        self._log = log
        self._codec = codec
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._due = _NEVER
        try:
            self._settle()
        except StoreDamaged as error:
            _log.error("a dictionary of the store cannot be read, nor what needs it", extra={"reason": str(error)})

    def note(self, position: int) -> None:
        """Take note that the log reaches to ``position``."""
        if position < self._due:
            return
        with self._starting:
            if position < self._due or (self._thread is not None and self._thread.is_alive()):
                return
            self._thread = threading.Thread(target=self._train, args=(position,), name="lrs-dictionary")
            self._thread.start()

    def close(self) -> None:
        """Wait for what is being trained."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _settle(self) -> int:
        """Use the newest dictionary, set when the next one is due, and return its number."""
        numbers = [dictionaries.FIRST_OF_STORE + place for place in range(len(MILESTONES))]
        entries = self._log.get_many([dictionaries.entry_id(number) for number in numbers])
        known = {number: entries[made] for number in numbers if (made := dictionaries.entry_id(number)) in entries}
        usable = [number for number, entry in known.items() if dictionaries.unpack(number, entry)]
        if usable:
            self._codec.use(max(usable))
        missing = [number for number in numbers if number not in known]
        self._due = MILESTONES[missing[0] - dictionaries.FIRST_OF_STORE] if missing else _NEVER
        return missing[0] if missing else 0

    def _train(self, position: int) -> None:
        try:
            number = self._settle()
            while position >= self._due:
                self._append_trained(number, self._due)
                number = self._settle()
        except Exception as error:  # noqa: BLE001 - whatever it is: without a dictionary, entries only take more space
            self._due = _NEVER
            _log.warning("no compression dictionary was trained", extra={"fault": type(error).__name__})

    def _append_trained(self, number: int, milestone: int) -> None:
        made = train(self._payloads(milestone), self._codec.load(self._codec.number))
        payload = dictionaries.pack(number, milestone, made)
        try:
            self._log.append([NewEntry(dictionaries.entry_id(number), facts.DICTIONARY_TRAINED, payload)])
        except EntryConflict:
            return  # another process was first, with the same

    def _payloads(self, milestone: int) -> list[bytes]:
        after = milestone - min(SAMPLE_ENTRIES, milestone // 2)
        found: list[bytes] = []
        while after < milestone:
            page = self._log.read(after, min(_PAGE_ENTRIES, milestone - after))
            found.extend(entry.payload for entry in page if _is_sample(entry))
            after += _PAGE_ENTRIES
        return found


def _is_sample(entry: LogEntry) -> bool:
    """Tell whether an entry is a statement of a usual size: large ones need no dictionary, and many need much room."""
    return entry.topic == STATEMENT_STORED and len(entry.payload) <= samples.MAX_SAMPLE_BYTES
