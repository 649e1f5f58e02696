"""Run the worked cases of the mastery engine and write docs/mastery-vectors.md: every rule, its case, and the result.

``tools/mastery_vectors.py`` runs them and writes the table; with ``--check`` it only says whether the table is still
what the run gives. Both end with 1 when a case fails. The table holds no time, so equal results give equal bytes.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "mastery-vectors.md"
VECTORS = ROOT / "tests" / "vectors" / "mastery"
CASES = "tests/unit/projector/mastery/test_vectors.py"
TITLES = {
    1: "One ordered log",
    2: "Stages",
    3: "Selectors",
    4: "Trust",
    5: "Score and numbers",
    6: "Order, late, future",
    7: "Duplicates and attempts",
    8: "Methods",
    9: "Level and status",
    10: "Prerequisites and roll-up",
    11: "Validity",
    12: "Void, erase, identity, versions",
    13: "Determinism and replay",
    14: "Events out",
    15: "Questions",
    16: "Trying a policy",
    17: "The other documents",
    18: "Precisions",
}

Row = tuple[int, str, str, str]


class Recorder:
    """A pytest plugin that keeps which tests passed."""

    def __init__(self) -> None:
        self.passed: dict[str, bool] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the outcome of a test's call, or of its setup when that failed."""
        if report.when == "call" or report.failed:
            self.passed[report.nodeid] = report.passed and self.passed.get(report.nodeid, True)


def cases() -> Iterator[tuple[int, str, str, str]]:
    """Yield (section, rule, where it lies, id of its test) of every worked case."""
    for file in sorted(VECTORS.glob("[0-9]*.yaml")):
        for place, case in enumerate(yaml.safe_load(file.read_text(encoding="utf-8"))):
            yield case["section"], case["rule"], f"{file.name}[{place}]", f"{CASES}::test_case[{file.stem}-{place}]"


def properties() -> Iterator[tuple[int, str, str, str]]:
    """Yield the same of every rule that no single case can show, but a test of its own."""
    for one in yaml.safe_load((VECTORS / "properties.yaml").read_text(encoding="utf-8")):
        yield one["section"], one["rule"], one["test"].rpartition("/")[2], one["test"]


def run(wanted: Iterable[str]) -> dict[str, bool]:
    """Run the tests of these files or ids and return how each ended, by its id."""
    recorder = Recorder()
    pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", f"--rootdir={ROOT}", *wanted], plugins=[recorder])
    return recorder.passed


def result_of(test: str, passed: dict[str, bool]) -> str:
    """Return how the cases of a test ended together."""
    found = [good for name, good in passed.items() if name == test or name.startswith(test + "[")]
    return "not run" if not found else "passed" if all(found) else "FAILED"


def rows() -> list[Row]:
    """Run everything and return the rows of the table in the order of the sections."""
    told = [*cases(), *properties()]
    passed = run([CASES, *dict.fromkeys(test for _, _, _, test in properties())])
    found = [(section, rule, place, result_of(test, passed)) for section, rule, place, test in told]
    return sorted(found, key=lambda row: row[0])


def table(found: list[Row]) -> str:
    """Return the page."""
    good = sum(result == "passed" for *_, result in found)
    lines = [
        "# Worked cases of the mastery engine",
        "",
        "Each rule of the engine, by section of the rule book, with the case or the property that shows it.",
        "The cases lie under `tests/vectors/mastery`. Written by `make vectors`.",
        "",
        f"{len(found)} rules, {good} passed.",
    ]
    for section in sorted({row[0] for row in found}):
        lines += ["", f"## {section}. {TITLES[section]}", "", "| rule | case | result |", "|---|---|---|"]
        lines += [f"| {_cell(rule)} | `{place}` | {result} |" for at, rule, place, result in found if at == section]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    """Write or check the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the table would change")
    asked = parser.parse_args()
    found = rows()
    page = table(found)
    if asked.check and TABLE.read_text(encoding="utf-8") != page:
        print(f"{TABLE.relative_to(ROOT)} is not what the cases give: run make vectors", file=sys.stderr)
        return 1
    if not asked.check:
        TABLE.write_text(page, encoding="utf-8")
    return int(any(result != "passed" for *_, result in found))


if __name__ == "__main__":
    sys.exit(main())
