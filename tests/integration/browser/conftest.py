"""A real Chromium, driven by playwright-core. Where there is none, these tests are listed as not run; in CI that is a failure."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.chromium import MISSING, chromium_program
from support.javascript import installed_modules, run_script

NODE_FOLDER = Path(__file__).parent / "node"
CLIENTS = Path(__file__).parents[1] / "clients" / "node"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser."""
    found = chromium_program()
    if found is None:
        pytest.skip(MISSING)
    return found


@pytest.fixture
def browse(chromium: str) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """Return a runner: ``browse("exits.cjs", {..})`` gives the script its input as JSON and returns its answer."""
    node_modules = installed_modules(CLIENTS)

    def run(script: str, given: dict[str, Any]) -> dict[str, Any]:
        return run_script(NODE_FOLDER / script, node_modules, given | {"chromium": chromium})

    return run
