"""The whole store, checked: each part in turn, and what it holds."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from lrs.log.faults import StoreDamaged
from lrs.log.store import Store
from mastrail.checks.crew import Alone, Crew, team
from mastrail.checks.finding import Finding, Step, keep, unreadable
from mastrail.checks.gathering import Gathered
from mastrail.checks.projection import Told
from mastrail.checks.scan import stretches
from mastrail.checks.tree import TreeCheck, held_tree
from mastrail.processes import processors
from mastrail.settings import Settings
from mastrail.stores import open_log

_INDEX_ATTEMPTS = 3
_FEW_ENTRIES = 40_000

Begin = Callable[[str, int], Step]
"""Called with the name of a part and how many entries it will look at; returns what counts them."""


@dataclass(slots=True)
class Report:
    """What a check saw. ``projection`` is the live one, or a replay where ``is_live`` is false."""

    entries: int
    leaves: int | None = None
    is_live: bool = False
    projection: Told | None = None
    findings: list[Finding] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """Return the report for scripts."""
        told = self.projection
        return {
            "entries": self.entries,
            "leaves": self.leaves,
            "projection": None
            if told is None
            else {
                "live": self.is_live,
                "position": told.position,
                "states": told.states,
                "events": told.events,
                "sha256": told.sha256,
            },
            "findings": [
                {"part": found.part, "position": found.position, "problem": found.problem} for found in self.findings
            ],
        }


def check_store(settings: Settings, begin: Begin, workers: int | None = None) -> Report:
    """Check everything up to the end that the log has now, and return what was seen. Nothing is repaired.

    ``workers`` processes share the work: as many as there are processors when it is None, one for a small log. The
    report is the same for any number of them.
    """
    with ExitStack() as stack:
        try:
            store = stack.enter_context(open_log(settings))
            tree = stack.enter_context(held_tree(settings))
            last, _ = store.head()
        except StoreDamaged as damaged:
            return Report(0, findings=[Finding("file", str(damaged))])
        if workers is None:
            workers = 1 if last < _FEW_ENTRIES else processors()
        crew: Crew = Alone(settings, store, tree.segments)
        if workers > 1:
            crew = stack.enter_context(team(workers, settings, tree.segments))
        return _check_parts(store, tree, last, crew, begin)


def _check_parts(store: Store, tree: TreeCheck, last: int, crew: Crew, begin: Begin) -> Report:
    report = Report(last, tree.leaves)
    projection, file = crew.ask_projection(last), crew.ask_file()
    sums = crew.ask_sums(last)
    begin("file", last)
    keep(report.findings, file())
    gathered = Gathered()
    in_tree = _tree_findings(tree, gathered, crew, last, begin("log, index and tree", last))
    try:
        gathered.compare_sums(sums())
    except StoreDamaged as damaged:
        gathered.index.append(unreadable("index", damaged))
    keep(report.findings, gathered.log)
    keep(report.findings, _settled(gathered.index, store, last, crew, begin))
    keep(report.findings, in_tree)
    found = projection(begin("projection", last))
    report.projection, report.is_live = found.told, found.is_live
    keep(report.findings, [found.finding] if found.finding else [])
    return report


def _tree_findings(tree: TreeCheck, gathered: Gathered, crew: Crew, last: int, step: Step) -> list[Finding]:
    """Read the whole log, and return what is wrong with the tree over it."""
    leaves = gathered.leaves(crew.seen(stretches(last)), step)
    found: list[Finding] = []
    try:
        keep(found, tree.findings(leaves, last))
        for _ in leaves:
            pass  # those that the tree does not have yet
    except StoreDamaged as damaged:
        if tree.leaves is not None:
            found.append(unreadable("tree", damaged))
    return found


def _settled(found: Sequence[Finding], store: Store, last: int, crew: Crew, begin: Begin) -> Sequence[Finding]:
    """Look again at an index with findings when entries came meanwhile: a later one may change an earlier row."""
    for _ in range(_INDEX_ATTEMPTS - 1):
        head, _recorded = store.head()
        if not found or head == last:
            break
        last, gathered = head, Gathered()
        for _leaf in gathered.leaves(crew.seen(stretches(last)), begin("index", last)):
            pass
        gathered.compare_sums(crew.ask_sums(last)())
        found = gathered.index
    return found
