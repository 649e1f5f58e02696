"""What the routes of the registry share: what they work with, who asks and why, and trying without changing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Request

from lrs.api.threads import Threads
from projector.api.asking import invalid_parameter
from projector.api.describing import Given, Parameter
from projector.questions.log import Log as EntireLog
from projector.questions.questions import Questions
from projector.registry.append import By, Change, Log
from projector.registry.applying import DryLog
from projector.store.live import LiveProjection

WHY = Parameter("why", "the reason; it is kept in the log", required=True)
DRY = Parameter("dry_run", "check everything and change nothing", {"type": "string", "enum": ["true", "false"]})


@dataclass(frozen=True, slots=True)
class Registry:
    """What the routes work with: ``log`` is read shortened, ``entries`` is the whole log."""

    log: Log
    entries: EntireLog
    projection: LiveProjection
    questions: Questions
    threads: Threads
    new_id: Callable[[], UUID]
    answer_seconds: float


def by_whom(request: Request, given: Given) -> By:
    """Return who asks, and why. Raises InvalidQuery without a reason."""
    if "why" not in given:
        raise invalid_parameter("why", "the parameter why is required: the reason is kept in the log")
    return By(request.state.credential.name, given["why"])


def is_dry(given: Given) -> bool:
    """Tell whether nothing is to be changed."""
    if given.get("dry_run", "false") not in ("true", "false"):
        raise invalid_parameter("dry_run", "dry_run is true or false")
    return given.get("dry_run") == "true"


def target(registry: Registry, given: Given) -> Log:
    """Return the log that a command writes to: one that forgets, for a dry run."""
    return DryLog(registry.log) if is_dry(given) else registry.log


def changed(change: Change) -> dict[str, Any]:
    """Return what became of a command."""
    return {"position": change.position or None, "entryId": str(change.entry_id), "isNew": change.is_new}
