"""Run the conformance tests and write docs/conformance.md: every numbered requirement, its test, and the results.

``tools/conformance_table.py`` runs them and writes the table; with ``--check`` it only says whether the table is still
what the run gives. Both end with 1 when a requirement is not met. The table holds no time, so equal results give equal
bytes.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "conformance.md"
TESTS = "tests/conformance"
VERSIONS = ("1.0.3", "2.0.0")
STORES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
PARTS = ("Data", "Communication", "IEEE 9274.1.1")

Column = tuple[str, str]


@dataclass
class Requirement:
    """A numbered requirement with the tests that prove it; the counts are of cases, for a version on a store."""

    section: str
    text: str
    tests: set[str] = field(default_factory=set)
    passed: Counter[Column] = field(default_factory=Counter)
    asked: Counter[Column] = field(default_factory=Counter)

    def order(self) -> tuple[int, list[int], list[int], str]:
        """Return what sorts requirements as the specifications number them."""
        part = next((index for index, name in enumerate(PARTS) if self.section.startswith(name)), len(PARTS))
        chapter = self.chapter()
        return part, numbers_in(chapter.removeprefix(PARTS[-1])), numbers_in(self.section[len(chapter) :]), self.text

    def chapter(self) -> str:
        """Return the section without the sentence and table numbers after it."""
        return re.sub(r"\.[a-z].*$", "", self.section)


def numbers_in(text: str) -> list[int]:
    """Return the numbers that the text holds, in order."""
    return [int(number) for number in re.findall(r"\d+", text)]


class Recorder:
    """A pytest plugin that keeps the outcome of every test that is marked with a requirement."""

    def __init__(self) -> None:
        self.requirements: dict[tuple[str, str], Requirement] = {}
        self.unmarked: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterable[None]:
        """Keep the outcome of a test's call, or of its setup when that failed."""
        report = yield
        if report.when == "call" or (report.when == "setup" and not report.passed):
            self.keep(item, report)
        return report

    def keep(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Count the test for each requirement it is marked with."""
        marks = list(item.iter_markers("requirement"))
        if not marks:
            self.unmarked.add(report.nodeid)
        given = item.callspec.params if hasattr(item, "callspec") else {}
        properties = dict(item.user_properties)
        cases = int(properties.get("cases", 1))
        failed = int(properties.get("failed_cases", 0 if report.passed else cases))
        column = (str(given.get("xapi_version", VERSIONS[0])), str(given.get("store_name", "sqlite")))
        for section, text in (mark.args for mark in marks if column[0] in versions_of(mark)):
            requirement = self.requirements.setdefault((section, text), Requirement(section, text))
            requirement.tests.add(re.sub(r"\[.*$", "", report.nodeid).removeprefix(f"{TESTS}/"))
            requirement.asked[column] += cases
            requirement.passed[column] += cases - failed


def versions_of(mark: pytest.Mark) -> Sequence[str]:
    """Return the versions that a marked requirement holds for: sections of IEEE 9274.1.1 are of 2.0 alone."""
    whole = VERSIONS[1:] if mark.args[0].startswith(PARTS[-1]) else VERSIONS
    return mark.kwargs.get("versions", whole)


def columns() -> list[Column]:
    """Return the version and the store of each column of results."""
    return [(version, store) for version in VERSIONS for store in STORES]


def cell(requirement: Requirement, column: Column) -> str:
    """Return how many of the cases of one column passed, out of how many when some did not."""
    asked, passed = requirement.asked[column], requirement.passed[column]
    if not asked:
        return "-"
    return f"{passed}" if passed == asked else f"**{passed} of {asked}**"


def totals(requirements: Sequence[Requirement]) -> list[str]:
    """Return the row of totals for each chapter and the row of them all."""
    chapters: dict[str, list[Requirement]] = {}
    for requirement in requirements:
        chapters.setdefault(requirement.chapter(), []).append(requirement)
    rows = [total_row(name, members) for name, members in chapters.items()]
    return [*rows, total_row("**all**", requirements)]


def total_row(name: str, members: Sequence[Requirement]) -> str:
    """Return one row of totals: requirements, then cases for each version and store."""
    whole = Requirement(name, "")
    for member in members:
        whole.asked.update(member.asked)
        whole.passed.update(member.passed)
    return row(name, str(len(members)), *(cell(whole, column) for column in columns()))


def row(*cells: str) -> str:
    """Return a row of a Markdown table."""
    return "| " + " | ".join(text.replace("|", "\\|") for text in cells) + " |"


def heading(*names: str) -> list[str]:
    """Return the head of a table: these columns, then one for each version and store."""
    results = [f"{version} {STORES[store]}" for version, store in columns()]
    return [row(*names, *results), "|" + "---|" * len(names) + "---:|" * len(results)]


INTRODUCTION = """# Conformance

Every numbered requirement of xAPI 1.0.3 (`Data`, `Communication`) and of xAPI 2.0 (IEEE 9274.1.1) that the tests in
`tests/conformance` hold the served LRS to, over HTTP, on both stores. A number says how many cases were asked and met;
`-` says that the requirement is not of that version. Written by `python tools/conformance_table.py`.
"""


def document(requirements: Sequence[Requirement]) -> str:
    """Return docs/conformance.md."""
    lines = [INTRODUCTION, "## Totals", "", *heading("section", "requirements"), *totals(requirements), ""]
    lines += ["## Requirements", "", *heading("section", "requirement", "test")]
    for requirement in requirements:
        tests = ", ".join(f"`{name}`" for name in sorted(requirement.tests))
        results = [cell(requirement, column) for column in columns()]
        lines.append(row(requirement.section, requirement.text, tests, *results))
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the tests, write or compare the table, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare the table instead of writing it")
    parser.add_argument("tests", nargs="*", default=[TESTS], help="what to run instead of every conformance test")
    given = parser.parse_args()
    recorder = Recorder()
    code = pytest.main(["-q", "--rootdir", str(ROOT), *given.tests], plugins=[recorder])
    text = document(sorted(recorder.requirements.values(), key=Requirement.order))
    if recorder.unmarked:
        print("no requirement is named by:", *sorted(recorder.unmarked), sep="\n  ", file=sys.stderr)
    if given.check:
        same = TABLE.is_file() and TABLE.read_text(encoding="utf-8") == text
        print(f"{TABLE.relative_to(ROOT)}: {'as this run gives it' if same else 'not what this run gives'}")
        return int(code) or int(not same)
    TABLE.write_text(text, encoding="utf-8")
    print(f"wrote {TABLE.relative_to(ROOT)}: {len(recorder.requirements)} requirements")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
