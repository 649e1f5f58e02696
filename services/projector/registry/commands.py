"""Commands of the registry: check everything, then append one fact. Nothing that the engine cannot fold gets in."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

import orjson

from lrs.xapi.faults import Fault
from projector.mastery.faults import Refused
from projector.mastery.policy import compile_policy
from projector.mastery.times import parse, render
from projector.registry.append import By, Change, Log, append_fact, version_entry_id
from projector.registry.catalogue import (
    ALIASES_PUBLISHED,
    ALIGNMENT_CHANGED,
    CREDENTIAL_RULE_PUBLISHED,
    FRAMEWORK_PUBLISHED,
    GOAL_PUBLISHED,
    POLICY_ACTIVATED,
    ROLE_PUBLISHED,
    Catalogue,
    entries_of,
    published_framework,
    read_catalogue,
)
from projector.registry.circles import require_no_circle
from projector.registry.contracts import require_no_faults
from projector.registry.documents import (
    check_aliases_document,
    check_alignment,
    check_credential_rule_document,
    check_framework,
    check_goal_document,
    check_role,
)
from projector.registry.faults import invalid
from projector.registry.rehearsal import refusal

_MODES = ("carry", "reevaluate", "require_new")

Document = Mapping[str, Any]


def publish_framework(log: Log, document: Document, by: By) -> Change:
    """Publish a version of a framework.

    Raises InvalidDocument with every fault, VersionConflict when the version exists with other content.
    """
    check_framework(document)
    return _publish(log, FRAMEWORK_PUBLISHED, document, by)


def publish_role(log: Log, document: Document, by: By) -> Change:
    """Publish a version of a role, whose competencies must be published. Raises as ``publish_framework``."""
    check_role(document)
    require_no_faults("role", _role_faults(document, read_catalogue(log)))
    return _publish(log, ROLE_PUBLISHED, document, by)


def publish_goal(log: Log, document: Document, by: By) -> Change:
    """Publish a version of a goal; its competencies and roles must be published. Raises as ``publish_framework``."""
    check_goal_document(document)
    require_no_faults("goal", _goal_faults(document, read_catalogue(log)))
    return _publish(log, GOAL_PUBLISHED, document, by)


def change_alignment(log: Log, document: Document, by: By, *, new_id: Callable[[], UUID]) -> Change:
    """Say which competencies an activity feeds from now on. Raises InvalidDocument with every fault."""
    check_alignment(document)
    require_no_faults("alignment", _named_faults(document["competencies"], "/competencies", read_catalogue(log)))
    return append_fact(log, ALIGNMENT_CHANGED, new_id(), {"document": dict(document)}, by)


def publish_credential_rule(log: Log, document: Document, by: By) -> Change:
    """Publish a version of a credential rule; its competencies and their levels must be published.

    Raises as ``publish_framework``.
    """
    check_credential_rule_document(document)
    require_no_faults("credential rule", _expression_faults(document["requires"], "/requires", read_catalogue(log)))
    return _publish(log, CREDENTIAL_RULE_PUBLISHED, document, by)


def publish_aliases(log: Log, document: Document, by: By) -> Change:
    """Publish a version of the store's one table of aliases. Raises as ``publish_framework``."""
    check_aliases_document(document)
    for entry in entries_of(log, ALIASES_PUBLISHED):
        known = orjson.loads(entry.payload)["document"]["id"]
        if known != document["id"]:
            raise invalid(f"the table of this store is {known}: publish a version of it", "/id", "aliases")
    return _publish(log, ALIASES_PUBLISHED, document, by)


def activate_policy(
    log: Log, document: Document, by: By, *, effective_from: str | None = None, mode: str | None = None
) -> Change:
    """Activate a version of a policy from ``effective_from`` (RFC 3339; its own effectiveFrom when not given).

    ``mode`` says what becomes of what was decided before (its own onVersionChange when not given).
    Raises InvalidDocument with the pointer and reason, VersionConflict when the version is active otherwise already.
    """
    fact = checked_activation(log, document, effective_from=effective_from, mode=mode)
    return append_fact(log, POLICY_ACTIVATED, version_entry_id(document["id"], document["version"]), fact, by)


