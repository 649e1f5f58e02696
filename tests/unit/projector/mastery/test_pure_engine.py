"""The gate that keeps floats and the order of sets out of the engine."""

import subprocess
import sys
from pathlib import Path

import pytest

GATE = Path(__file__).parents[4] / "tools" / "pure_engine.py"


def gate(*folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, GATE, *folder], capture_output=True, text=True, check=False, timeout=60)


def test_the_engine_has_no_float_and_goes_through_no_set() -> None:
    done = gate()
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("half = 0.5", "float"),
        ("def f(x):\n    return float(x)", "float"),
        ("for one in {1, 2}:\n    print(one)", "set"),
        ("def f(names):\n    seen = set(names)\n    return [one for one in seen]", "set"),
        ("def f(names):\n    seen = {one for one in names}\n    return list(seen)", "set"),
        ("def f(a: set[str], b: list[str]):\n    return [*(a - set(b))]", "set"),
        ("def f(a: frozenset[str]):\n    yield from a", "set"),
        ("def f(a: set[str]):\n    return ','.join(a)", "set"),
        ("def f(names):\n    return set(names).pop()", "set"),
        ("def f(a, b):\n    return tuple(a.intersection(b))", "set"),
    ],
)
def test_what_differs_between_runs_is_refused(tmp_path: Path, code: str, said: str) -> None:
    (tmp_path / "module.py").write_text(code, encoding="utf-8")
    done = gate(tmp_path)
    assert done.returncode == 1
    assert said in done.stdout


@pytest.mark.parametrize(
    "code",
    [
        "def f(names):\n    return sorted({one for one in names})",
        "def f(names, one):\n    seen = set(names)\n    return one in seen and len(seen) > 1",
        "def f(names):\n    return [one for one in sorted(set(names))]",
        "half = '0.5'",
    ],
)
def test_what_is_the_same_in_every_run_is_not(tmp_path: Path, code: str) -> None:
    (tmp_path / "module.py").write_text(code, encoding="utf-8")
    assert gate(tmp_path).returncode == 0
