"""Named SQL: each query of a ``.sql`` file starts at a line ``-- name: some_name``."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_MARK = "-- name:"
_INSERT = re.compile(r"(?s)(INSERT INTO .*VALUES )(\([^()]*\))")
_PARAMETER = re.compile(r":(\w+)")


def parse(text: str) -> dict[str, str]:
    """Return the queries of ``text`` by name, in order, without their comments."""
    queries: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith(_MARK):
            lines = queries.setdefault(line.removeprefix(_MARK).strip(), [])
        elif line.strip() and not line.lstrip().startswith("--"):
            lines.append(line.rstrip())
    return {name: "\n".join(body).rstrip(";") for name, body in queries.items()}


@cache
def load(engine: str) -> dict[str, str]:
    """Return every query of ``engine`` (``sqlite`` or ``postgresql``) by name, in the order of files and lines."""
    folder = files("lrs.log") / "sql" / engine
    queries: dict[str, str] = {}
    for file in sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name):
        queries.update(parse(file.read_text(encoding="utf-8")))
    return queries


def creation(engine: str) -> list[str]:
    """Return the names of the queries that create the store, in order."""
    return [name for name in load(engine) if name.startswith("create_")]


@dataclass(frozen=True, slots=True)
class Insert:
    """An SQLite INSERT of one row, taken apart so that one statement can insert many; ``names`` in their order."""

    head: str
    row: str
    names: tuple[str, ...]

    @cache  # noqa: B019 - there are as many of these as queries, and they live as long
    def of(self, rows: int) -> str:
        """Return the statement that inserts ``rows`` rows, its parameters by place."""
        return self.head + ",".join([self.row] * rows)


@cache
def insert(query: str) -> Insert | None:
    """Return the query as an insert of rows, or None for one that does something else."""
    found = _INSERT.fullmatch(load("sqlite")[query])
    if found is None:
        return None
    return Insert(found[1], _PARAMETER.sub("?", found[2]), tuple(_PARAMETER.findall(found[2])))
