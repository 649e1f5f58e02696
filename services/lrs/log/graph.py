"""Which statement is found by which terms, StatementRefs and voiding included (Communication 2.1.3, Data 2.3.2).

A statement that refers to another is found by the terms of that one too, and so on along the chain. Terms are handed
on when they are written, whichever statement arrives first, so that a read never follows a reference. A voiding
statement cannot be voided; a voided one hands its terms on but is never returned itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from lrs.log.entry import StatementIndex

VOIDED = 1
VOIDING = 2
NOT_DEFINING = 4


@dataclass(slots=True)
class Node:
    """A statement as the index sees it; ``terms`` are its own and the inherited.

    ``flags`` follow from the statements but for NOT_DEFINING, which keeps what the sender's credential was good for.
    """

    position: int
    flags: int
    terms: frozenset[int]


class Graph:
    """The statements that one append touches, and what has to be written about them.

    ``nodes`` and ``referrers`` start with what the database knows: every statement that a new entry refers to, and
    every statement that refers, directly or along a chain, to a new entry. ``voided`` starts with the new entries that
    were voided before they came. Positions from ``first_new`` on belong to this append.
    """

    def __init__(self, first_new: int, voided: Iterable[UUID] = ()) -> None:
        self.nodes: dict[UUID, Node] = {}
        self.referrers: dict[UUID, list[UUID]] = {}
        self.new: list[Node] = []
        self.changed: dict[int, Node] = {}
        self.gained: list[tuple[int, int]] = []
        self._first_new = first_new
        self._voided = set(voided)

    def know(self, entry_id: UUID, position: int, flags: int, terms: Iterable[int]) -> None:
        """Take a statement that is stored already."""
        if entry_id not in self.nodes:
            self.nodes[entry_id] = Node(position, flags, frozenset(terms))

    def know_reference(self, source_id: UUID, target_id: UUID) -> None:
        """Take a reference that is stored already."""
        self.referrers.setdefault(target_id, []).append(source_id)

    def add(self, entry_id: UUID, position: int, terms: Iterable[int], index: StatementIndex) -> None:
        """Add a new statement and hand terms on along the references."""
        flags = VOIDING if index.voids else VOIDED if entry_id in self._voided else 0
        node = Node(position, flags if index.defines else flags | NOT_DEFINING, frozenset(terms))
        self.nodes[entry_id] = node
        self.new.append(node)
        if index.refers_to is not None:
            self._refer(entry_id, node, index.refers_to)
        if index.voids is not None:
            self._void(index.voids)
        if entry_id in self.referrers:
            self._hand_on(entry_id)

    def _refer(self, entry_id: UUID, node: Node, target_id: UUID) -> None:
        self.referrers.setdefault(target_id, []).append(entry_id)
        target = self.nodes.get(target_id)
        if target is not None:
            node.terms |= target.terms

    def _void(self, target_id: UUID) -> None:
        self._voided.add(target_id)
        target = self.nodes.get(target_id)
        if target is not None and not target.flags & (VOIDED | VOIDING):
            target.flags |= VOIDED
            self._note_change(target)

    def _hand_on(self, entry_id: UUID) -> None:
        waiting = [entry_id]
        while waiting:
            source_id = waiting.pop()
            for referrer_id in self.referrers.get(source_id, ()):
                if self._inherit(self.nodes[referrer_id], self.nodes[source_id]):
                    waiting.append(referrer_id)

    def _inherit(self, referrer: Node, source: Node) -> bool:
        missing = source.terms - referrer.terms
        if not missing:
            return False
        referrer.terms |= missing
        if referrer.position < self._first_new:
            self.gained.extend((term, referrer.position) for term in missing)
            self._note_change(referrer)
        return True

    def _note_change(self, node: Node) -> None:
        if node.position < self._first_new:
            self.changed[node.position] = node
