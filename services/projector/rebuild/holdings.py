"""Whose the stored documents are, so that a rebuild that was interrupted can be shared out again."""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from projector.mastery.credentials import ELIGIBILITY
from projector.mastery.evidence import ASSESSMENTS, ERASED, FACTS, PLACE, SEALED
from projector.mastery.identity import OWNER, PERSON, key_of_text
from projector.mastery.knowledge import DECISIONS
from projector.mastery.organisation import ASSIGNMENT
from projector.mastery.publication import DUE
from projector.mastery.roles import READINESS
from projector.mastery.share import Share
from projector.mastery.state import STATE
from projector.store.chunks import owner_of
from projector.store.database import Row
from projector.store.projection import Snapshot

_SEPARATOR = "|"


def _behind(key: str) -> str:
    return key.partition(_SEPARATOR)[2]


def _before_number(key: str) -> str:
    return _behind(key).rpartition(_SEPARATOR)[0]


def _placed(body: bytes) -> str | None:
    pairs = msgspec.json.decode(body, type=PLACE.struct).pairs
    return pairs[0][1] if pairs else None


BY_IDENTIFIER: Mapping[str, Callable[[str, bytes], str | None]] = {
    OWNER.name: lambda key, _: key,
    ERASED.name: lambda key, _: key,
    FACTS.name: lambda key, _: _behind(key),
    SEALED.name: lambda key, _: _before_number(key),
    DECISIONS.name: lambda key, _: _behind(key),
    PLACE.name: lambda _, body: _placed(body),
    ASSESSMENTS.name: lambda _, body: msgspec.json.decode(body, type=ASSESSMENTS.struct).subject,
    ASSIGNMENT.name: lambda _, body: msgspec.json.decode(body, type=ASSIGNMENT.struct).identifier,
}
"""The kinds whose documents belong to the person of an identifier, and how that is found."""

BY_PERSON: Mapping[str, Callable[[str], str]] = {
    STATE.name: lambda key: key.partition(_SEPARATOR)[0],
    ELIGIBILITY.name: lambda key: key.partition(_SEPARATOR)[0],
    READINESS.name: lambda key: key.partition(_SEPARATOR)[0],
    DUE.name: lambda key: _behind(key).partition(_SEPARATOR)[0],
}
"""The kinds whose keys name a person, and how."""


class Holdings:
    """What of a projection belongs to one share; what is nobody's in particular belongs to every share."""

    def __init__(self, share: Share, snapshot: Snapshot) -> None:
        self._share = share
        self._snapshot = snapshot
        people = snapshot.fresh_documents().scan(PERSON)
        self._strangers = {one.id for _, one in people if one.label and not share.takes(key_of_text(one.label))}

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the share."""
        for row in self._snapshot.every_document():
            if self._is_ours(row["kind"], bytes(row["key"]).decode("utf-8", "surrogatepass"), row["body"]):
                yield row

    def _is_ours(self, kind: str, key: str, body: bytes) -> bool:
        kind, _, part = kind.partition("/")
        key = owner_of(key) if part else key
        if kind == PERSON.name:
            return key not in self._strangers
        if kind in BY_PERSON:
            return BY_PERSON[kind](key) not in self._strangers
        find = BY_IDENTIFIER.get(kind)
        found = None if find is None else find(key, body)
        return found is None or self._share.takes(found)
