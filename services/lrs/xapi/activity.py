"""What a record store knows of an Activity: the definitions of all statements, merged.

Data 2.4.4.1, Communication 2.5. Languages add up; any other property takes its latest value.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lrs.xapi.rules import activities_of, parts_of

_LANGUAGE_MAPS = ("name", "description")
_COMPONENT_LISTS = ("choices", "scale", "source", "target", "steps")


def definitions_in(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (Activity id, definition) for every Activity that a statement defines, SubStatement included."""
    for _, part in parts_of(body):
        for activity in activities_of(part):
            if "definition" in activity:
                yield activity["id"], activity["definition"]


def merge_definition(known: Mapping[str, Any], seen: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition ``known`` so far, brought up to date with ``seen`` in a later statement."""
    merged = {**known, **seen}
    for key in (*_LANGUAGE_MAPS, "extensions"):
        if key in known and key in seen:
            merged[key] = {**known[key], **seen[key]}
    for key in _COMPONENT_LISTS:
        if key in known and key in seen:
            merged[key] = _merge_components(known[key], seen[key])
    return merged


def activity_object(activity_id: str, definition: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the Activity of that id; without a known definition still an Activity (Communication 2.5.s2.b1)."""
    activity: dict[str, Any] = {"objectType": "Activity", "id": activity_id}
    return {**activity, "definition": dict(definition)} if definition else activity


def _merge_components(known: list[dict[str, Any]], seen: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the components ``seen`` last, with the languages their descriptions had before."""
    before = {component["id"]: component.get("description", {}) for component in known}
    merged = []
    for component in seen:
        description = {**before.get(component["id"], {}), **component.get("description", {})}
        merged.append({**component, "description": description} if description else component)
    return merged
