"""What the clients send: plain dictionaries, made anew for each test."""

import hashlib
from typing import Any
from uuid import uuid4

VERB = "http://adlnet.gov/expapi/verbs/completed"


def new_activity() -> str:
    """Return the id of an activity that no other test speaks of."""
    return f"https://example.com/modules/{uuid4()}"


def statement(learner: str, scaled: float, activity: str) -> dict[str, Any]:
    """Return a statement without an id: ``learner`` completed ``activity`` with a score."""
    return {
        "actor": {"objectType": "Agent", "mbox": f"mailto:{learner}@example.com"},
        "verb": {"id": VERB, "display": {"en-US": "completed"}},
        "object": {
            "objectType": "Activity",
            "id": activity,
            "definition": {"name": {"en-US": "Module 3", "el": "Ενότητα 3"}},
        },
        "result": {"score": {"scaled": scaled}, "completion": True, "duration": "PT12M30S"},
        "timestamp": "2026-03-01T10:15:30.250Z",
    }


def sent_parts(read: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """Return of a statement that was read the properties that were sent."""
    return {name: read.get(name) for name in sent}


def attachment_of(text: str) -> dict[str, Any]:
    """Return the attachment object that describes ``text``."""
    content = text.encode()
    return {
        "usageType": "https://example.com/transcript",
        "display": {"en-US": "Transcript"},
        "contentType": "text/plain",
        "length": len(content),
        "sha2": hashlib.sha256(content).hexdigest(),
    }
