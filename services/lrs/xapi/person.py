"""The Person that the Agents resource returns: every attribute of an Agent as an array (Communication 2.4)."""

from collections.abc import Iterable, Mapping
from typing import Any

_ATTRIBUTES = ("name", "mbox", "mbox_sha1sum", "openid", "account")


def person(agents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the Person that ``agents`` make together; each value once, in the order seen, no empty arrays."""
    found: dict[str, list[Any]] = {}
    for agent in agents:
        for key in _ATTRIBUTES:
            if key in agent and agent[key] not in found.setdefault(key, []):
                found[key].append(agent[key])
    return {"objectType": "Person", **{key: found[key] for key in _ATTRIBUTES if key in found}}
