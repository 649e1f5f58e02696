"""Whom alone a statement can be about where every rule is about the actor, read without the rest of it (section 3)."""

from typing import Any

import msgspec

from projector.mastery.identity import Identifier, identifier
from projector.mastery.statements import VOIDED


class _Verb(msgspec.Struct):
    id: str = ""


class _Addressed(msgspec.Struct):
    actor: dict[str, Any] = msgspec.field(default_factory=dict)
    verb: _Verb = msgspec.field(default_factory=_Verb)


_decode = msgspec.json.Decoder(_Addressed).decode


def addressee(text: bytes) -> Identifier | None:
    """Return the identifier of the one agent who acted; None for a group, for what voids and for what cannot be read.

    What voids a statement is about whomever that was about.
    """
    try:
        read = _decode(text)
    except msgspec.MsgspecError:
        return None
    if read.verb.id == VOIDED or read.actor.get("objectType", "Agent") != "Agent":
        return None
    return identifier(read.actor)
