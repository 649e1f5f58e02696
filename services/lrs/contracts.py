"""The published JSON Schemas, found beside the code: inside the wheel, else at the top of the repository."""

import json
from functools import cache
from pathlib import Path
from typing import Any

_IN_WHEEL = Path(__file__).parent / "_schemas"
_IN_REPOSITORY = Path(__file__).parents[2] / "schemas"


def schemas_folder() -> Path:
    """Return the folder that holds ``xapi/``, ``competency/`` and ``events/``."""
    return _IN_WHEEL if _IN_WHEEL.is_dir() else _IN_REPOSITORY


@cache
def load_schemas(folder: str) -> dict[str, dict[str, Any]]:
    """Return every schema of ``folder`` (such as ``"xapi/1.0.3"``), keyed by file name without ``.schema.json``."""
    files = sorted((schemas_folder() / folder).glob("*.schema.json"))
    return {file.name.removesuffix(".schema.json"): json.loads(file.read_text(encoding="utf-8")) for file in files}
