"""One record of a Kafka topic, and how a CloudEvent lies in it: structured or binary (CloudEvents, Kafka binding)."""

from collections.abc import Mapping

import msgspec

STRUCTURED = "application/cloudevents+json; charset=UTF-8"
_BINARY = "application/json"


class Record(msgspec.Struct, frozen=True):
    """A record: ``seq`` is its number in what is sent, a ``value`` of None says that what the key names is gone.

    Which partition takes it follows from ``together``: what has the same stays together and in order.
    """

    seq: int
    key: bytes
    together: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


def structured(seq: int, key: str, event: bytes) -> Record:
    """Return the record of a whole event in JSON; whatever has its key stays together."""
    return Record(seq, key.encode(), key.encode(), event, (("content-type", STRUCTURED.encode()),))


def binary(seq: int, attributes: Mapping[str, str], value: bytes | None, *, together: str) -> Record:
    """Return the record of an event whose attributes are headers; its key is ``partitionkey``."""
    headers = [(f"ce_{name}", text.encode()) for name, text in attributes.items() if name != "datacontenttype"]
    if value is not None:
        headers.insert(0, ("content-type", _BINARY.encode()))
    return Record(seq, attributes["partitionkey"].encode(), together.encode(), value, tuple(headers))
