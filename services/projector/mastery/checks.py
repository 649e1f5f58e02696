"""What a policy must satisfy before it is compiled: its published schema, then the rules that a schema cannot say."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker

from lrs.contracts import load_schemas
from projector.mastery.canonical import as_doubles
from projector.mastery.contract_faults import foremost_fault
from projector.mastery.faults import InvalidDocument
from projector.mastery.numbers import fraction
from projector.mastery.spans import NO_SPAN, parse_span
from projector.mastery.times import parse


@cache
def explaining(name: str) -> Draft202012Validator:
    """Return the validator of the published schema ``name`` that says what is at fault."""
    return Draft202012Validator(load_schemas("competency")[name], format_checker=FormatChecker())


@cache
def _fast(name: str) -> Any:
    return jsonschema_rs.validator_for(load_schemas("competency")[name], validate_formats=True)


def fits(document: Any, name: str) -> bool:
    """Tell whether a document with plain JSON values keeps to the published schema ``name``."""
    return bool(_fast(name).is_valid(as_doubles(document)))


def check_schema(document: Any, name: str) -> None:
    """Hold a document against the published schema ``name``; raises InvalidDocument with the foremost fault."""
    if fits(document, name):
        return
    found = foremost_fault(explaining(name).iter_errors(document))
    at, reason = found or ("", f"the document breaks the schema {name}")
    raise InvalidDocument(reason, at)


def parse_time(text: Any, at: str) -> int:
    """Return the instant of a time in a document or an entry; raises InvalidDocument with the pointer ``at``."""
    try:
        return parse(text)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise InvalidDocument("an RFC 3339 time is wanted", at) from error


def duplicates(names: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Yield the place and name of each that stands there already."""
    seen: set[Any] = set()
    for place, name in enumerate(names):
        if name in seen:
            yield place, name
        seen.add(name)


def _check_scale(document: Mapping[str, Any]) -> None:
    scale = document["scale"]
    for member in ("level", "id"):
        for place, name in duplicates([level[member] for level in scale]):
            raise InvalidDocument(f"{member} {name!r} stands twice in the scale", f"/scale/{place}/{member}")
    ranked = sorted(range(len(scale)), key=lambda place: int(scale[place]["level"]))
    for lower, higher in pairwise(ranked):
        if fraction(scale[higher]["min"]) < fraction(scale[lower]["min"]):
            raise InvalidDocument("the min of a level is below that of a lower level", f"/scale/{higher}/min")
    if document["masteryLevel"] not in [level["id"] for level in scale]:
        raise InvalidDocument(f"{document['masteryLevel']!r} is no level of the scale", "/masteryLevel")


def _check_rules(document: Mapping[str, Any]) -> None:
    rules = document.get("evidence", [])
    for place, name in duplicates([rule["id"] for rule in rules]):
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


def _check_sources(document: Any) -> None:
    """Say what a policy lacks that has nothing to decide by, more plainly than its schema does."""
    if isinstance(document, dict) and not {"evidence", "method", "rollup"} & document.keys():
        raise InvalidDocument("evidence with a method, a roll-up, or both are wanted", "/evidence")
    if isinstance(document, dict) and "rollup" not in document:
        for name in ("evidence", "method"):
            if name not in document:
                raise InvalidDocument("evidence and method belong together", f"/{name}")


def _check_method(document: Mapping[str, Any]) -> None:
    if "evidence" in document and "method" not in document:
        raise InvalidDocument("evidence needs a method", "/method")
    if "method" in document and "evidence" not in document:
        raise InvalidDocument("a method needs evidence", "/method")
    if document.get("method", {}).get("type") == "bkt" and document.get("purpose") == "compliance":
        raise InvalidDocument("bkt may not decide a compliance policy", "/method/type")


_LONGEST_MONTHS, _LONGEST_DAYS, _LONGEST_SECONDS = 12 * 1_000, 366 * 1_000, 366 * 86_400


