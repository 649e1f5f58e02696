"""What the stages read of a statement, normalised once (rule book, sections 2 and 3)."""

from collections.abc import Mapping
from typing import Any

OBJECT = (dict, Mapping)
"""What an object of JSON is: nearly always a dictionary, for which the abstract class need not be asked."""
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
_CONTEXT_KINDS = ("parent", "grouping", "category", "other")


def normalise(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the statement with every context activity in an array; the same object when nothing changes."""
    context = statement.get("context")
    activities = context.get("contextActivities") if isinstance(context, OBJECT) else None
    if not isinstance(context, OBJECT) or not isinstance(activities, Mapping):
        return statement
    if all(isinstance(activities.get(kind, []), list) for kind in _CONTEXT_KINDS):
        return statement
    arrays = {kind: found if isinstance(found, list) else [found] for kind, found in activities.items()}
    return {**statement, "context": {**context, "contextActivities": arrays}}


def verb_of(statement: Mapping[str, Any]) -> str:
    """Return the verb's IRI."""
    verb = statement.get("verb")
    return str(verb.get("id", "")) if isinstance(verb, OBJECT) else ""


def object_of(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the statement's object."""
    found = statement.get("object")
    return found if isinstance(found, OBJECT) else {}


def activity_of(statement: Mapping[str, Any]) -> str | None:
    """Return the IRI of the activity that is the object, or None when the object is something else."""
    found = object_of(statement)
    if found.get("objectType", "Activity") != "Activity":
        return None
    identity = found.get("id")
    return identity if isinstance(identity, str) else None


def activity_type_of(statement: Mapping[str, Any]) -> str | None:
    """Return the type of the activity as this statement defines it."""
    definition = object_of(statement).get("definition")
    return definition.get("type") if isinstance(definition, OBJECT) else None


def context_of(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the context, empty when there is none."""
    context = statement.get("context")
    return context if isinstance(context, OBJECT) else {}


def context_activities(statement: Mapping[str, Any], kind: str) -> list[str]:
    """Return the IRIs of the context activities of one kind of a normalised statement."""
    activities = context_of(statement).get("contextActivities")
    found = activities.get(kind, []) if isinstance(activities, OBJECT) else []
    return [one["id"] for one in found if isinstance(one, OBJECT) and isinstance(one.get("id"), str)]


def voided_target(statement: Mapping[str, Any]) -> str | None:
    """Return the id of the statement that this one voids, or None when it voids nothing."""
    if verb_of(statement) != VOIDED:
        return None
    target = object_of(statement).get("id")
    return target.lower() if isinstance(target, str) else None
