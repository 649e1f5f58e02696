"""What was seen of the stretches of a log, put together again in their order."""

from collections.abc import Iterable, Iterator

from lrs.log.faults import StoreDamaged
from mastrail.checks.finding import Finding, Step, keep, unreadable
from mastrail.checks.index import Sums, check_sums
from mastrail.checks.log import BEGINNING, check_order
from mastrail.checks.scan import Seen
from projector.notary.check import Expected


class Gathered:
    """The findings of the log and its index, complete once ``leaves`` has come to its end."""

    def __init__(self) -> None:
        self.log: list[Finding] = []
        self.index: list[Finding] = []
        self._before = BEGINNING
        self._sums = Sums()
        self._is_index_whole = True

    def leaves(self, parts: Iterable[Seen], step: Step) -> Iterator[Expected]:
        """Take up what was seen, part after part, and yield the leaves. Raises StoreDamaged where reading ended."""
        for seen in parts:
            self._take_log(seen)
            self._take_index(seen)
            step(max(0, seen.last.position - seen.first.position + 1))
            yield from seen.leaves
            if seen.damage:
                raise StoreDamaged(seen.damage)

    def compare_sums(self, stored: Sums) -> None:
        """Compare what the terms were found to find with what ``stored`` says, unless a part is not known."""
        if self._is_index_whole:
            keep(self.index, check_sums(stored, self._sums))

    def _take_log(self, seen: Seen) -> None:
        if seen.first.position:
            keep(self.log, check_order(seen.first, self._before))
            self._before = seen.last
        keep(self.log, seen.log)
        if seen.damage:
            self.log.append(unreadable("log", seen.damage))

    def _take_index(self, seen: Seen) -> None:
        if not self._is_index_whole:
            return
        keep(self.index, seen.index)
        self._sums.add(seen.sums)
        damage = seen.index_damage or seen.damage
        if damage:
            self._is_index_whole = False
            self.index.append(unreadable("index", damage))
