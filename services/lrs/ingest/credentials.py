"""Credentials: who may call the store and what for. A secret is shown once and kept only as its SHA-256."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import rfc8785
from uuid_utils.compat import uuid7

from lrs.ingest.scopes import SCOPES
from lrs.log.entry import NewEntry, SideRow
from lrs.log.frame import from_micros, to_micros
from lrs.log.store import Store
from lrs.xapi.faults import InvalidRequest, NotFound
from lrs.xapi.timestamps import write_timestamp

CREATED = "mastrail.credential.created.v1"
REVOKED = "mastrail.credential.revoked.v1"
ROTATED = "mastrail.credential.rotated.v1"
DEFAULT_ISSUER = "https://mastrail.invalid/credentials"
_SECRET_BYTES = 32
_KEY_BYTES = 15
_MOST_GRACE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A credential as it is shown once, at its creation: what a client sends as user name and password."""

    key: str
    secret: str


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential without its secret. ``authority`` becomes that of every statement it stores (Data 2.4.9)."""

    key: str
    name: str
    scopes: frozenset[str]
    authority: Mapping[str, Any]
    cors_origins: tuple[str, ...] = ()
    ignores_unknown_parameters: bool = False
    expires: datetime | None = None
    is_revoked: bool = False


ANYONE = Credential("", "none", frozenset(), {})
"""Who asks for what needs no credentials."""


def secret_hash(secret: str) -> bytes:
    """Return what is kept of ``secret``: with 256 random bits in it, one SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).digest()


def create(  # noqa: PLR0913 - all by name, and each is a column that an operator may fill
    store: Store,
    *,
    name: str,
    scopes: Collection[str],
    now: Callable[[], datetime],
    authority: Mapping[str, Any] | None = None,
    who: str = "operator",
    why: str = "",
    issuer: str = DEFAULT_ISSUER,
    cors_origins: Sequence[str] = (),
    ignores_unknown_parameters: bool = False,
    expires: datetime | None = None,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    new_id: Callable[[], UUID] = uuid7,
) -> NewKey:
    """Create a credential and log that ``who`` did so and ``why``; the log never holds the secret or its hash.

    Without ``authority`` it is the account ``name`` at ``issuer``. Raises InvalidRequest for an unknown scope, an
    empty name or an ``expires`` that is already past; StoreUnavailable when nothing could be written.
    """
    _check(name, scopes, expires, now)
    made = NewKey(_text(random_bytes(_KEY_BYTES)), _text(random_bytes(_SECRET_BYTES)))
    asserted: Mapping[str, Any] = authority or {"objectType": "Agent", "account": {"homePage": issuer, "name": name}}
    fact: dict[str, Any] = {
        "key": made.key,
        "name": name,
        "scopes": sorted(scopes),
        "authority": asserted,
        "who": who,
        "why": why,
    }
    row = SideRow(
        "insert_credential",
        {
            "key_id": made.key,
            "name": name,
            "secret_sha256": secret_hash(made.secret),
            "scopes": _json(sorted(scopes)),
            "authority": _json(asserted),
            "expires_micros": None if expires is None else to_micros(expires),
        },
    )
    options = SideRow(
        "insert_credential_options",
        {
            "key_id": made.key,
            "cors_origins": _json(list(cors_origins)),
            "ignores_unknown": int(ignores_unknown_parameters),
        },
    )
    store.append([NewEntry(new_id(), CREATED, rfc8785.dumps(fact), side_rows=(row, options))])
    return made


def revoke(store: Store, key: str, *, who: str = "operator", why: str = "", new_id: Callable[[], UUID] = uuid7) -> None:
    """Take the credential ``key`` back, for every process within a second, and log it.

    Raises NotFound when there is no such credential; revoking twice changes nothing.
    """
    rows = store.select("select_credential", {"key_id": key})
    if not rows:
        raise NotFound("there is no credential with that key")
    if rows[0]["revoked_position"] is None:
        row = SideRow("revoke_credential", {"key_id": key})
        fact = {"key": key, "who": who, "why": why}
        store.append([NewEntry(new_id(), REVOKED, rfc8785.dumps(fact), side_rows=(row,))])


def rotate(  # noqa: PLR0913 - all by name; the last two are for tests alone
    store: Store,
    key: str,
    *,
    now: Callable[[], datetime],
    grace: timedelta = timedelta(),
    who: str = "operator",
    why: str = "",
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    new_id: Callable[[], UUID] = uuid7,
) -> NewKey:
    """Give the credential ``key`` a new secret and log it; the old one is good for ``grace`` more, the others end.

    Raises NotFound when there is no such credential, InvalidRequest when it is revoked or ``grace`` is negative or
    longer than a year.
    """
    if not timedelta() <= grace <= _MOST_GRACE:
        raise InvalidRequest("the old secret may be good for a year more at most")
    rows = store.select("select_credential", {"key_id": key})
    if not rows:
        raise NotFound("there is no credential with that key")
    if rows[0]["revoked_position"] is not None:
        raise InvalidRequest("the credential is revoked; a new one has to be created")
    made = NewKey(key, _text(random_bytes(_SECRET_BYTES)))
    until = now() + grace
    fact = {"key": key, "who": who, "why": why, "previousSecretUntil": write_timestamp(until)}
    kept = [SideRow("keep_previous_secret", {"key_id": key, "until_micros": to_micros(until)})] if grace else []
    replaced = SideRow("replace_secret", {"key_id": key, "secret_sha256": secret_hash(made.secret)})
    rows_of_entry = (SideRow("forget_previous_secret", {"key_id": key}), *kept, replaced)
    store.append([NewEntry(new_id(), ROTATED, rfc8785.dumps(fact), side_rows=rows_of_entry)])
    return made


def credential_from(row: Mapping[str, Any]) -> Credential:
    """Return the credential of a row of the table."""
    expires = row["expires_micros"]
    return Credential(
        key=row["key_id"],
        name=row["name"],
        scopes=frozenset(orjson.loads(row["scopes"])),
        authority=orjson.loads(row["authority"]),
        cors_origins=tuple(orjson.loads(row["cors_origins"])),
        ignores_unknown_parameters=bool(row["ignores_unknown"]),
        expires=None if expires is None else from_micros(expires),
        is_revoked=row["revoked_position"] is not None,
    )


def _check(name: str, scopes: Collection[str], expires: datetime | None, now: Callable[[], datetime]) -> None:
    if not name.strip():
        raise InvalidRequest("the credential has no name")
    strangers = sorted(set(scopes) - SCOPES)
    if strangers or not scopes:
        said = f"unknown scope {', '.join(strangers)}" if strangers else "the credential has no scope"
        raise InvalidRequest(f"{said}; the scopes are {', '.join(sorted(SCOPES))}")
    if expires is not None and expires <= now():
        raise InvalidRequest("the credential would expire before it is created")


def _text(random: bytes) -> str:
    """Return ``random``, but for its first bit, in the url-safe alphabet, which has no colon: that ends a user name.

    Without that bit it begins with a letter: what begins with a hyphen is taken for an option on a command line.
    """
    begun = bytes((random[0] & 0x7F,)) + random[1:]
    return base64.urlsafe_b64encode(begun).rstrip(b"=").decode()


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
