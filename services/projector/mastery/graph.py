"""The order of competencies: what stands on what, without a cycle (rule book, sections 10 and 18)."""

from collections.abc import Iterable
from heapq import heappop, heappush

from projector.mastery.faults import InvalidDocument
from projector.mastery.rulebook import Policy


class Graph:
    """Prerequisites and roll-ups together; raises InvalidDocument for a cycle.

    Of several versions of a policy the edges are taken together, so that no order of versions makes a cycle.
    """

    def __init__(self, policies: Iterable[Policy]) -> None:
        self._below: dict[str, dict[str, None]] = {}
        self._above: dict[str, dict[str, None]] = {}
        self._assessed: dict[str, dict[str, None]] = {}
        for policy in policies:
            self._below.setdefault(policy.competency, {})
            for competency in policy.below():
                self._below.setdefault(competency, {})
                self._below[policy.competency][competency] = None
                self._above.setdefault(competency, {})[policy.competency] = None
            for competency in policy.assessing():
                self._assessed.setdefault(competency, {})[policy.competency] = None
        self._rank = self._ranks()

    def _ranks(self) -> dict[str, int]:
        """Return the place of every competency: what it stands on first, ties by IRI."""
        open_edges = {competency: len(below) for competency, below in self._below.items()}
        ready = sorted(competency for competency, count in open_edges.items() if count == 0)
        ranks: dict[str, int] = {}
        while ready:
            competency = heappop(ready)
            ranks[competency] = len(ranks)
            for above in self._above.get(competency, ()):
                open_edges[above] -= 1
                if open_edges[above] == 0:
                    heappush(ready, above)
        circular = sorted(competency for competency in open_edges if competency not in ranks)
        if circular:
            raise InvalidDocument("prerequisites and roll-ups go in a circle through " + ", ".join(circular), "")
        return ranks

    def rank(self, competency: str) -> int:
        """Return the place of a competency in the order."""
        return self._rank.get(competency, -1)

    def above(self, competency: str) -> list[str]:
        """Return the competencies that stand on this one."""
        return sorted(self._above.get(competency, ()), key=self.rank)

    def assessed_by(self, competency: str) -> list[str]:
        """Return the competencies whose assessors must hold this one."""
        return sorted(self._assessed.get(competency, ()), key=self.rank)

    @property
    def has_assessors(self) -> bool:
        """Return whether any policy asks what its assessors hold."""
        return bool(self._assessed)

    def competencies(self) -> list[str]:
        """Return every competency in order."""
        return sorted(self._rank, key=self.rank)
