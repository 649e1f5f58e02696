"""The JavaScript clients, installed from the lock file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.javascript import installed_modules, run_script

NODE_FOLDER = Path(__file__).parent / "node"


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder of the installed JavaScript clients."""
    return installed_modules(NODE_FOLDER)


@pytest.fixture
def run_node(node_modules: Path) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """Return a runner: ``run_node("xapi_js.cjs", {..})`` gives the script its input as JSON and returns its answer."""

    def run(script: str, given: dict[str, Any]) -> dict[str, Any]:
        return run_script(NODE_FOLDER / script, node_modules, given)

    return run
