"""The JavaScript clients, installed from the lock file once and kept until it changes."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.corpus import REPOSITORY
from support.processes import ServerFailed

NODE_FOLDER = Path(__file__).parent / "node"
CACHE = REPOSITORY / ".run" / "node"
MANIFESTS = ("package.json", "package-lock.json")


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ServerFailed(f"{name} is needed for the JavaScript clients and is not installed (Node.js 20 or later)")
    return found


def installed_modules() -> Path:
    """Return the folder of modules for the present lock file, installing them first if there is none yet."""
    manifests = b"".join((NODE_FOLDER / name).read_bytes() for name in MANIFESTS)
    home = CACHE / hashlib.sha256(manifests).hexdigest()[:16]
    if not home.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE, prefix="installing-") as folder:
            made = Path(folder) / "home"
            made.mkdir()
            for name in MANIFESTS:
                shutil.copy(NODE_FOLDER / name, made)
            npm_ci(made)
            if not home.is_dir():
                made.rename(home)
    return home / "node_modules"


def npm_ci(folder: Path) -> None:
    command = [program("npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise ServerFailed(f"npm ci failed\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder of the installed JavaScript clients."""
    return installed_modules()


@pytest.fixture
def run_node(node_modules: Path) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """Return a runner: ``run_node("xapi_js.cjs", {..})`` gives the script its input as JSON and returns its answer."""

    def run(script: str, given: dict[str, Any]) -> dict[str, Any]:
        environment = os.environ | {"NODE_PATH": str(node_modules), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        done = subprocess.run(
            [program("node"), str(NODE_FOLDER / script)],
            input=json.dumps(given),
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return run
