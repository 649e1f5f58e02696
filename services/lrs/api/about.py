"""The About resource (Communication 2.8): which versions are served, and what else is offered."""

from collections.abc import Mapping
from typing import Any

from lrs.api.messages import Call, Reply, json_reply
from lrs.api.service import Resource

VERSIONS = ("1.0.0", "1.0.1", "1.0.2", "1.0.3", "2.0.0")


def about_resource(extensions: Mapping[str, Any]) -> Resource:
    """Return the resource; ``extensions`` (IRI to JSON) name what this server offers beyond xAPI."""
    content: dict[str, Any] = {"version": list(VERSIONS)}
    if extensions:
        content["extensions"] = dict(extensions)
    reply = json_reply(content)

    async def get(_call: Call) -> Reply:
        return reply

    return Resource({"GET": get}, is_public=True)
