"""Which statement is found by which terms, StatementRefs and voiding included (Communication 2.1.3, Data 2.3.2).

A statement that refers to another is found by the terms of that one too, and so on along the chain. Terms are handed
on when they are written, whichever statement arrives first, so that a read never follows a reference. A voiding
statement cannot be voided; a voided one hands its terms on but is never returned itself.

A statement takes terms over until it has MOST_TERMS, those of the nearest statement first. Otherwise a chain of n
statements would need n^2 rows, and each of them time under the lock.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from lrs.log.entry import HashedIndex

MOST_TERMS = 512
"""A statement that has so many terms, its own included, takes over no more."""

VOIDED = 1
VOIDING = 2
NOT_DEFINING = 4


@dataclass(slots=True)
class Node:
    """A statement as the index sees it; ``terms`` are its own and, after them, the inherited in the order of the chain.

    ``flags`` follow from the statements but for NOT_DEFINING, which keeps what the sender's credential was good for.
    """

    position: int
    flags: int
    terms: AbstractSet[int]
    _kept: dict[int, None] | None = field(default=None, init=False)

    def offered(self) -> Sequence[int]:
        """Return what is handed on to a statement that refers to this one, in the order in which there is room."""
        return sorted(self.terms) if isinstance(self.terms, frozenset) else tuple(self.terms)

    def gain(self, offered: Iterable[int]) -> Sequence[int]:
        """Take over what there is room for; return what that was."""
        room = MOST_TERMS - len(self.terms)
        if room <= 0:
            return ()
        if self._kept is None:
            self._kept = dict.fromkeys(self.terms)
            self.terms = self._kept.keys()
        kept = self._kept
        gained = [*islice((term for term in offered if term not in kept), room)]
        kept.update(dict.fromkeys(gained))
        return gained


class Graph:
    """The statements that one append touches, and what has to be written about them.

    ``nodes`` and ``referrers`` start with what the database knows: every statement that a new entry refers to, and
    every one that refers to a new entry. ``unasked`` are stored statements that gained terms and whose referrers are to
    be made known, until there are none. ``voided`` starts with the new entries that were voided before they came.
    Positions from ``first_new`` on belong to this append.
    """

    def __init__(self, first_new: int, voided: Iterable[UUID] = ()) -> None:
        self.nodes: dict[UUID, Node] = {}
        self.referrers: dict[UUID, list[UUID]] = {}
        self.new: list[Node] = []
        self.changed: dict[int, Node] = {}
        self.gained: list[tuple[int, int]] = []
        self.unasked: set[UUID] = set()
        self._asked: set[UUID] = set()
        self._first_new = first_new
        self._voided = set(voided)

    def know(self, entry_id: UUID, position: int, flags: int, terms: Iterable[int]) -> None:
        """Take a statement that is stored already, its terms in the order in which they are kept."""
        if entry_id not in self.nodes:
            self.nodes[entry_id] = Node(position, flags, dict.fromkeys(terms).keys())

    def know_reference(self, source_id: UUID, target_id: UUID) -> None:
        """Take a reference that is stored already, between statements of which the source is known."""
        self.referrers.setdefault(target_id, []).append(source_id)

    def know_referrers(self, asked: Iterable[UUID]) -> None:
        """Hand on what those statements gained: all that refer to them are known by now."""
        self._asked.update(asked)
        self.unasked -= self._asked
        for entry_id in asked:
            self._hand_on(entry_id)

    def add(self, entry_id: UUID, position: int, index: HashedIndex) -> None:
        """Add a new statement and hand terms on along the references."""
        flags = VOIDING if index.voids else VOIDED if entry_id in self._voided else 0
        own = frozenset(index.terms) if index.refers_to is None else dict.fromkeys(sorted(index.terms)).keys()
        node = Node(position, flags if index.defines else flags | NOT_DEFINING, own)
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
            node.gain(target.offered())

    def _void(self, target_id: UUID) -> None:
        self._voided.add(target_id)
        target = self.nodes.get(target_id)
        if target is not None and not target.flags & (VOIDED | VOIDING):
            target.flags |= VOIDED
            self._note_change(target)

    def _hand_on(self, entry_id: UUID) -> None:
        waiting: list[tuple[UUID, Sequence[int]]] = [(entry_id, self.nodes[entry_id].offered())]
        while waiting:
            source_id, offered = waiting.pop()
            for referrer_id in self.referrers.get(source_id, ()):
                gained = self._inherit(referrer_id, offered)
                if gained:
                    waiting.append((referrer_id, gained))

    def _inherit(self, referrer_id: UUID, offered: Sequence[int]) -> Sequence[int]:
        referrer = self.nodes[referrer_id]
        gained = referrer.gain(offered)
        if gained and referrer.position < self._first_new:
            self.gained.extend((term, referrer.position) for term in gained)
            self._note_change(referrer)
            if referrer_id not in self._asked:
                self.unasked.add(referrer_id)
        return gained

    def _note_change(self, node: Node) -> None:
        if node.position < self._first_new:
            self.changed[node.position] = node
