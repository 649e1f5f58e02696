"""The whole store, checked: each part in turn, and what it holds."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial

from lrs.log.entry import LogEntry
from lrs.log.faults import StoreDamaged
from lrs.log.store import Store
from mastrail.checks import projection
from mastrail.checks.finding import Finding, Step, pages_up_to
from mastrail.checks.index import check_index
from mastrail.checks.log import check_log
from mastrail.checks.projection import Told
from mastrail.checks.tree import check_tree, leaves
from mastrail.settings import Settings
from mastrail.stores import keys_folder, notary_folder, open_log
from projector.follow import FoldStopped
from projector.store.versions import open_versions

MAX_FINDINGS = 1000
_INDEX_ATTEMPTS = 3

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


def check_store(settings: Settings, begin: Begin) -> Report:
    """Check everything up to the end that the log has now, and return what was seen. Nothing is repaired."""
    try:
        with open_log(settings) as store:
            return _check_parts(settings, store, begin)
    except StoreDamaged as damaged:
        return Report(0, findings=[Finding("file", str(damaged))])


def _check_parts(settings: Settings, store: Store, begin: Begin) -> Report:
    last, _ = store.head()
    report = Report(last)
    begin("file", last)
    _take(report, "file", _file_findings(store))
    _take(report, "log", check_log(_entries(store, last, begin("log", last))))
    _take(report, "index", _index_findings(store, last, begin))
    report.leaves = leaves(notary_folder(settings))
    if report.leaves is not None:
        entries = _entries(store, last, begin("tree", last))
        findings = check_tree(notary_folder(settings), keys_folder(settings), settings.notary_origin, entries, last)
        _take(report, "tree", findings)
    try:
        _check_projection(settings, store, report, begin)
    except StoreDamaged as damaged:
        report.findings.append(Finding("projection", f"it cannot be read to its end: {damaged}"))
    return report


def _file_findings(store: Store) -> Iterator[Finding]:
    for fault in store.inspect():
        yield Finding("file", fault)


def _take(report: Report, part: str, findings: Iterator[Finding]) -> None:
    """Add the findings; a file that is damaged is one more of them."""
    try:
        for found in findings:
            if len(report.findings) >= MAX_FINDINGS:
                return
            report.findings.append(found)
    except StoreDamaged as damaged:
        report.findings.append(Finding(part, f"it cannot be read to its end: {damaged}"))


def _entries(store: Store, last: int, step: Step) -> Iterator[LogEntry]:
    return (entry for page in pages_up_to(store, last, step) for entry in page)


def _index_findings(store: Store, last: int, begin: Begin) -> Iterator[Finding]:
    """Compare the index; again when entries came meanwhile, since a later statement may change an earlier row."""
    for _ in range(_INDEX_ATTEMPTS):
        found = list(check_index(store, last, partial(pages_up_to, store, last, begin("index", last))))
        head, _recorded = store.head()
        if not found or head == last:
            break
        last = head
    yield from found


def _check_projection(settings: Settings, store: Store, report: Report, begin: Begin) -> None:
    with closing(open_versions(settings.store, data_dir=settings.data_dir)) as versions:
        live = projection.live(versions)
    last = report.entries if live is None else live.position
    try:
        again = projection.replayed(store, last, begin("projection", last))
    except FoldStopped as stopped:
        report.findings.append(Finding("projection", "the entry cannot be folded", stopped.position))
        report.projection, report.is_live = live, live is not None
        return
    report.projection, report.is_live = live or again, live is not None
    if live is not None and live != again:
        report.findings.append(Finding("projection", f"a replay gives {again.sha256}", live.position))
