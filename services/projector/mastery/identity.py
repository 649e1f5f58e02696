"""Who an agent is: one inverse functional identifier, and the person it belongs to (mastery.md section 12).

The one automatic link is mbox and its own SHA-1: both have the same ``key``. Everything else is linked by entries.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha1
from typing import Any
from uuid import UUID, uuid5

import msgspec

from projector.mastery.documents import Documents, Kind


@dataclass(frozen=True, slots=True)
class Identifier:
    """The ``key`` under which an agent is known, and its ``label``, the canonical identifier that people read."""

    key: str
    label: str


class Person(msgspec.Struct, frozen=True):
    """A person: the identifiers that are theirs, the canonical identifier first seen, and the last event number."""

    id: str
    label: str
    identifiers: tuple[str, ...]
    sequence: int = 0


class Owner(msgspec.Struct, frozen=True):
    """Whose an identifier is."""

    person: str


PERSON = Kind("person", Person)
OWNER = Kind("identifier", Owner)


def _sha1(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def identifier(agent: object) -> Identifier | None:
    """Return the identifier of an agent, or None for an anonymous group and for what is no agent."""
    if not isinstance(agent, Mapping):
        return None
    mbox, hashed, openid, account = (agent.get(name) for name in ("mbox", "mbox_sha1sum", "openid", "account"))
    if isinstance(mbox, str):
        return Identifier("sha1:" + _sha1(mbox), mbox)
    if isinstance(hashed, str):
        return Identifier("sha1:" + hashed.lower(), hashed)
    if isinstance(openid, str):
        return Identifier("openid:" + openid, openid)
    return _account(account)


def _account(account: Any) -> Identifier | None:
    if not isinstance(account, Mapping):
        return None
    home_page, name = account.get("homePage"), account.get("name")
    if not isinstance(home_page, str) or not isinstance(name, str):
        return None
    return Identifier(f"account:{home_page}::{name}", f"{home_page}::{name}")


def find(documents: Documents, key: str) -> Person | None:
    """Return the person whose identifier ``key`` is, or None when nobody was seen under it."""
    owner = documents.get(OWNER, key)
    return None if owner is None else documents.get(PERSON, owner.person)


def recognise(documents: Documents, who: Identifier, namespace: UUID) -> Person:
    """Return the person of an identifier, who becomes known with it when seen for the first time."""
    known = find(documents, who.key)
    if known is not None:
        return known
    person = Person(str(uuid5(namespace, who.label)), who.label, (who.key,))
    documents.put(PERSON, person.id, person)
    documents.put(OWNER, who.key, Owner(person.id))
    return person
