"""Statements made from the compact vectors: each value of a requirement, put at each place where it can stand.

A requirement of a vector file has ``places`` (JSON pointers, or ``@agent`` for a list of places.json) and the values that
are ``accepted`` and ``refused`` there. Each value is put at each place of a rich valid statement, and at the same place of
a SubStatement (``parts``; ``outside a substatement`` is a statement that holds one). ``"<missing>"`` removes what is there; ``{"<set>": {pointer: value}}`` changes parts of it.
"""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parents[2] / "vectors" / "conformance"
BOTH_PARTS = ("statement", "substatement")
NOT_IN_A_SUBSTATEMENT = ("attachments", "authority", "id", "stored", "version")
MISSING = "<missing>"
SET = "<set>"


@dataclass(frozen=True)
class Case:
    """A statement to send, where it was changed, and what the change is."""

    what: str
    place: str
    statement: Mapping[str, Any]


@cache
def file(name: str) -> Any:
    """Return the parsed vector file."""
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def rich_statement(version: str, part: str = "statement") -> dict[str, Any]:
    """Return a valid statement that uses every property, or one whose SubStatement does."""
    rich = copy.deepcopy(file("rich_statement"))
    if version == "2.0.0":
        rich["context"].update(copy.deepcopy(file("rich_context_of_2_0")))
    if part == "statement":
        return rich
    inner = {key: value for key, value in rich.items() if key not in NOT_IN_A_SUBSTATEMENT}
    return {"actor": rich["actor"], "verb": rich["verb"], "object": {"objectType": "SubStatement", **inner}}


def around(place: str, version: str, part: str) -> dict[str, Any]:
    """Return a valid statement with no more properties than ``place`` needs; all of them when it is the whole."""
    rich = rich_statement(version, part)
    held = rich if part == "statement" else rich["object"]
    needed = {"objectType", "actor", "verb", "object", place.split("/")[1]} if place else set(held)
    for name in set(held) - needed:
        del held[name]
    if place and not place.startswith("/object"):
        held["object"].pop("definition", None)
    return rich


def cases(requirement: Mapping[str, Any], kind: str, version: str) -> Iterator[Case]:
    """Yield every case of ``kind`` (``accepted`` or ``refused``) that the requirement has in this version."""
    for place in places(requirement, version):
        for part in requirement.get("parts", BOTH_PARTS):
            if part == "substatement" and place.split("/")[1:2] in ([name] for name in NOT_IN_A_SUBSTATEMENT):
                continue
            pointer = f"/object{place}" if part == "substatement" else place
            for what, value in requirement.get(kind, {}).items():
                statement = {"_": around(place, version, "statement" if part == "statement" else "substatement")}
                put(statement, f"/_{pointer}", value)
                yield Case(f"{what} at {pointer or 'the statement'}", pointer, statement["_"])


def places(requirement: Mapping[str, Any], version: str) -> list[str]:
    """Return the pointers at which the requirement's values are put in this version."""
    found: list[str] = []
    for place in requirement["places"]:
        if place.startswith("@"):
            listed = file("places")[place[1:]]
            found += listed["both"] + listed.get(version, [])
        else:
            found.append(place)
    return [place for place in found if place not in requirement.get("except", ())]


def put(node: Any, pointer: str, value: Any) -> None:
    """Change what ``pointer`` names within ``node``: replace it, remove it, or change parts of it."""
    *parents, last = pointer.split("/")[1:]
    for step in parents:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    key = int(last) if isinstance(node, list) else last
    if isinstance(value, Mapping) and set(value) == {SET}:
        for inner, change in value[SET].items():
            put(node, f"/{last}{inner}", change)
    elif value == MISSING:
        del node[key]
    else:
        node[key] = copy.deepcopy(value)


def as_it_comes_back(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the statement as the LRS must give it back, but for what it assigns: context Activities are arrays."""
    expected = copy.deepcopy(dict(sent))
    for name in ("authority", "stored"):
        expected.pop(name, None)
    for part in (expected, expected["object"]):
        listed = part.get("context", {}).get("contextActivities", {})
        for key, value in listed.items():
            listed[key] = value if isinstance(value, list) else [value]
    return expected


def says_where(faults: list[Mapping[str, Any]], place: str) -> bool:
    """Return whether one of the faults is at the place, inside it, or at what holds it."""
    pointers = [fault["pointer"] for fault in faults]
    return any(within(pointer, place) or within(place, pointer) for pointer in pointers)


def within(pointer: str, outer: str) -> bool:
    """Return whether ``pointer`` names ``outer`` or something in it."""
    return pointer == outer or pointer.startswith(f"{outer}/")
