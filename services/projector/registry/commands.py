"""Commands of the registry: check everything, then append one fact. Nothing that the engine cannot fold gets in."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import orjson

from projector.mastery.faults import Refused
from projector.mastery.policy import compile_policy
from projector.mastery.times import parse, render
from projector.registry.append import By, Change, Log, append_fact, version_entry_id
from projector.registry.circles import require_no_circle
from projector.registry.documents import Alignment, Framework, Role, check_document
from projector.registry.faults import invalid
from projector.registry.rehearsal import refusal

FRAMEWORK_PUBLISHED = "mastrail.framework.published.v1"
POLICY_ACTIVATED = "mastrail.policy.activated.v1"
ROLE_PUBLISHED = "mastrail.role.published.v1"
ALIGNMENT_CHANGED = "mastrail.alignment.changed.v1"
_MODES = ("carry", "reevaluate", "require_new")


def publish_framework(log: Log, document: Mapping[str, Any], by: By) -> Change:
    """Publish a version of a framework.

    Raises InvalidDocument with every fault, VersionConflict when the version exists with other content.
    """
    framework = check_document(Framework, document)
    entry_id = version_entry_id(framework.id, framework.version)
    return append_fact(log, FRAMEWORK_PUBLISHED, entry_id, {"document": dict(document)}, by)


def publish_role(log: Log, document: Mapping[str, Any], by: By) -> Change:
    """Publish a version of a role. Raises as ``publish_framework``."""
    role = check_document(Role, document)
    entry_id = version_entry_id(role.id, role.version)
    return append_fact(log, ROLE_PUBLISHED, entry_id, {"document": dict(document)}, by)


def change_alignment(log: Log, document: Mapping[str, Any], by: By, *, new_id: Callable[[], UUID]) -> Change:
    """Say which competencies an activity feeds from now on. Raises InvalidDocument with every fault."""
    check_document(Alignment, document)
    return append_fact(log, ALIGNMENT_CHANGED, new_id(), {"document": dict(document)}, by)


def activate_policy(
    log: Log, document: Mapping[str, Any], by: By, *, effective_from: str | None = None, mode: str | None = None
) -> Change:
    """Activate a version of a policy from ``effective_from`` (RFC 3339; its own effectiveFrom when not given).

    ``mode`` says what becomes of what was decided before (its own onVersionChange when not given).
    Raises InvalidDocument with the pointer and reason, VersionConflict when the version is active otherwise already.
    """
    try:
        policy = compile_policy(document)
    except Refused as error:
        raise refusal(error) from error
    _check_framework(log, document)
    fact = {
        "policy": dict(document),
        "effectiveFrom": _instant(effective_from or document["effectiveFrom"]),
        "mode": _mode(mode or document.get("onVersionChange", "reevaluate")),
    }
    require_no_circle(log, POLICY_ACTIVATED, fact)
    return append_fact(log, POLICY_ACTIVATED, version_entry_id(policy.id, policy.version), fact, by)


def _check_framework(log: Log, document: Mapping[str, Any]) -> None:
    """Hold the policy to a framework version that is published and has its competency."""
    named = document["framework"]
    entry = log.get(version_entry_id(named["id"], named["version"]))
    if entry is None or entry.topic != FRAMEWORK_PUBLISHED:
        raise invalid("this framework version is not published; publish it first", "/framework", "framework")
    items = orjson.loads(entry.payload)["document"]["items"]
    if document["competency"] not in {item["id"] for item in items}:
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
