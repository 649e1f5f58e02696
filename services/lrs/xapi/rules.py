"""The rules of a statement that JSON Schema cannot state: one function per rule, each with its section.

Every rule takes a structurally valid statement or SubStatement and returns (path, sentence) for each breach.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from lrs.xapi.explain import Path, pointer_to
from lrs.xapi.faults import Fault
from lrs.xapi.terms import VOIDED
from lrs.xapi.version import Version

_COMPONENT_LISTS = ("choices", "scale", "source", "target", "steps")
_Breaches = Sequence[tuple[Path, str]]
_Rule = Callable[[Mapping[str, Any]], _Breaches]


def broken_rules(statement: Mapping[str, Any], version: Version, statement_index: int | None = None) -> list[Fault]:
    """Return every rule that ``statement``, or the SubStatement in it, breaks."""
    faults = []
    for path, part in parts_of(statement):
        for rule, sections in _RULES:
            for place, sentence in rule(part):
                faults.append(Fault(sentence, pointer_to((*path, *place)), sections[version], statement_index))
    return faults


def parts_of(statement: Mapping[str, Any]) -> list[tuple[Path, Mapping[str, Any]]]:
    """Return the statement and, when its object is a SubStatement, that one too, each with its path."""
    inner = statement["object"]
    if inner.get("objectType") == "SubStatement":
        return [((), statement), (("object",), inner)]
    return [((), statement)]


def activities_of(part: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return every Activity of a statement or SubStatement: the object and the context Activities."""
    target = part["object"]
    found = [target] if "objectType" not in target or target["objectType"] == "Activity" else []
    if "context" in part and "contextActivities" in part["context"]:
        for value in part["context"]["contextActivities"].values():
            if isinstance(value, list):
                found += value
            else:
                found.append(value)
    return found


def revision_and_platform_need_an_activity(part: Mapping[str, Any]) -> _Breaches:
    """Allow revision and platform only where the object is an Activity (Data 2.4.6.s4.b1 and b2)."""
    if part["object"].get("objectType", "Activity") == "Activity" or "context" not in part:
        return ()
    used = [key for key in ("revision", "platform") if key in part["context"]]
    return [(("context", key), f"context.{key} is used although the object is not an Activity") for key in used]


def voiding_needs_a_statement_ref(part: Mapping[str, Any]) -> _Breaches:
    """Require a StatementRef as the object of a voiding statement (Data 2.3.2.s2.b1)."""
    if part["verb"]["id"] != VOIDED or part["object"].get("objectType") == "StatementRef":
        return ()
    return [(("object",), "object is not a StatementRef although the verb is voided")]


def score_is_ordered(part: Mapping[str, Any]) -> _Breaches:
    """Hold min below max, and raw between them (Data 2.4.5.1.s2)."""
    if "result" not in part or "score" not in part["result"]:
        return ()
    score = part["result"]["score"]
    low, raw, high = score.get("min"), score.get("raw"), score.get("max")
    path = ("result", "score")
    breaches: list[tuple[Path, str]] = []
    if low is not None and high is not None and low > high:
        breaches.append(((*path, "min"), "score.min is greater than score.max"))
    if raw is not None and low is not None and raw < low:
        breaches.append(((*path, "raw"), "score.raw is less than score.min"))
    if raw is not None and high is not None and raw > high:
        breaches.append(((*path, "raw"), "score.raw is greater than score.max"))
    return breaches


def component_ids_are_distinct(part: Mapping[str, Any]) -> _Breaches:
    """Hold the ids distinct within each list of interaction components (Data 2.4.4.1.s16.b1)."""
    if not any(map(_is_interaction, activities_of(part))):
        return ()
    return [
        ((*path, "definition", key), f"definition.{key} uses the same id twice")
        for path, activity in _places_of_activities(part)
        if _is_interaction(activity)
        for key in _COMPONENT_LISTS
        if _has_an_id_twice(activity["definition"].get(key, ()))
    ]


def _is_interaction(activity: Mapping[str, Any]) -> bool:
    return "definition" in activity and "interactionType" in activity["definition"]


def _places_of_activities(part: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    target = part["object"]
    if target.get("objectType", "Activity") == "Activity":
        yield ("object",), target
    for key, value in part.get("context", {}).get("contextActivities", {}).items():
        if isinstance(value, list):
            for index, activity in enumerate(value):
                yield ("context", "contextActivities", key, index), activity
        else:
            yield ("context", "contextActivities", key), value


def _has_an_id_twice(components: Sequence[Mapping[str, Any]]) -> bool:
    return len({component["id"] for component in components}) < len(components)


def _sections(one: str, two: str) -> dict[Version, str]:
    return {Version.V1_0_3: one, Version.V2_0_0: f"IEEE 9274.1.1 {two}"}


_RULES: tuple[tuple[_Rule, dict[Version, str]], ...] = (
    (revision_and_platform_need_an_activity, _sections("Data 2.4.6.s4", "4.2.2.5")),
    (voiding_needs_a_statement_ref, _sections("Data 2.3.2.s2.b1", "4.2.5")),
    (score_is_ordered, _sections("Data 2.4.5.1.s2", "4.2.2.4")),
    (component_ids_are_distinct, _sections("Data 2.4.4.1.s16.b1", "4.2.2.3")),
)
