"""The evidence trail of one person and competency: every statement that a rule matched, and what became of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from lrs.log.entry import LogEntry
from projector.mastery import views
from projector.store.projection import Snapshot

LeafIndex = Callable[[UUID], int | None]


class Log(Protocol):
    """What the trail needs of the log: where a statement lies."""

    def get_many(self, entry_ids: Sequence[UUID]) -> dict[UUID, LogEntry]:
        """Return the entries of those ids that are in the log."""
        ...


def evidence_trail(
    snapshot: Snapshot, person_id: str, competency: str, *, log: Log, leaf_index: LeafIndex
) -> dict[str, Any]:
    """Return the state and its steps in canonical order, each with its place in the log.

    A step has the statement's id, rule, result, reason, exact score, running value, flags and times, its log
    ``position`` and its ``leafIndex`` in the Merkle tree (null where it has none yet). The policy version that judged
    stands in ``body``. Raises KeyError when nothing of that person ever touched the competency.
    """
    trail = views.trail(snapshot.documents, person_id, competency)
    steps: list[dict[str, Any]] = trail.pop("steps")
    return {**trail, "knownAt": snapshot.position(), "steps": placed(steps, log, leaf_index)}


def placed(steps: Sequence[dict[str, Any]], log: Log, leaf_index: LeafIndex) -> list[dict[str, Any]]:
    """Return the steps, each with its place in the log and its leaf."""
    places = _places(log, [step["statement"] for step in steps])
    return [_placed(step, places, leaf_index) for step in steps]


def _places(log: Log, statements: Sequence[str]) -> Mapping[UUID, int]:
    found = log.get_many([UUID(statement) for statement in statements])
    return {entry_id: entry.position for entry_id, entry in found.items()}


def _placed(step: dict[str, Any], places: Mapping[UUID, int], leaf_index: LeafIndex) -> dict[str, Any]:
    statement = UUID(step["statement"])
    return {**step, "position": places.get(statement), "leafIndex": leaf_index(statement)}
