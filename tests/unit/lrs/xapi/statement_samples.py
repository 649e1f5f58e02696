"""Statements for the tests of the xAPI domain, and small changes made to them."""

import copy
import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parents[3] / "vectors" / "xapi"

SMALLEST: dict[str, Any] = {
    "actor": {"mbox": "mailto:learner@example.com"},
    "verb": {"id": "http://example.com/verbs/completed"},
    "object": {"id": "http://example.com/activities/course"},
}


def vectors(name: str) -> list[dict[str, Any]]:
    """Return the vectors of ``tests/vectors/xapi/<name>.json``."""
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def changed(base: dict[str, Any], put: dict[str, Any], drop: list[str]) -> dict[str, Any]:
    """Return a copy of ``base`` with the values of ``put`` set at their pointers and those of ``drop`` removed."""
    result = copy.deepcopy(base)
    for pointer, value in put.items():
        *parents, last = pointer.split("/")[1:]
        node = result
        for step in parents:
            node = node[step]
        node[last] = copy.deepcopy(value)
    for pointer in drop:
        del result[pointer.removeprefix("/")]
    return result


def inside_a_substatement(part: dict[str, Any]) -> dict[str, Any]:
    """Return a statement whose object is ``part`` as a SubStatement."""
    return {**SMALLEST, "object": {"objectType": "SubStatement", **part}}
