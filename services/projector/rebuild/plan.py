"""How a log is shared out: who is folded with whom, and from where on which statements matter may have changed."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

import msgspec

from lrs.log.entry import LogEntry
from lrs.log.facts import FACTS
from projector.follow import NOT_FOLDED
from projector.mastery.faults import Refused
from projector.mastery.policy import compile_policy
from projector.mastery.share import Bonds, Share, ties_people
from projector.store.exact_json import parse_exactly
from projector.store.tenant import Readable

_SELECTS_ALIKE = {
    "ClockAdvanced",
    "TrustChanged",
    "PersonsMerged",
    "PersonSplit",
    "IdentityLinked",
    "IdentityUnlinked",
    "LearnerErased",
    "Decision",
    "AssignmentChanged",
    "GoalPublished",
    "FrameworkPublished",
}
"""The entries after which the same statements matter as before."""
_POLICY = "PolicyActivated"


class SharedLog(Readable, Protocol):
    """A log that can be shared out."""

    def read_others(self, after: int, up_to: int) -> Iterator[LogEntry]:
        """Yield the entries that are no statements, with positions above ``after`` and up to ``up_to``, in order."""
        ...


class Plan(msgspec.Struct, frozen=True):
    """What every worker has to know: the stretch of the log, who goes with whom, and where selection changes.

    ``undivided`` says that one worker has to fold everybody, since people depend on each other.
    """

    after: int
    up_to: int
    count: int
    page_entries: int
    roots: dict[str, str]
    undivided: bool
    selection_changes: tuple[int, ...]

    def share(self, number: int) -> Share:
        """Return the share of a worker."""
        return Share(number, self.count, self.roots, self.undivided)

    def pages(self) -> Iterator[tuple[int, int]]:
        """Yield the pages: each from above a position up to one."""
        for start in range(self.after, self.up_to, self.page_entries):
            yield start, min(start + self.page_entries, self.up_to)

    def slice_of(self, page: tuple[int, int], number: int) -> tuple[int, int]:
        """Return the part of a page that a worker reads for all."""
        start, end = page
        cuts = [start + (end - start) * part // self.count for part in (number, number + 1)]
        return cuts[0], cuts[1]

    def selects_alike(self, folded: int, position: int) -> bool:
        """Return whether the same statements matter at ``position`` as after everything up to ``folded``."""
        following = bisect_right(self.selection_changes, folded)
        return following == len(self.selection_changes) or self.selection_changes[following] >= position


def make_plan(log: SharedLog, *, after: int, up_to: int, count: int, page_entries: int) -> Plan:
    """Return how the entries above ``after``, up to ``up_to``, are shared out among ``count`` workers."""
    bonds, changes, policies = Bonds(), [], []
    for entry in log.read_others(0, up_to):
        if entry.topic in NOT_FOLDED:
            continue
        name, body = _read(entry)
        if name not in _SELECTS_ALIKE:
            changes.append(entry.position)
        bonds.note(name, body)
        if name == _POLICY:
            policies.append(body.get("policy"))
    undivided = any(_ties_people(policy, bonds) for policy in policies)
    return Plan(after, up_to, count, page_entries, bonds.roots(), undivided, tuple(_above(after, changes)))


def _read(entry: LogEntry) -> tuple[str, Mapping[str, Any]]:
    """Return the name and the body of an entry; nothing of one that cannot be read, where folding will stop."""
    made = FACTS.get(entry.topic)
    try:
        return "" if made is None else made.__name__, parse_exactly(entry.payload)
    except msgspec.DecodeError:
        return "", {}


def _above(after: int, positions: Iterable[int]) -> Iterator[int]:
    return (position for position in positions if position > after)


def _ties_people(document: Any, bonds: Bonds) -> bool:
    try:
        return ties_people(compile_policy(document), bonds)
    except Refused:
        return False  # folding stops at this entry, and says so
