"""Who an agent is: one inverse functional identifier, and the person it belongs to (rule book, section 12).

The one automatic link is mbox and its own SHA-1: both have the same ``key``. Everything else is linked by entries.
"""

import re
from hashlib import sha1
from typing import Any
from uuid import UUID, uuid5

import msgspec

from projector.mastery.documents import Documents, Kind
from projector.mastery.statements import OBJECT


class Identifier(msgspec.Struct, frozen=True, gc=False):
    """The ``key`` under which an agent is known, and its ``label``, the canonical identifier that people read."""

    key: str
    label: str


class Person(msgspec.Struct, frozen=True, gc=False):
    """A person: the identifiers that are theirs, the canonical identifier first seen, and the last event number.

    ``others`` are the canonical identifiers of those who became this person, by one of which they are named when the
    first one is somebody else's.
    """

    id: str
    label: str
    identifiers: tuple[str, ...]
    sequence: int = 0
    others: tuple[str, ...] = ()


class Owner(msgspec.Struct, frozen=True, gc=False):
    """Whose an identifier is."""

    person: str


PERSON = Kind("person", Person)
OWNER = Kind("identifier", Owner)


def _sha1(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def identifier(agent: object) -> Identifier | None:
    """Return the identifier of an agent, or None for an anonymous group and for what is no agent."""
    if not isinstance(agent, OBJECT):
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
    if not isinstance(account, OBJECT):
        return None
    home_page, name = account.get("homePage"), account.get("name")
    if not isinstance(home_page, str) or not isinstance(name, str):
        return None
    return Identifier(f"account:{home_page}::{name}", f"{home_page}::{name}")


def authority_of(agent: object) -> Identifier | None:
    """Return the identifier of an authority; of an OAuth group, that of the member that is the application."""
    if not isinstance(agent, OBJECT) or not isinstance(agent.get("member"), list):
        return identifier(agent)
    members = [member for member in agent["member"] if isinstance(member, OBJECT)]
    applications = [member for member in members if "account" in member]
    return next((found for member in applications + members if (found := identifier(member))), None)


_SHA1_FORM = re.compile("[0-9a-fA-F]{40}")


def agent_of(text: str) -> dict[str, Any]:
    """Return the agent that a canonical text names: mailto:, a SHA-1 in hex, homePage::name, or an OpenID."""
    if text.startswith("mailto:"):
        return {"mbox": text}
    if _SHA1_FORM.fullmatch(text):
        return {"mbox_sha1sum": text}
    home_page, separator, name = text.rpartition("::")
    return {"account": {"homePage": home_page, "name": name}} if separator else {"openid": text}


def identifier_of_text(text: str) -> Identifier:
    """Return the identifier that a canonical text names."""
    if text.startswith("mailto:"):
        return Identifier("sha1:" + _sha1(text), text)
    if _SHA1_FORM.fullmatch(text):
        return Identifier("sha1:" + text.lower(), text)
    return Identifier(("account:" if "::" in text else "openid:") + text, text)


def key_of_text(text: str) -> str:
    """Return the key of the identifier that a canonical text names."""
    return identifier_of_text(text).key


def find(documents: Documents, key: str) -> Person | None:
    """Return the person whose identifier ``key`` is, or None when nobody was seen under it."""
    owner = documents.get(OWNER, key)
    return None if owner is None else documents.get(PERSON, owner.person)


def recognise(documents: Documents, who: Identifier, namespace: UUID) -> Person:
    """Return the person of an identifier, who becomes known with it when seen for the first time."""
    known = find(documents, who.key)
    if known is not None:
        return known
    return own(documents, first_id(who, namespace), who, (who.key,))


def first_id(who: Identifier, namespace: UUID) -> str:
    """Return the id of a person who becomes known with an identifier: it says nothing to who has not the namespace."""
    return str(uuid5(namespace, who.label))


def own(documents: Documents, person_id: str, who: Identifier, keys: tuple[str, ...]) -> Person:
    """Return a person who has exactly these identifiers; one known before goes on with their event numbers."""
    known = documents.get(PERSON, person_id)
    person = Person(person_id, who.label, keys, 0 if known is None else known.sequence)
    documents.put(PERSON, person_id, person)
    for key in keys:
        documents.put(OWNER, key, Owner(person_id))
    return person


def rename(documents: Documents, person: Person, keys: tuple[str, ...]) -> Person:
    """Give a person other identifiers; those that are left out belong to nobody until somebody owns them.

    Somebody without any is nobody, and has no name either.
    """
    for key in person.identifiers:
        if key not in keys:
            documents.delete(OWNER, key)
    named = tuple(name for name in (person.label, *person.others) if key_of_text(name) in keys)
    label = named[0] if named else person.label if keys else ""
    changed = msgspec.structs.replace(person, label=label, identifiers=keys, others=named[1:])
    documents.put(PERSON, person.id, changed)
    for key in keys:
        documents.put(OWNER, key, Owner(person.id))
    return changed
