"""What a policy must satisfy before it is compiled: its published schema, then the rules that a schema cannot say."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from lrs.contracts import load_schemas
from projector.mastery.faults import InvalidDocument, UnsupportedFeature
from projector.mastery.numbers import fraction


def pointer(path: Any) -> str:
    """Return the JSON pointer of a path of names and places."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def check_schema(document: Any, name: str) -> None:
    """Hold a document against the published schema ``name``; raises InvalidDocument with the deepest fault."""
    schema = load_schemas("competency")[name]
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    fault = best_match(validator.iter_errors(document))
    if fault is not None:
        raise InvalidDocument(fault.message, pointer(fault.absolute_path))


def _duplicates(names: list[Any]) -> Iterator[tuple[int, Any]]:
    seen: list[Any] = []
    for place, name in enumerate(names):
        if name in seen:
            yield place, name
        seen.append(name)


def _check_scale(document: Mapping[str, Any]) -> None:
    scale = document["scale"]
    for member in ("level", "id"):
        for place, name in _duplicates([level[member] for level in scale]):
            raise InvalidDocument(f"{member} {name!r} stands twice in the scale", f"/scale/{place}/{member}")
    ranked = sorted(range(len(scale)), key=lambda place: int(scale[place]["level"]))
    for lower, higher in pairwise(ranked):
        if fraction(scale[higher]["min"]) < fraction(scale[lower]["min"]):
            raise InvalidDocument("the min of a level is below that of a lower level", f"/scale/{higher}/min")
    if document["masteryLevel"] not in [level["id"] for level in scale]:
        raise InvalidDocument(f"{document['masteryLevel']!r} is no level of the scale", "/masteryLevel")


def _check_rules(document: Mapping[str, Any]) -> None:
    rules = document.get("evidence", [])
    for place, name in _duplicates([rule["id"] for rule in rules]):
        raise InvalidDocument(f"rule id {name!r} stands twice", f"/evidence/{place}/id")
    weighted = document.get("method", {}).get("type") == "weighted_mean"
    for place, rule in enumerate(rules):
        weight = fraction(rule.get("weight", "1"))
        if weight < 0:
            raise InvalidDocument("a weight is not negative", f"/evidence/{place}/weight")
        if weight != 1 and not weighted:
            reason = "a weight other than 1 is used by weighted_mean alone"
            raise InvalidDocument(reason, f"/evidence/{place}/weight")


def _check_requirements(document: Mapping[str, Any]) -> None:
    known = {rule["id"] for rule in document.get("evidence", [])}
    for place, level in enumerate(document["scale"]):
        for at, requirement in enumerate(level.get("requires", [])):
            named = requirement["rule"]
            for rule in [named] if isinstance(named, str) else named:
                if rule not in known:
                    raise InvalidDocument(f"{rule!r} is no rule of the policy", f"/scale/{place}/requires/{at}/rule")


def _check_method(document: Mapping[str, Any]) -> None:
    if document.get("method", {}).get("type") == "bkt" and document.get("purpose") == "compliance":
        raise InvalidDocument("bkt may not decide a compliance policy", "/method/type")


_UNSUPPORTED = {
    "minEvidence": (),
    "window": (),
    "prerequisites": (),
    "rollup": (),
    "combine": (),
    "validity": (),
    "decline": ("follow",),
    "groupEvidence": ("none",),
    "onVersionChange": ("reevaluate",),
    "review": ("none",),
}
_UNSUPPORTED_IN_RULE = ("attempts", "trust")


def _check_supported(document: Mapping[str, Any]) -> None:
    for name, allowed in _UNSUPPORTED.items():
        if name in document and document[name] not in allowed:
            raise UnsupportedFeature(name, f"/{name}")
    for name in ("max", "beyond"):
        if document.get("late", {}).get(name, "accept") != "accept":
            raise UnsupportedFeature(f"late.{name}", f"/late/{name}")
    if "within" in document.get("dedupe", {}):
        raise UnsupportedFeature("dedupe.within", "/dedupe/within")
    for place, level in enumerate(document["scale"]):
        if level.get("requires"):
            raise UnsupportedFeature("requires", f"/scale/{place}/requires")
    for place, rule in enumerate(document.get("evidence", [])):
        _check_supported_rule(rule, f"/evidence/{place}")


def _check_supported_rule(rule: Mapping[str, Any], at: str) -> None:
    for name in _UNSUPPORTED_IN_RULE:
        if name in rule:
            raise UnsupportedFeature(name, f"{at}/{name}")
    if rule.get("subject", "actor") != "actor":
        raise UnsupportedFeature("subject", f"{at}/subject")
    if "alignedTo" in rule["match"]:
        raise UnsupportedFeature("alignedTo", f"{at}/match/alignedTo")


def check_policy(document: Any) -> None:
    """Check a policy document with plain JSON values.

    Raises InvalidDocument for what is wrong and UnsupportedFeature for what this engine does not have.
    """
    check_schema(document, "mastery-policy")
    _check_scale(document)
    _check_rules(document)
    _check_requirements(document)
    _check_method(document)
    _check_supported(document)
