"""Reads of credentials: what an operator lists and what browsers may be told."""

from collections.abc import Mapping
from typing import Any

import orjson

from lrs.log.frame import from_micros
from lrs.log.store import Store

_ALL = "list_credentials_with_options"


def credentials(store: Store) -> list[Mapping[str, Any]]:
    """Return every credential, oldest first, never a secret.

    Each has ``key, name, scopes, authority, corsOrigins, ignoresUnknownParameters, revoked``, ``expires`` (UTC) and
    ``previousSecretUntil``, the time (UTC) through which the secret before the last rotation is good.
    """
    return [_listed(row) for row in store.select(_ALL, {})]


def cors_origins(store: Store) -> frozenset[str]:
    """Return the browser origins of all credentials that are not revoked."""
    rows = [row for row in store.select(_ALL, {}) if row["revoked_position"] is None]
    return frozenset(origin for row in rows for origin in orjson.loads(row["cors_origins"]))


def _listed(row: Mapping[str, Any]) -> Mapping[str, Any]:
    expires, previous = row["expires_micros"], row["previous_until_micros"]
    return {
        "key": row["key_id"],
        "name": row["name"],
        "scopes": orjson.loads(row["scopes"]),
        "authority": orjson.loads(row["authority"]),
        "corsOrigins": orjson.loads(row["cors_origins"]),
        "ignoresUnknownParameters": bool(row["ignores_unknown"]),
        "expires": None if expires is None else from_micros(expires),
        "previousSecretUntil": None if previous is None else from_micros(previous),
        "revoked": row["revoked_position"] is not None,
    }
