"""The signing keys of an OpenID Connect issuer: kept, and fetched again when a token names one that is not known.

How they are fetched is the shell's matter. What is served is not held up by an issuer that is slow or down: keys
that are known stay good, and nobody asks it more often than once in a while.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from lrs.xapi.faults import Overloaded

PublicKey = RSAKey | ECKey | OKPKey
_MAX_KEYS = 100


class KeysUnavailable(Exception):
    """The keys of the issuer cannot be fetched; the message says why, for the operator."""


class IssuerKeys:
    """The keys of one issuer. Safe to use from several threads."""

    def __init__(
        self,
        fetch: Callable[[], bytes],
        *,
        min_seconds: float = 10.0,
        max_seconds: float = 600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the JWK set from ``fetch``: at most once in ``min_seconds``, and again when it is ``max_seconds`` old.

        ``fetch`` returns the JSON of the set (RFC 7517 5) or raises KeysUnavailable.
        """
        self._fetch = fetch
        self._min_seconds = min_seconds
        self._max_seconds = max_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: Mapping[str, PublicKey] | None = None
        self._asked = float("-inf")

    def find(self, key_id: str | None) -> PublicKey | None:
        """Return the key of that id, or the only one when a token names none; None when there is no such key.

        Raises Overloaded when no keys were ever had and the issuer cannot be reached.
        """
        if self._clock() - self._asked >= self._max_seconds or _pick(self._keys, key_id) is None:
            self._refresh()
        if self._keys is None:
            raise Overloaded("the issuer of the token cannot be reached to check it; try again")
        return _pick(self._keys, key_id)

    def _refresh(self) -> None:
        with self._lock:
            if self._clock() - self._asked < self._min_seconds:
                return
            self._asked = self._clock()
            try:
                self._keys = public_keys(self._fetch())
            except KeysUnavailable:
                return


def public_keys(content: bytes) -> dict[str, PublicKey]:
    """Return the keys of a JWK set that may check signatures, by id; those of other uses and kinds are passed over.

    Raises KeysUnavailable when ``content`` is no JWK set.
    """
    try:
        listed = orjson.loads(content)["keys"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise KeysUnavailable("what the issuer answers is no JWK set") from None
    if not isinstance(listed, list):
        raise KeysUnavailable("what the issuer answers is no JWK set")
    found = [(one, _key(one)) for one in listed[:_MAX_KEYS] if isinstance(one, dict)]
    return {str(one.get("kid", "")): key for one, key in found if key is not None}


def _key(listed: dict[str, Any]) -> PublicKey | None:
    if listed.get("use", "sig") != "sig" or listed.get("kty") not in ("RSA", "EC", "OKP"):
        return None
    try:
        key = JWKRegistry.import_key(listed)
    except (JoseError, ValueError, TypeError):
        return None
    return key if isinstance(key, RSAKey | ECKey | OKPKey) else None


def _pick(keys: Mapping[str, PublicKey] | None, key_id: str | None) -> PublicKey | None:
    if not keys:
        return None
    if key_id is None:
        return next(iter(keys.values())) if len(keys) == 1 else None
    return keys.get(key_id)
