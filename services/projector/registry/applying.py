"""Registry documents of any kind, in the order in which they stand: one way in for files and requests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lrs.log.entry import LogEntry, NewEntry, Receipt
from lrs.log.faults import EntryConflict
from lrs.xapi.faults import Fault
from projector.registry.append import By, Change, Log
from projector.registry.assignments import assign
from projector.registry.commands import (
    activate_policy,
    change_alignment,
    publish_aliases,
    publish_credential_rule,
    publish_framework,
    publish_goal,
    publish_role,
)
from projector.registry.faults import InvalidDocument, invalid

KINDS = ("Framework", "MasteryPolicy", "Role", "Goal", "Alignment", "Aliases", "CredentialRule", "Assignment")

_BEYOND = 2**53

NewId = Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one document: ``name`` is its id and version, or what it is about."""

    kind: str
    name: str
    change: Change

    def told(self) -> dict[str, Any]:
        """Return it as JSON values."""
        position = self.change.position or None
        return {"kind": self.kind, "name": self.name, "position": position, "isNew": self.change.is_new}


def apply_document(  # noqa: PLR0913 - all by name but the first three
    log: Log,
    document: Mapping[str, Any],
    by: By,
    *,
    new_id: NewId,
    effective_from: str | None = None,
    mode: str | None = None,
) -> Applied:
    """Publish, activate or record one document by its kind. Raises InvalidDocument and VersionConflict as those do."""
    kind = document.get("kind")
    if kind not in KINDS:
        raise invalid(f"kind is one of {', '.join(KINDS)}", "/kind", "kind")
    if kind != "MasteryPolicy" and (effective_from is not None or mode is not None):
        raise invalid("effectiveFrom and mode are given for a policy alone", "/kind", "kind")
    commands: dict[str, Callable[[], Change]] = {
        "Framework": lambda: publish_framework(log, document, by),
        "MasteryPolicy": lambda: activate_policy(log, document, by, effective_from=effective_from, mode=mode),
        "Role": lambda: publish_role(log, document, by),
        "Goal": lambda: publish_goal(log, document, by),
        "Alignment": lambda: change_alignment(log, document, by, new_id=new_id),
        "Aliases": lambda: publish_aliases(log, document, by),
        "CredentialRule": lambda: publish_credential_rule(log, document, by),
        "Assignment": lambda: assign(log, document, by, new_id=new_id),
    }
    change = commands[str(kind)]()
    return Applied(str(kind), _name(document), change)


def apply_documents(log: Log, documents: Sequence[Mapping[str, Any]], by: By, *, new_id: NewId) -> list[Applied]:
    """Apply documents in order. At the first that is refused it ends: those before it are in the log and stay so.

    Raises as ``apply_document``; the pointer begins with the place of the document, from 0, where there are several.
    """
    applied: list[Applied] = []
    for place, document in enumerate(documents):
        try:
            applied.append(apply_document(log, document, by, new_id=new_id))
        except InvalidDocument as error:
            if len(documents) == 1:
                raise
            faults = [Fault(one.message, f"/{place}{one.pointer}", one.rule) for one in error.faults]
            raise InvalidDocument(f"document {place}: {error}", faults) from error
    return applied


def _name(document: Mapping[str, Any]) -> str:
    if "id" in document:
        return f"{document['id']} {document['version']}"
    return str(document.get("activity") or document.get("role") or document.get("team"))


class DryLog:
    """A log that takes nothing: what commands would append is checked against what is there, and forgotten."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._added: dict[UUID, LogEntry] = {}

    def append(self, entries: Sequence[NewEntry]) -> Receipt:
        """Say that the entries were appended at position 0. Raises EntryConflict for an id that is there."""
        conflicts = [entry.entry_id for entry in entries if self.get(entry.entry_id) is not None]
        if conflicts:
            raise EntryConflict(conflicts)
        recorded = self._log.read(0, 1)[0].recorded
        for entry in entries:
            position = _BEYOND + len(self._added)
            tried = LogEntry(position, entry.entry_id, entry.topic, recorded, entry.payload, entry.payload)
            self._added[entry.entry_id] = tried
        return Receipt((0,) * len(entries), recorded)

    def get(self, entry_id: UUID) -> LogEntry | None:
        """Return the entry of an id, those that were only tried included."""
        return self._added.get(entry_id) or self._log.get(entry_id)

    def read(self, after: int, limit: int) -> list[LogEntry]:
        """Return the entries of the log, and beyond its end those that were only tried."""
        found = self._log.read(after, limit) if after < _BEYOND else []
        return found or [entry for entry in self._added.values() if entry.position > after][:limit]
