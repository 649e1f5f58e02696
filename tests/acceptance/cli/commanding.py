"""The console script as a child process, on a store of its own."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.served import mastrail_command

EXAMPLES = Path(__file__).parents[3] / "examples"


@dataclass(frozen=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Commands:
    """Runs ``mastrail`` in ``folder``, with the store in ``folder/data`` unless ``settings`` say otherwise."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str | Path, given: bytes = b"", **settings: str) -> Done:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MASTRAIL_")}
        named = {"data_dir": str(self.folder / "data"), "host": "127.0.0.1", **self.settings, **settings}
        done = subprocess.run(
            [mastrail_command(), *map(str, arguments)],
            env=inherited | {f"MASTRAIL_{name.upper()}": value for name, value in named.items()} | {"COLUMNS": "200"},
            cwd=self.folder,
            input=given,
            capture_output=True,
            timeout=300,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def publish_sample(self) -> None:
        for arguments in (
            ("frameworks", "publish", EXAMPLES / "framework.yaml"),
            ("policies", "activate", EXAMPLES / "policy-lockout.yaml"),
            ("policies", "activate", EXAMPLES / "policy-lifting.yaml"),
        ):
            assert self(*arguments).code == 0


def sample() -> list[dict[str, Any]]:
    """Return the statements of the sample course."""
    return [json.loads(line) for line in (EXAMPLES / "statements.ndjson").read_text(encoding="utf-8").splitlines()]


def ndjson(statements: Sequence[object]) -> bytes:
    """Return one JSON value a line."""
    return "".join(json.dumps(statement) + "\n" for statement in statements).encode()
