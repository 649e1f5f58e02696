r"""The log entry: the text that is hashed into a leaf of the tree; it names nobody.

::

    mastrail-entry/v1
    2026-11-22T01:02:03.123456Z        when the fact was recorded
    statement.stored                   what kind of fact, from a closed vocabulary
    <base64 SHA-256 of the stored blob>
    <base64 commitment to the exact bytes, openable person by person>
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from projector.notary.core.encoding import from_base64, to_base64
from projector.notary.core.faults import MalformedEntry
from projector.notary.core.merkle import HASH_BYTES

FORMAT = "mastrail-entry/v1"
MAX_ENTRY_BYTES = 512
_COMMITMENT_PREFIX = b"mastrail-commit/v1\x00"
_SALT_INFO = b"mastrail/commit/v1"
_FIRST_BLOCK = b"\x01"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LENGTH_BYTES = 4
_LINES = 5

STATEMENT_TOPIC = "xapi.statement.stored.v1"
EVENT_TYPES = {
    STATEMENT_TOPIC: "statement.stored",
    "mastrail.tenant.created.v1": "tenant.created",
    "mastrail.framework.published.v1": "framework.published",
    "mastrail.policy.activated.v1": "policy.activated",
    "mastrail.role.published.v1": "role.published",
    "mastrail.goal.published.v1": "goal.published",
    "mastrail.assignment.changed.v1": "assignment.changed",
    "mastrail.alignment.changed.v1": "alignment.changed",
    "mastrail.aliases.published.v1": "aliases.published",
    "mastrail.credential.rule.published.v1": "credential.rule.published",
    "mastrail.trust.changed.v1": "trust.changed",
    "mastrail.identity.linked.v1": "identity.linked",
    "mastrail.identity.unlinked.v1": "identity.unlinked",
    "mastrail.persons.merged.v1": "persons.merged",
    "mastrail.person.split.v1": "person.split",
    "mastrail.decision.v1": "decision",
    "mastrail.clock.advanced.v1": "clock.advanced",
    "mastrail.learner.erased.v1": "learner.erased",
    "mastrail.credential.created.v1": "credential.created",
    "mastrail.credential.revoked.v1": "credential.revoked",
    "mastrail.credential.rotated.v1": "credential.rotated",
    "mastrail.dictionary.trained.v1": "dictionary.trained",
}
"""The closed vocabulary: the event type of every topic. A stored topic never changes its type."""

_KNOWN_TYPES = frozenset(EVENT_TYPES.values())


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the exact bytes of a fact that can be opened, or lost, on its own, and the data key it is under."""

    data_key: bytes = field(repr=False)
    content: bytes = field(repr=False)


class Segments(Protocol):
    """Which bytes of a fact are committed to, and under whose key. This is where erasure per person will attach.

    The answer for a fact must never change: the leaf that rests on it is signed.
    """

    def __call__(self, topic: str, payload: bytes) -> Sequence[Segment]:
        """Return the segments of the fact, at least one, in a fixed order. Raises MalformedEntry."""
        ...


@dataclass(frozen=True, slots=True)
class WholeFact:
    """One segment under one key of the whole store: a statement's bytes as received, else the payload."""

    data_key: bytes = field(repr=False)

    def __call__(self, topic: str, payload: bytes) -> Sequence[Segment]:
        """Return the one segment. Raises MalformedEntry when a statement's payload is cut short."""
        content = received_bytes(payload) if topic == STATEMENT_TOPIC else payload
        return (Segment(self.data_key, content),)


@dataclass(frozen=True, slots=True)
class Entry:
    """The content of a log entry. ``blob_hash`` and ``commitment`` are 32 bytes each."""

    recorded: datetime
    event_type: str
    blob_hash: bytes
    commitment: bytes

    def text(self) -> bytes:
        """Return the entry as it is hashed into the tree."""
        hashes = f"{to_base64(self.blob_hash)}\n{to_base64(self.commitment)}\n"
        return f"{FORMAT}\n{utc_text(self.recorded)}\n{self.event_type}\n{hashes}".encode("ascii")


def make_entry(topic: str, entry_id: UUID, recorded: datetime, blob: bytes, segments: Sequence[Segment]) -> Entry:
    """Return the log entry of a fact. Raises MalformedEntry when its topic is outside the vocabulary."""
    nonce = event_nonce(entry_id, recorded)
    openings = [(commitment_salt(part.data_key, nonce, place), part.content) for place, part in enumerate(segments)]
    return Entry(recorded, event_type(topic), sha256(blob).digest(), commitment(openings))


def event_type(topic: str) -> str:
    """Return the event type of ``topic``. Raises MalformedEntry when the vocabulary lacks it."""
    try:
        return EVENT_TYPES[topic]
    except KeyError:
        raise MalformedEntry(f"the topic {topic!r} has no event type in the vocabulary of {FORMAT}") from None


def parse_entry(text: bytes) -> Entry:
    """Return the content of a log entry. Raises MalformedEntry unless ``text`` is exactly what ``Entry.text`` gives."""
    try:
        lines = text.decode("ascii").split("\n")
        if len(text) > MAX_ENTRY_BYTES or len(lines) != _LINES + 1 or lines[2] not in _KNOWN_TYPES:
            raise ValueError("wrong lines")
        if not lines[1].endswith("Z"):
            raise ValueError("not in UTC")
        entry = Entry(datetime.fromisoformat(lines[1]), lines[2], from_base64(lines[3]), from_base64(lines[4]))
    except ValueError as error:
        raise MalformedEntry(f"not a log entry of {FORMAT}") from error
    if len(entry.blob_hash) != HASH_BYTES or len(entry.commitment) != HASH_BYTES or entry.text() != text:
        raise MalformedEntry(f"not a log entry of {FORMAT}")
    return entry


def commitment(openings: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Return the commitment to segments, each given with its salt: a hash over one HMAC for each segment."""
    parts = (hmac.digest(salt, content, "sha256") for salt, content in openings)
    return sha256(_COMMITMENT_PREFIX + b"".join(parts)).digest()


def commitment_salt(data_key: bytes, nonce: bytes, place: int) -> bytes:
    """Return the 32-byte salt of segment ``place``: one block of HKDF-Expand (RFC 5869 section 2.3)."""
    info = _SALT_INFO + nonce + place.to_bytes(4, "big")
    return hmac.digest(data_key, info + _FIRST_BLOCK, "sha256")


def event_nonce(entry_id: UUID, recorded: datetime) -> bytes:
    """Return what sets the salts of this fact apart: its id and its recorded time in microseconds since 1970."""
    return entry_id.bytes + ((recorded - _EPOCH) // _MICROSECOND).to_bytes(8, "big", signed=True)


def received_bytes(payload: bytes) -> bytes:
    """Return the bytes of a statement as they were received: length-prefixed at the start of its payload.

    Raises MalformedEntry when the payload is shorter than it says.
    """
    end = _LENGTH_BYTES + int.from_bytes(payload[:_LENGTH_BYTES], "big")
    if len(payload) < max(end, _LENGTH_BYTES):
        raise MalformedEntry("a statement's payload is shorter than the length at its start")
    return payload[_LENGTH_BYTES:end]


def utc_text(moment: datetime) -> str:
    """Return ``moment`` in UTC with six digits of microseconds and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
