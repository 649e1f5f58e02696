"""Appending a registry fact to the log: who, why, and the same version only once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson

from lrs.log.entry import LogEntry, NewEntry, Receipt
from lrs.log.faults import EntryConflict
from projector.mastery.canonical import canonical
from projector.registry.faults import VersionConflict, invalid
from projector.registry.rehearsal import rehearse
from projector.store.exact_json import parse_exactly

_LONGEST_WHO = 200
_LONGEST_WHY = 2000
_BY_WHOM = ("who", "why")


class Log(Protocol):
    """What the registry needs of the log: ``lrs.log.store.Store``, or a process that has a writer."""

    def append(self, entries: Sequence[NewEntry]) -> Receipt:
        """Append in one transaction; durable once it returns."""
        ...

    def get(self, entry_id: UUID) -> LogEntry | None:
        """Return the entry of that id."""
        ...

    def read(self, after: int, limit: int) -> list[LogEntry]:
        """Return up to ``limit`` entries above ``after``, ascending."""
        ...


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, and why: both are kept in the log for ever, neither can be left out."""

    who: str
    why: str

    def __post_init__(self) -> None:
        for name, text, longest in (("who", self.who, _LONGEST_WHO), ("why", self.why, _LONGEST_WHY)):
            if not text.strip() or len(text) > longest:
                message = f"{name} must be given, in at most {longest} characters"
                raise invalid(message)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a command: the log position of the fact, and False for ``is_new`` when it was there already."""

    position: int
    entry_id: UUID
    is_new: bool


def version_entry_id(document_id: str, version: str) -> UUID:
    """Return the entry id of a version, which makes versions immutable: an id can be appended only once."""
    return uuid5(NAMESPACE_URL, f"{document_id}#{version}")


def append_fact(log: Log, topic: str, entry_id: UUID, fact: Mapping[str, Any], by: By) -> Change:
    """Append one fact. Appending the same fact again changes nothing and says so.

    Raises InvalidDocument when the engine cannot fold it, VersionConflict when ``entry_id`` is in the log with another
    fact.
    """
    payload = canonical({**fact, "who": by.who, "why": by.why})
    rehearse(topic, parse_exactly(payload))
    try:
        receipt = log.append([NewEntry(entry_id, topic, payload)])
    except EntryConflict as error:
        return _same(log, topic, entry_id, payload, error)
    return Change(receipt.positions[0], entry_id, is_new=True)


def _same(log: Log, topic: str, entry_id: UUID, payload: bytes, error: EntryConflict) -> Change:
    known = log.get(entry_id)
    if known is None or known.topic != topic or _what(known.payload) != _what(payload):
        message = "this version is published already with other content; a version never changes: publish a new one"
        raise VersionConflict(message) from error
    return Change(known.position, entry_id, is_new=False)


def _what(payload: bytes) -> dict[str, Any]:
    return {name: value for name, value in orjson.loads(payload).items() if name not in _BY_WHOM}
