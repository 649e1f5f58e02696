"""The events that the shares of one log told, as one fold would have told them (mastery.md section 13, N workers = 1).

The events of an entry are in the order of their places. What is about nobody in particular every share tells: it is
told once, with the people counted together and the numbers that it has among all.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from projector.mastery.canonical import own_canonical
from projector.mastery.envelope import event_id, sequence_text

_COUNTED = ("people", "gained", "lost")


class Told(msgspec.Struct, array_like=True):
    """An event that a share told, its ``place`` among those of the entry, and its canonical bytes.

    ``is_common`` says that it is on the stream of the tenant, which all shares have in common.
    """

    position: int
    place: tuple[Any, ...]
    is_common: bool
    person_id: str | None
    type: str
    event_id: str
    body: bytes


def _added(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return an event about nobody with the people of both counted together."""
    counts = {name: one["data"][name] + other["data"][name] for name in _COUNTED if name in one["data"]}
    return {**one, "data": {**one["data"], **counts}}


class Joining:
    """Joins what shares told; ``sequence`` is the number of the last event on the stream of the tenant."""

    def __init__(self, namespace: UUID, sequence: int) -> None:
        self._namespace = namespace
        self.sequence = sequence

    def joined(self, shares: Iterable[Sequence[Told]]) -> list[Told]:
        """Return the events of a stretch of the log, in order, of what each share told of it."""
        told: list[Told] = []
        alike: dict[tuple[Any, ...], list[Told]] = {}
        for share in shares:
            before: Counter[tuple[Any, ...]] = Counter()
            for one in share:
                if not one.is_common:
                    told.append(one)
                    continue
                name = (one.position, one.place, one.type, msgspec.json.decode(one.body)["subject"])
                alike.setdefault((*name, before[name]), []).append(one)
                before[name] += 1
        told.extend(self._once(found) for found in alike.values())
        told.sort(key=lambda one: (one.position, one.place))
        return self._numbered(told)

    @staticmethod
    def _once(found: Sequence[Told]) -> Told:
        """Return what several shares told about nobody as one."""
        if len(found) == 1:
            return found[0]
        event = msgspec.json.decode(found[0].body)
        for other in found[1:]:
            event = _added(event, msgspec.json.decode(other.body))
        return msgspec.structs.replace(found[0], body=own_canonical(event))

    def _numbered(self, told: Iterable[Told]) -> list[Told]:
        """Return the events, those about nobody with their numbers."""
        numbered: list[Told] = []
        ordinals: Counter[tuple[int, str, str]] = Counter()
        for one in told:
            if not one.is_common:
                numbered.append(one)
                continue
            event = msgspec.json.decode(one.body)
            name = (one.position, event["subject"], one.type)
            self.sequence += 1
            identity = event_id(self._namespace, (one.position, "", *_subject(event), one.type, ordinals[name]))
            ordinals[name] += 1
            event = {**event, "id": identity, "sequence": sequence_text(self.sequence)}
            numbered.append(msgspec.structs.replace(one, event_id=identity, body=own_canonical(event)))
        return numbered


def _subject(event: dict[str, Any]) -> tuple[str]:
    return ("" if event["subject"] == event["data"]["tenant"] else event["subject"],)
