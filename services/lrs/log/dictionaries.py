"""Compression dictionaries and their numbers: those of the package, for every store, and those that a store trained.

A number means the same bytes for ever. Numbers below 256 are files of this package. The others are entries of the log,
so that whoever has the log can read it; the id of such an entry follows from its number. Its payload is JSON with
``number``, ``trained_on`` (the last position that it was trained on) and ``dictionary`` (base64), which is empty where
training gave nothing better than the dictionary before.
"""

import binascii
from base64 import b64decode, b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
import rfc8785

from lrs.log import facts
from lrs.log.entry import LogEntry
from lrs.log.faults import StoreDamaged

GENERIC = 1
SHA256_OF_PACKAGE = {GENERIC: "9989eefaf54009ac497ffde1acf6eabaa05fcc6a4f5fd1705e638a0c1b97cc7c"}
"""The dictionaries of this package; none is ever changed or removed, for stores have payloads that need it."""


def entry_id(number: int) -> UUID:
    """Return the id of the log entry that holds a dictionary of the store."""
    return uuid5(NAMESPACE_URL, f"{facts.DICTIONARY_TRAINED}#{number}")


@cache
def of_package(number: int) -> bytes:
    """Return a dictionary of the package. Raises StoreDamaged for a number that it does not have."""
    if number not in SHA256_OF_PACKAGE:
        raise StoreDamaged(f"there is no compression dictionary {number}")
    content = (files("lrs.log") / "zstd" / f"{number}.dict").read_bytes()
    if sha256(content).hexdigest() != SHA256_OF_PACKAGE[number]:
        raise StoreDamaged(f"the compression dictionary {number} of this installation is not the one it was made with")
    return content


def pack(number: int, trained_on: int, content: bytes) -> bytes:
    """Return the payload of the entry of a dictionary; without ``content`` when there is none under that number."""
    return rfc8785.dumps({"number": number, "trained_on": trained_on, "dictionary": b64encode(content).decode("ascii")})


def unpack(number: int, entry: LogEntry) -> bytes:
    """Return the dictionary in the entry of its id, or nothing. Raises StoreDamaged when it is another one.

    A client may choose that id for a statement: then there is no dictionary under that number, and no harm done.
    """
    if entry.topic != facts.DICTIONARY_TRAINED:
        return b""
    try:
        named = orjson.loads(entry.payload)
        if named["number"] != number:
            raise StoreDamaged(f"the entry of compression dictionary {number} has another number")
        return b64decode(named["dictionary"], validate=True)
    except (orjson.JSONDecodeError, KeyError, TypeError, binascii.Error) as error:
        raise StoreDamaged(f"the entry of compression dictionary {number} cannot be read") from error
