"""From an Authorization header to the credential behind it (Communication 4.0), fast enough for every request."""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from lrs.ingest.credentials import Credential, credential_from, secret_hash
from lrs.ingest.tokens import Tokens
from lrs.log.frame import from_micros
from lrs.log.store import Store
from lrs.xapi.faults import Fault, Unauthenticated

RULE = "Communication 4.0"
_NO_HASH = bytes(32)


class Authenticator:
    """Check Basic credentials and bearer tokens, and remember good ones for half a second: then a revocation holds.

    Remembered under the hash of the header: the cache holds no secret. Safe to use from several threads.
    """

    def __init__(  # noqa: PLR0913 - all but the store by name; the shell leaves most as they are
        self,
        store: Store,
        *,
        now: Callable[[], datetime],
        remember_seconds: float = 0.5,
        max_remembered: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
        tokens: Tokens | None = None,
    ) -> None:
        self._store = store
        self._now = now
        self._remember_seconds = remember_seconds
        self._max_remembered = max_remembered
        self._clock = clock
        self._tokens = tokens
        self._remembered: dict[bytes, tuple[float, Credential]] = {}

    def remembered(self, header: str | None) -> Credential | None:
        """Return the credential of a header that was good a moment ago, without touching the store, or None."""
        if header is None:
            return None
        found = self._remembered.get(_name(header))
        if found is None or self._clock() >= found[0]:
            return None
        return None if self._expired(found[1]) else found[1]

    def authenticate(self, header: str | None) -> Credential:
        """Return the credential of ``header``, read from the store.

        Raises Unauthenticated when it is missing, malformed, unknown, revoked or expired, without telling which key
        exists; InvalidToken for a bearer token that is not good; StoreUnavailable when the store cannot tell.
        """
        until = self._clock() + self._remember_seconds
        token = _bearer(header)
        credential = self._by_key(header) if self._tokens is None or token is None else self._tokens.credential(token)
        self._remember(_name(header or ""), until, credential)
        return credential

    def _by_key(self, header: str | None) -> Credential:
        key, secret = _basic(header)
        rows = self._store.select("select_credential_with_options", {"key_id": key})
        sent = secret_hash(secret)
        kept = bytes(rows[0]["secret_sha256"]) if rows else _NO_HASH
        if not (hmac.compare_digest(kept, sent) or self._is_previous(rows, sent)) or not rows:
            raise _refused("the credentials are wrong")
        credential = credential_from(rows[0])
        if credential.is_revoked or self._expired(credential):
            raise _refused("the credentials are no longer valid")
        return credential

    def _is_previous(self, rows: Sequence[Mapping[str, Any]], sent: bytes) -> bool:
        """Return whether the secret was replaced by a rotation whose time of grace still runs."""
        if not rows or rows[0]["previous_sha256"] is None:
            return False
        good = hmac.compare_digest(bytes(rows[0]["previous_sha256"]), sent)
        return good and from_micros(rows[0]["previous_until_micros"]) > self._now()

    def _expired(self, credential: Credential) -> bool:
        return credential.expires is not None and credential.expires <= self._now()

    def _remember(self, name: bytes, until: float, credential: Credential) -> None:
        if len(self._remembered) >= self._max_remembered:
            self._remembered.clear()
        self._remembered[name] = (until, credential)


def _name(header: str) -> bytes:
    return hashlib.sha256(header.encode()).digest()


def _bearer(header: str | None) -> str | None:
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _basic(header: str | None) -> tuple[str, str]:
    if header is None:
        raise _refused("the Authorization header is missing")
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise _refused("the Authorization header is not of the scheme Basic")
    try:
        opened = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise _refused("the Authorization header is not well-formed") from None
    key, colon, secret = opened.partition(":")
    if not colon:
        raise _refused("the Authorization header has no colon between user name and password")
    if "\0" in key:
        raise _refused("the credentials are wrong")
    return key, secret


def _refused(message: str) -> Unauthenticated:
    return Unauthenticated(message, [Fault(message, rule=RULE)])
