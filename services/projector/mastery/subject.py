"""Whom a statement is about (mastery.md section 3)."""

from collections.abc import Mapping
from typing import Any

from projector.mastery.identity import Identifier, identifier

GROUP_ACTOR, SUBJECT_MISSING = "GROUP_ACTOR", "SUBJECT_MISSING"


def subject_of(statement: Mapping[str, Any]) -> Identifier | str:
    """Return the identifier of the actor, or the reason why the statement is about no one person."""
    actor = statement.get("actor")
    if isinstance(actor, Mapping) and actor.get("objectType") == "Group":
        return GROUP_ACTOR
    return identifier(actor) or SUBJECT_MISSING
