"""The console script as a child process, on a store of its own."""

import contextlib
import io
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mastrail.cli import main
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
    """Runs ``mastrail`` on the store in ``folder/data``, unless ``settings`` say otherwise."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str | Path) -> Done:
        """Run a command in this process, which spares it the second that a new one takes to start."""
        flags = [word for name, value in self._settings().items() for word in ("--" + name.replace("_", "-"), value)]
        words = [*map(str, arguments), *(flags if takes_settings(arguments) else ())]
        out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), contextlib.chdir(self.folder):
            try:
                main(words)
                code: object = 0
            except SystemExit as ended:
                code = ended.code or 0
        for printed in (out, err):
            printed.seek(0)
        assert isinstance(code, int)
        return Done(code, out.read(), err.read())

    def apart(
        self, *arguments: str | Path, given: bytes = b"", environment: Mapping[str, str] | None = None, **settings: str
    ) -> Done:
        """Run the console script in a process of its own, with settings in its environment and ``given`` to read."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MASTRAIL_")}
        named = {f"MASTRAIL_{name.upper()}": value for name, value in {**self._settings(), **settings}.items()}
        done = subprocess.run(
            [mastrail_command(), *map(str, arguments)],
            env=inherited | named | {"COLUMNS": "200"} | dict(environment or {}),
            cwd=self.folder,
            input=given,
            capture_output=True,
            timeout=300,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def _settings(self) -> dict[str, str]:
        return {"data_dir": str(self.folder / "data"), **self.settings}

    def publish_sample(self) -> None:
        for arguments in (
            ("frameworks", "publish", EXAMPLES / "framework.yaml"),
            ("policies", "activate", EXAMPLES / "policy-lockout.yaml"),
            ("policies", "activate", EXAMPLES / "policy-lifting.yaml"),
        ):
            assert self(*arguments).code == 0


def takes_settings(arguments: Sequence[str | Path]) -> bool:
    """Tell whether a command works on a store."""
    return arguments[0] != "policy" and (arguments[0] != "sample" or arguments[1] == "publish")


def sample() -> list[dict[str, Any]]:
    """Return the statements of the sample course."""
    return [json.loads(line) for line in (EXAMPLES / "statements.ndjson").read_text(encoding="utf-8").splitlines()]


def ndjson(statements: Sequence[object]) -> bytes:
    """Return one JSON value a line."""
    return "".join(json.dumps(statement) + "\n" for statement in statements).encode()