def _spans(document: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield (pointer, text) of every period in the document."""
    names = ("period", "minActive", "window", "grace", "max", "futureSkew", "within", "maxAge", "spanAtLeast")
    if not isinstance(document, dict):
        return
    for name, value in document.items():
        if name in names and isinstance(value, str):
            yield f"{at}/{name}", value
        else:
            yield from _spans(value, f"{at}/{name}")


def _check_spans(document: Mapping[str, Any]) -> None:
    for at, text in _spans(
        {name: document.get(name) for name in ("validity", "late", "dedupe", "window", "minEvidence")}
    ):
        span = parse_span(text)
        if span.months > _LONGEST_MONTHS or span.days > _LONGEST_DAYS or span.seconds > _LONGEST_SECONDS:
            raise InvalidDocument("a period is longer than 1000 years", at)


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise InvalidDocument("no such time zone", "/validity/timezone") from fault


def _check_validity(document: Mapping[str, Any]) -> None:
    validity = document.get("validity")
    if validity is None:
        return
    period, anchor = parse_span(validity["period"]), validity.get("anchor", "deciding_evidence")
    if period == NO_SPAN:
        raise InvalidDocument("a period of no length ends at once", "/validity/period")
    _check_zone(validity.get("timezone", "UTC"))
    for name in ("fixedDate", "minActive") if anchor != "fixed_date" else ():
        if name in validity:
            raise InvalidDocument(f"{name} is used by the anchor fixed_date alone", f"/validity/{name}")
    if anchor == "fixed_date" and "fixedDate" not in validity:
        raise InvalidDocument("anchor fixed_date needs a fixedDate", "/validity/fixedDate")
    if anchor == "fixed_date" and period.months == 0 and period.days == 0:
        raise InvalidDocument("a fixed date recurs after days or months", "/validity/period")
    if anchor == "calendar_month" and (period.months == 0 or period.days or period.seconds):
        raise InvalidDocument("a calendar month recurs after whole months", "/validity/period")
    window = parse_span(validity.get("window", "P1M"))
    if anchor == "calendar_month" and (window.days or window.seconds):
        raise InvalidDocument("the window around a calendar month is whole months", "/validity/window")


def _check_late(document: Mapping[str, Any]) -> None:
    late = document.get("late", {})
    if late.get("beyond", "accept") != "accept" and "max" not in late:
        raise InvalidDocument("nothing is beyond a max that is not given", "/late/beyond")


_OF_ONE_OP = {"n": "n_of", "pointsRequired": "points", "missing": "weighted"}


def _check_rollup(document: Mapping[str, Any]) -> None:
    rollup = document.get("rollup")
    if rollup is None:
        if document.get("combine", "direct_only") != "direct_only":
            raise InvalidDocument("there is no roll-up to combine with", "/combine")
        return
    children = rollup["children"]
    for place, name in duplicates([child["competency"] for child in children]):
        raise InvalidDocument(f"child {name!r} stands twice", f"/rollup/children/{place}/competency")
    if "evidence" not in document and document.get("combine", "rollup_only") != "rollup_only":
        raise InvalidDocument("there is no direct evidence to combine with", "/combine")
    for name, op in _OF_ONE_OP.items():
        if name in rollup and rollup["op"] != op:
            raise InvalidDocument(f"{name} is used by {op} alone", f"/rollup/{name}")
    if rollup["op"] == "n_of" and rollup["n"] > len(children):
        raise InvalidDocument("n is more than there are children", "/rollup/n")
    if rollup["op"] == "points" and sum(child.get("points", 0) for child in children) < rollup["pointsRequired"]:
        raise InvalidDocument("the children's points do not reach pointsRequired", "/rollup/pointsRequired")
    _check_children(rollup)


def _check_children(rollup: Mapping[str, Any]) -> None:
    for place, child in enumerate(rollup["children"]):
        at = f"/rollup/children/{place}"
        weight = fraction(child.get("weight", "1"))
        if weight < 0:
            raise InvalidDocument("a weight is not negative", f"{at}/weight")
        if weight != 1 and rollup["op"] != "weighted":
            raise InvalidDocument("a weight other than 1 is used by weighted alone", f"{at}/weight")
        if "points" in child and rollup["op"] != "points":
            raise InvalidDocument("points are used by points alone", f"{at}/points")
        if child.get("required", False) and rollup["op"] != "points":
            raise InvalidDocument("a required child is used by points alone", f"{at}/required")
    if rollup["op"] == "weighted" and not any(fraction(child.get("weight", "1")) for child in rollup["children"]):
        raise InvalidDocument("the weights sum to nothing", "/rollup/children")


def _check_prerequisites(document: Mapping[str, Any]) -> None:
    asked = document.get("prerequisites")
    if asked is not None:
        check_expression(asked["expr"], "/prerequisites/expr", document["competency"])


def check_expression(expression: Mapping[str, Any], at: str, own: str = "") -> None:
    """Check an expression over competencies, which is that of the competency ``own``, below the pointer ``at``."""
    if own and expression.get("competency") == own:
        raise InvalidDocument("a competency is not its own prerequisite", f"{at}/competency")
    if "nOf" in expression and expression["nOf"] > len(expression["of"]):
        raise InvalidDocument("nOf is more than there are branches", f"{at}/nOf")
    for name in ("all", "any", "of"):
        for place, branch in enumerate(expression.get(name, [])):
            check_expression(branch, f"{at}/{name}/{place}", own)


def check_policy(document: Any) -> None:
    """Check a policy document with plain JSON values.

    Raises InvalidDocument with the JSON pointer of the first fault.
    """
    _check_sources(document)
    check_schema(document, "mastery-policy")
    _check_scale(document)
    _check_rules(document)
    _check_requirements(document)
    _check_method(document)
    _check_spans(document)
    _check_validity(document)
    _check_late(document)
    _check_rollup(document)
    _check_prerequisites(document)