def checked_activation(
    log: Log, document: Document, *, effective_from: str | None = None, mode: str | None = None
) -> dict[str, Any]:
    """Return the fact of a policy's activation, without who and why. Raises InvalidDocument as ``activate_policy``."""
    try:
        compile_policy(document)
    except Refused as error:
        raise refusal(error) from error
    _check_framework(log, document)
    if {"prerequisites", "rollup"} & document.keys():
        require_no_faults("policy", _policy_faults(document, read_catalogue(log)))
    fact = {
        "policy": dict(document),
        "effectiveFrom": _instant(effective_from or document["effectiveFrom"]),
        "mode": _mode(mode or document.get("onVersionChange", "reevaluate")),
    }
    require_no_circle(log, POLICY_ACTIVATED, fact)
    return fact


def _publish(log: Log, topic: str, document: Document, by: By) -> Change:
    entry_id = version_entry_id(document["id"], document["version"])
    return append_fact(log, topic, entry_id, {"document": dict(document)}, by)


def _role_faults(document: Document, known: Catalogue) -> Iterator[Fault]:
    for place, one in enumerate(document["requires"]):
        at = f"/requires/{place}"
        yield from known.competency_fault(one["competency"], f"{at}/competency")
        yield from known.level_fault(one["competency"], one["level"], f"{at}/level")


def _goal_faults(document: Document, known: Catalogue) -> Iterator[Fault]:
    for place, one in enumerate(document.get("competencies", ())):
        yield from known.competency_fault(one["competency"], f"/competencies/{place}/competency")
    for place, role in enumerate(document.get("roles", ())):
        yield from known.role_fault(role, f"/roles/{place}")


def _named_faults(competencies: list[str], at: str, known: Catalogue) -> Iterator[Fault]:
    for place, competency in enumerate(competencies):
        yield from known.competency_fault(competency, f"{at}/{place}")


def _policy_faults(document: Document, known: Catalogue) -> Iterator[Fault]:
    for place, child in enumerate(document.get("rollup", {}).get("children", ())):
        at = f"/rollup/children/{place}"
        yield from known.competency_fault(child["competency"], f"{at}/competency")
        if "level" in child:
            yield from known.level_id_fault(child["competency"], child["level"], f"{at}/level")
    expression = document.get("prerequisites", {}).get("expr")
    if expression is not None:
        yield from _expression_faults(expression, "/prerequisites/expr", known)


def _expression_faults(expression: Document, at: str, known: Catalogue) -> Iterator[Fault]:
    if "competency" in expression:
        yield from known.competency_fault(expression["competency"], f"{at}/competency")
        if "level" in expression:
            yield from known.level_id_fault(expression["competency"], expression["level"], f"{at}/level")
    for name in ("all", "any", "of"):
        for place, branch in enumerate(expression.get(name, ())):
            yield from _expression_faults(branch, f"{at}/{name}/{place}", known)


def _check_framework(log: Log, document: Document) -> None:
    """Hold the policy to a framework version that is published and has its competency."""
    named = document["framework"]
    published = published_framework(log, named["id"], named["version"])
    if published is None:
        raise invalid("this framework version is not published; publish it first", "/framework", "framework")
    if document["competency"] not in {item["id"] for item in published.document["items"]}:
        raise invalid("the framework version has no such item", "/competency", "framework")


def _instant(text: str) -> str:
    try:
        return render(parse(text))
    except ValueError as error:
        raise invalid("effectiveFrom is an RFC 3339 time", "/effectiveFrom", "effectiveFrom") from error


def _mode(mode: str) -> str:
    if mode not in _MODES:
        message = f"mode is one of {', '.join(_MODES)}"
        raise invalid(message, "/mode", "mode")
    return mode
