"""Take a JSON object apart into its members and put it together again without touching the bytes of any value."""

from collections.abc import Mapping

import msgspec
import orjson

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


def split_members(text: bytes | msgspec.Raw) -> dict[str, bytes]:
    """Return the text of every value of the JSON object ``text``, in order. Raises ValueError if it is none."""
    return {key: bytes(value) for key, value in _members.decode(text).items()}


def join_members(members: Mapping[str, bytes]) -> bytes:
    """Return the JSON object that has ``members``, each value as it stands."""
    return b"{" + b",".join(orjson.dumps(key) + b":" + value for key, value in members.items()) + b"}"
