"""Try a policy on a file of entries, without a server (rule book, sections 16 to 18)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from projector.mastery import views
from projector.mastery.checks import parse_time
from projector.mastery.documents import DictDocuments
from projector.mastery.faults import Refused
from projector.mastery.fold import STATEMENT, Fold
from projector.mastery.times import instant, moment_of

TENANT = "default"
NAMESPACE = uuid5(NAMESPACE_URL, "urn:mastrail:try")

Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """What is tried: policies, roles and other dated documents as parsed, and the two query axes."""

    policies: Sequence[Line]
    roles: Sequence[Line] = ()
    as_of: datetime | None = None
    known_at: int | None = None
    others: Sequence[Line] = ()


def _recorded(line: Line, last: int) -> int:
    """Return when a line was recorded: its own word, else its own time, else that of the line before."""
    for name in ("stored", "recorded", "now", "timestamp"):
        text = line.get(name)
        if isinstance(text, str):
            return parse_time(text, f"/{name}")
    return last


def _kind(line: Line) -> str:
    return str(line["entry"]) if "entry" in line else STATEMENT


def _with_id(position: int, line: Line) -> Line:
    return line if "entry" in line or "id" in line else {**line, "id": str(uuid5(NAMESPACE, str(position)))}


class Trial:
    """The fold over the lines of a file; positions count the lines from 1."""

    def __init__(self, question: Question, namespace: UUID = NAMESPACE) -> None:
        self.documents = DictDocuments()
        self._question = question
        self._seen: list[tuple[int, datetime, Line]] = []
        self._last = 0
        self._fold = Fold(self.documents, tenant=TENANT, namespace=namespace, history=self._history)
        for document in (*question.others, *question.policies, *question.roles):
            self._fold.preload(document)

    def _history(self, before: int) -> Iterator[tuple[int, datetime, Line]]:
        return (one for one in self._seen if one[0] < before)

    def take(self, position: int, line: Line) -> list[dict[str, Any]]:
        """Fold one line and return its events."""
        self._last = _recorded(line, self._last)
        recorded, kind = moment_of(self._last), _kind(line)
        if kind == STATEMENT:
            actor = line.get("actor")
            if isinstance(actor, Mapping) and actor.get("objectType") != "Group":
                self._fold.meet(actor)
        events = self._fold.apply(position, kind, recorded, line)
        if kind == STATEMENT:
            self._seen.append((position, recorded, line))
        return events

    def answer(self) -> dict[str, Any]:
        """Return the last line of the output: the states, the answers about roles and, if any, about credentials."""
        as_of = None if self._question.as_of is None else instant(self._question.as_of)
        told = {"states": views.states(self.documents, as_of=as_of), "roles": views.roles(self.documents, as_of)}
        credentials = views.credentials(self.documents, as_of)
        return {**told, "credentials": credentials} if credentials else told


def run(lines: Iterable[Line], question: Question) -> Iterator[dict[str, Any]]:
    """Yield the lines of the output: the events of each entry that caused any, and last the states and roles.

    ``lines`` are those that a store would keep, parsed with decimals; a statement without an id gets one from its
    position. Raises InvalidDocument or UnsupportedFeature with a JSON pointer, before the first line when a policy
    is at fault.
    """
    trial = Trial(question)
    for position, line in enumerate(lines, start=1):
        if question.known_at is not None and position > question.known_at:
            break
        try:
            events = trial.take(position, _with_id(position, line))
        except Refused as refused:
            refused.position = position
            raise
        if events:
            yield {"position": position, "events": events}
    yield trial.answer()
