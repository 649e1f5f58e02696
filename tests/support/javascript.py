"""Node.js for the tests: the packages of a lock file, installed once and kept until it changes, and scripts run with them."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from support.corpus import REPOSITORY
from support.processes import ServerFailed

CACHE = REPOSITORY / ".run" / "node"
MANIFESTS = ("package.json", "package-lock.json")
MOST_SECONDS = 300


def program(name: str) -> str:
    """Return the path of a program of Node.js."""
    found = shutil.which(name)
    if found is None:
        raise ServerFailed(f"{name} is needed for the JavaScript clients and is not installed (Node.js 20 or later)")
    return found


def installed_modules(manifests: Path) -> Path:
    """Return the folder of modules for the lock file in ``manifests``, installing them first if there is none yet."""
    wanted = b"".join((manifests / name).read_bytes() for name in MANIFESTS)
    home = CACHE / hashlib.sha256(wanted).hexdigest()[:16]
    if not home.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE, prefix="installing-") as folder:
            made = Path(folder) / "home"
            made.mkdir()
            for name in MANIFESTS:
                shutil.copy(manifests / name, made)
            _npm_ci(made)
            if not home.is_dir():
                made.rename(home)
    return home / "node_modules"


def _npm_ci(folder: Path) -> None:
    command = [program("npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=MOST_SECONDS)
    if done.returncode != 0:
        raise ServerFailed(f"npm ci failed\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def run_script(script: Path, node_modules: Path, given: dict[str, Any]) -> dict[str, Any]:
    """Run ``script``, which reads ``given`` as JSON from its input, and return the JSON that it prints."""
    environment = os.environ | {"NODE_PATH": str(node_modules), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        [program("node"), str(script)],
        input=json.dumps(given),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=MOST_SECONDS,
    )
    assert done.returncode == 0, f"{script.name}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
