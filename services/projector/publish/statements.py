"""xAPI out: transitions written back as statements, for those policies that ask for it (``statements: true``).

Each event makes one statement whose id follows from the event's, so that it is stored once however often it is sent.
Its authority is the engine, whose statements are never evidence. The words are those of ``schemas/xapi-profile``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol
from uuid import UUID, uuid5

import msgspec

from projector.mastery.canonical import own_canonical
from projector.mastery.documents import Documents
from projector.mastery.identity import PERSON, agent_of
from projector.mastery.registry import POLICY
from projector.mastery.state import VALID
from projector.publish.target import IdAt, TargetUnavailable
from projector.publish.topics import short_name
from projector.store.faults import ProjectionFault
from projector.store.projection import FeedEvent, Snapshot

PROFILE = "urn:mastrail:profile:mastery:1"
AUTHORITY: Mapping[str, Any] = {
    "objectType": "Agent",
    "account": {"homePage": "urn:mastrail:engine", "name": "mastery"},
}
_ASSERTED = ("https://w3id.org/xapi/tla/verbs/asserted", "asserted")
_COMPETENCY = "https://w3id.org/xapi/tla/activity-types/competency"
_OWN = "urn:mastrail:verb:"
_EXTENSION = "urn:mastrail:extension:"
_VERBS: Mapping[str, tuple[str, str]] = {
    "attained": _ASSERTED,
    "renewed": _ASSERTED,
    "reinstated": _ASSERTED,
    "held": (f"{_OWN}withheld", "withheld"),
    "expiring": (f"{_OWN}expiring", "is about to lose"),
    "grace": (f"{_OWN}grace", "has in grace"),
    "lapsed": (f"{_OWN}lapsed", "let lapse"),
    "declined": (f"{_OWN}declined", "fell below"),
    "revoked": (f"{_OWN}revoked", "lost"),
    "reevaluated": (f"{_OWN}reevaluated", "was judged anew"),
    "level.reached": (f"{_OWN}level-reached", "reached a level of"),
    "level.lost": (f"{_OWN}level-lost", "lost a level of"),
}


class Sink(Protocol):
    """Where statements go; ``mastrail.asserting`` puts them through the checks that every request goes through."""

    def take(self, statements: Sequence[bytes]) -> None:
        """Store statements; durable once it returns, and one that is there already stays as it is.

        Raises TargetUnavailable when the store cannot take them now.
        """
        ...


class StatementsTarget:
    """The log itself as a place that the feed is sent to, as statements."""

    name = "statements"

    def __init__(self, open_snapshot: Callable[[], AbstractContextManager[Snapshot]], sink: Sink) -> None:
        self._open_snapshot = open_snapshot
        self._sink = sink

    def open(self, feed: str, id_at: IdAt) -> None:
        """Nothing has to be found out: what was stored is recognised by its id."""
        del feed, id_at

    def send(self, events: Sequence[FeedEvent]) -> int:
        """Store the statements of those events that make one; returns how many do."""
        transitions = [event for event in events if short_name(event.type) in _VERBS and event.person_id is not None]
        if not transitions:
            return 0
        try:
            with self._open_snapshot() as snapshot:
                statements = list(_statements(transitions, snapshot.documents))
        except ProjectionFault as error:
            raise TargetUnavailable("the projection cannot be read now") from error
        if statements:
            self._sink.take(statements)
        return len(statements)

    def close(self) -> None:
        """Nothing is held open."""


def _statements(events: Iterable[FeedEvent], documents: Documents) -> Iterable[bytes]:
    asked: dict[str, bool] = {}
    for event in events:
        told = msgspec.json.decode(event.body)
        key = f"{told['data']['policy']['id']}#{told['data']['policy']['version']}"
        if key not in asked:
            policy = documents.get(POLICY, key)
            asked[key] = policy is not None and policy.parsed().get("statements") is True
        person = documents.get(PERSON, event.person_id or "") if asked[key] else None
        if person is not None and person.label:
            yield own_canonical(statement_of(told, person.label))


def statement_of(event: Mapping[str, Any], label: str) -> dict[str, Any]:
    """Return the statement of a transition about the person of a canonical identifier."""
    data, (verb, display) = event["data"], _VERBS[short_name(event["type"])]
    current = data["current"]
    told = {"status": current["status"], "level": current["level"], "validUntil": current["validUntil"]}
    result: dict[str, Any] = {"success": current["status"] in VALID, "extensions": {f"{_EXTENSION}state": told}}
    if current["value"] is not None:
        result["score"] = {"scaled": msgspec.Raw(current["value"].encode())}
    context = {
        "platform": "Mastrail",
        "contextActivities": {"category": [{"objectType": "Activity", "id": PROFILE}]},
        "extensions": {
            f"{_EXTENSION}event": event["id"],
            f"{_EXTENSION}policy": data["policy"],
            f"{_EXTENSION}evidence": data["evidence"]["sha256"],
        },
    }
    definition = {"type": _COMPETENCY}
    return {
        "id": str(uuid5(UUID(event["id"]), "statement")),
        "actor": {"objectType": "Agent", **agent_of(label)},
        "verb": {"id": verb, "display": {"en": display}},
        "object": {"objectType": "Activity", "id": data["competency"]["iri"], "definition": definition},
        "result": result,
        "context": context,
        "timestamp": event["time"],
    }
