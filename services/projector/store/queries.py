"""The named queries of this package's ``.sql`` files."""

from functools import cache
from importlib.resources import files

from lrs.log.queries import parse


@cache
def load_queries(file_name: str) -> dict[str, str]:
    """Return the queries of ``file_name`` (such as ``"sqlite.sql"``) by name, in the order of the file."""
    return parse(files("projector.store").joinpath(file_name).read_text(encoding="utf-8"))


def create_queries(file_name: str) -> list[str]:
    """Return the statements that make the tables: those whose name begins with ``create_``."""
    return [query for name, query in load_queries(file_name).items() if name.startswith("create_")]
