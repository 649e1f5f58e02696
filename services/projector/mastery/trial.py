"""Try a policy on a file of entries, without a server (rule book, sections 16 to 18)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from projector.mastery import views
from projector.mastery.checks import parse_time
from projector.mastery.documents import UndoableDocuments
from projector.mastery.faults import Refused
from projector.mastery.fold import STATEMENT, Fold
from projector.mastery.times import instant, moment_of

TENANT = "default"
NAMESPACE = uuid5(NAMESPACE_URL, "urn:mastrail:try")

_POLICY_ACTIVATED = "PolicyActivated"

Line = Mapping[str, Any]
LeaveOut = Callable[[Refused], None]
"""Called with the reason why a store would not take the line that was given last."""


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
        self.documents = UndoableDocuments()
        self._question = question
        self._namespace = namespace
        self._seen: list[tuple[int, datetime, Line]] = []
        self._last = 0
        self._fold = self._new_fold()
        for document in (*question.others, *question.policies, *question.roles):
            self._fold.preload(document)

    def _new_fold(self) -> Fold:
        return Fold(self.documents, tenant=TENANT, namespace=self._namespace, history=self._history)

    def _history(self, before: int) -> Iterator[tuple[int, datetime, Line]]:
        return (one for one in self._seen if one[0] < before)

    def take(self, position: int, line: Line) -> list[dict[str, Any]]:
        """Fold one line and return its events; a line that is refused changes nothing."""
        last, latest = self._last, self._fold.latest
        self.documents.begin()
        try:
            return self._taken(position, line)
        except Refused:
            if self.documents.undo():
                self._fold = self._new_fold()
            self._fold.latest, self._last = latest, last
            raise

    def _taken(self, position: int, line: Line) -> list[dict[str, Any]]:
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


def run(lines: Iterable[Line], question: Question, leave_out: LeaveOut | None = None) -> Iterator[dict[str, Any]]:
    """Yield the lines of the output: the events of each entry that caused any, and last the states and roles.

    ``lines`` are parsed with decimals, their statements those that a store would keep; a statement without an id gets
    one from its position. Other entries that a store would not take get no position and are given to ``leave_out``;
    without it, and for a policy that is invalid, raises InvalidDocument or UnsupportedFeature with a JSON pointer,
    before the first line when a policy of the question is at fault.
    """
    trial, position = Trial(question), 1
    for line in lines:
        if question.known_at is not None and position > question.known_at:
            break
        try:
            events = trial.take(position, _with_id(position, line))
        except Refused as refused:
            if leave_out is None or _kind(line) == _POLICY_ACTIVATED:
                refused.position = position
                raise
            leave_out(refused)
            continue
        if events:
            yield {"position": position, "events": events}
        position += 1
    yield trial.answer()
