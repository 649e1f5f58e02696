"""Where the next page of a query starts, as a text that clients pass back unread (Communication 2.1.3 ``more``).

It is signed so that only cursors of this store are taken; it grants nothing, credentials are checked on every page.
"""

import base64
import binascii
import hmac
import struct
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson

from lrs.log.store import Store
from lrs.xapi.faults import Fault, InvalidQuery

_MAC_BYTES = 16
_WORDS = 4


def cursor_key(store: Store) -> bytes:
    """Return the signing key: 256 bits derived from the secret key that the store keeps."""
    return struct.pack(f">{_WORDS}q", *(store.term("cursor key", str(word)) for word in range(_WORDS)))


def sign(key: bytes, place: Mapping[str, Any]) -> str:
    """Return ``place`` as a url-safe signed text."""
    content = orjson.dumps(place)
    return base64.urlsafe_b64encode(_mac(key, content) + content).rstrip(b"=").decode()


def verify(key: bytes, cursor: str) -> dict[str, Any]:
    """Return the place that ``cursor`` names. Raises InvalidQuery when it is not one that this store signed."""
    try:
        opened = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        opened = b""
    mac, content = opened[:_MAC_BYTES], opened[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(key, content)):
        message = "the more link is not one that this store gave out"
        raise InvalidQuery(message, [Fault(message, rule="Communication 2.1.3")])
    place: dict[str, Any] = orjson.loads(content)
    return place


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, sha256).digest()[:_MAC_BYTES]
