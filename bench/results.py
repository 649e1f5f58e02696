"""What a run found, as a file for programs (JSON) and a plot (SVG)."""

import argparse
import json
import os
import platform
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

_SAID_BY_MAKE = {"output", "folder", "keep", "size"}


def told(command: str, asked: argparse.Namespace, parser: argparse.ArgumentParser) -> str:
    """Return ``command`` with what was asked for otherwise than by default."""
    given = {name: value for name, value in vars(asked).items() if value != parser.get_default(name)}
    words = [f"--{name} {value}" for name, value in given.items() if name not in _SAID_BY_MAKE]
    return f'{command} BENCH_ARGS="{" ".join(words)}"' if words else command


@dataclass(frozen=True)
class Result:
    """The figures of one case on one store, by names that end in their unit; rates are statements per second.

    ``kind`` is post, get, fold or command. Of several rounds the figures are the medians.
    """

    store: str
    kind: str
    case: str
    figures: Mapping[str, float]


@dataclass
class Run:
    """All results of one command, and what they depend on."""

    command: str
    began: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    load_before: tuple[float, ...] = field(default_factory=os.getloadavg)
    results: list[Result] = field(default_factory=list)

    def add(self, store: str, kind: str, case: str, figures: Mapping[str, float]) -> None:
        """Add what was found."""
        self.results.append(Result(store, kind, case, {name: round(value, 3) for name, value in figures.items()}))

    def of(self, kind: str) -> list[Result]:
        """Return the results of one kind."""
        return [one for one in self.results if one.kind == kind]

    def surroundings(self) -> dict[str, object]:
        """Return what the figures depend on; a load above the number of processors means that others used them too."""
        return {
            "processors": os.cpu_count(),
            "loadBefore": self.load_before,
            "loadAfter": os.getloadavg(),
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "system": f"{platform.system()} {platform.machine()}",
        }

    def write(self, folder: Path, name: str) -> Sequence[Path]:
        """Write ``name``.json and ``name``.svg in ``folder`` and return their paths."""
        from bench.plot import plotted  # noqa: PLC0415 - it takes a second to load

        folder.mkdir(parents=True, exist_ok=True)
        told = {
            "command": self.command,
            "began": self.began,
            "surroundings": self.surroundings(),
            "results": [asdict(one) for one in self.results],
        }
        table, plot = folder / f"{name}.json", folder / f"{name}.svg"
        table.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        plot.write_text(plotted(self), encoding="utf-8")
        return table, plot
