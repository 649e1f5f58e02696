"""Every question, answered from one unchanging state of the live projection."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from lrs.xapi.faults import Fault, InvalidQuery, NotFound
from projector.mastery.aliases import ALIAS_TABLE
from projector.mastery.documents import DictDocuments, Documents, Kind
from projector.mastery.registry import ACTIVATIONS, ALIGNMENT, POLICY, Registry
from projector.mastery.spans import parse_span, shift
from projector.mastery.state import VALID
from projector.mastery.times import instant, render, render_or_none
from projector.questions.conditions import Missing, size
from projector.questions.credentials import credentials_of, eligible_people
from projector.questions.deadline import NO_DEADLINE, Deadline
from projector.questions.known import documents_as_known
from projector.questions.log import Log, position_at
from projector.questions.organisation import Scope, seats, team_members
from projector.questions.preloaded import Preloaded
from projector.questions.ranks import RowRanks
from projector.questions.readiness import Measured, Rank, candidates, gaps, measured, summary
from projector.questions.standpoint import Standpoint
from projector.questions.steps import feeding, may_skip, next_steps
from projector.questions.telling import state_of, states_of, trail_of
from projector.questions.trial import FrameworkTrial, PolicyTrial, Progress
from projector.store.projection import Snapshot
from projector.trail.evidence_trail import LeafIndex, placed

FORECAST_MONTHS = (0, 18, 24, 36, 48)
ENDING_COLUMNS = ("personId", "competency", "status", "level", "validUntil")
_EXPIRING_PAGE = 500
_PUBLISHED: tuple[Kind[Any], ...] = (ACTIVATIONS, ALIGNMENT, ALIAS_TABLE)


@dataclass(frozen=True, slots=True)
class At:
    """The two axes of a question: ``as_of`` an event time, ``known_at`` a log position or the time of recording.

    Instants are microseconds since 1970 UTC; None is now.
    """

    as_of: int | None = None
    known_at: int | None = None
    recorded: int | None = None

    @property
    def is_now(self) -> bool:
        """Tell whether neither axis is turned back."""
        return self.as_of is None and self.known_at is None and self.recorded is None


NOW = At()


class Questions:
    """The questions over one store. ``now`` is the clock for what no policy decides. Any thread may ask."""

    def __init__(
        self,
        open_snapshot: Callable[[], Any],
        log: Log,
        *,
        now: Callable[[], datetime],
        leaf_index: LeafIndex = lambda _: None,
    ) -> None:
        self._open_snapshot = open_snapshot
        self._log = log
        self._now = now
        self._leaf_index = leaf_index
        self._lock = Lock()
        self._registry: tuple[object, Registry] | None = None

    def states(self, person: str, at: At, deadline: Deadline = NO_DEADLINE) -> list[dict[str, Any]]:
        """Return the states of a person. Raises NotFound for an unknown person."""
        with self._look(at, deadline, person) as (standpoint, _):
            standpoint.require_person(person)
            return list(states_of(standpoint, person))

    def trail(self, person: str, competency: str, at: At, deadline: Deadline = NO_DEADLINE) -> dict[str, Any]:
        """Return the trail of a person and competency. Raises NotFound when nothing touches it."""
        with self._look(at, deadline, person) as (standpoint, snapshot):
            try:
                told = trail_of(standpoint, person, competency)
            except KeyError as error:
                raise NotFound("nothing of this person touches this competency") from error
            known_at = snapshot.position() if at.is_now or at.known_at is None else at.known_at
            return {**told, "knownAt": known_at, "steps": placed(told["steps"], self._log, self._leaf_index)}

    def explanation(
        self, person: str, competency: str, level: str | None, at: At, deadline: Deadline = NO_DEADLINE
    ) -> dict[str, Any]:
        """Return the smallest set of conditions that are missing to a level (None: mastery)."""
        with self._look(at, deadline, person) as (standpoint, _):
            standpoint.require_person(person)
            wanted = _wanted(standpoint, competency, level)
            state = state_of(standpoint, person, competency)["body"]
            missing = Missing(standpoint).of(person, competency, level)
            told = {name: state[name] for name in ("status", "level", "value", "attainedAt", "validUntil")}
            head = {"personId": person, "competency": competency, "wanted": wanted}
            return {**head, **told, "conditions": size(missing), "missing": missing}

    def eligibility(self, person: str, competency: str, at: At, deadline: Deadline = NO_DEADLINE) -> dict[str, Any]:
        """Return whether mastery may be asserted of a person, whether they may begin, and the reasons."""
        with self._look(at, deadline, person) as (standpoint, _):
            standpoint.require_person(person)
            _wanted(standpoint, competency, None)
            missing = Missing(standpoint)
            policy, outcome = standpoint.standing(person, competency)
            reasons = missing.of(person, competency)
            is_eligible = outcome.status in VALID
            if is_eligible and policy is not None:
                level = {"code": "MASTERED", "level": outcome.level, "policy": policy.id, "version": policy.version}
                times = {"attainedAt": render_or_none(outcome.attained_at)}
                reasons = [{**level, **times, "validUntil": render_or_none(outcome.valid_until)}]
            head = {"personId": person, "competency": competency, "eligible": is_eligible, "status": outcome.status}
            return {**head, "mayBegin": missing.may_begin(person, competency), "reasons": reasons}

    def credentials(self, person: str, at: At, deadline: Deadline = NO_DEADLINE) -> list[dict[str, Any]]:
        """Return for which credentials a person is eligible, and what is missing to the others."""
        with self._look(at, deadline, person) as (standpoint, _):
            standpoint.require_person(person)
            return credentials_of(standpoint, person)

    def eligible(self, credential: str, at: At, deadline: Deadline = NO_DEADLINE) -> list[dict[str, Any]]:
        """Return who is eligible for a credential, by person id. Raises NotFound for an unknown credential."""
        with self._look(at, deadline, None) as (standpoint, _):
            return list(eligible_people(standpoint, credential))

    def steps(self, person: str, role: str | None, at: At, deadline: Deadline = NO_DEADLINE) -> dict[str, Any]:
        """Return what a person can do next, and what they may skip."""
        with self._look(at, deadline, person) as (standpoint, _):
            standpoint.require_person(person)
            steps = next_steps(standpoint, person, role)
            return {"personId": person, "steps": steps, "skip": may_skip(standpoint, person)}

    def activities(self, competency: str, at: At) -> list[dict[str, Any]]:
        """Return which activities feed a competency."""
        with self._look(at, NO_DEADLINE, None) as (standpoint, _):
            return feeding(standpoint, competency)

    def readiness(self, scope: Scope, at: At, deadline: Deadline = NO_DEADLINE) -> list[Measured]:
        """Return how ready everybody in the scope is, by person and role."""
        with self._look(at, deadline, scope.person) as (standpoint, snapshot):
            return measured(standpoint, scope, _rank(standpoint, snapshot, at, scope))

    def summary(self, scope: Scope, at: At, deadline: Deadline = NO_DEADLINE) -> dict[str, Any]:
        """Return the readiness of the scope in numbers."""
        with self._look(at, deadline, scope.person) as (standpoint, snapshot):
            rows = measured(standpoint, scope, _rank(standpoint, snapshot, at, scope))
            return summary(standpoint, scope, rows)

    def gaps(self, scope: Scope, at: At, deadline: Deadline = NO_DEADLINE) -> list[dict[str, Any]]:
        """Return the gaps of the scope by competency."""
        return gaps(self.readiness(scope, at, deadline))

    def forecast(
        self, scope: Scope, months: Sequence[int], at: At, deadline: Deadline = NO_DEADLINE
    ) -> list[dict[str, Any]]:
        """Return the summary at so many months from ``at``: only time passes, nobody learns anything new."""
        start, told = self._moment(at), []
        with self._look(at, deadline, scope.person) as (standpoint, _):
            for count in months:
                then = standpoint.at(shift(start, parse_span(f"P{count}M")))
                told.append({"months": count, **summary(then, scope, measured(then, scope, then.rank))})
        return told

    def candidates(self, role: str, at: At, deadline: Deadline = NO_DEADLINE) -> list[Measured]:
        """Return who could fill a role, the readiest first; those who hold it are left out."""
        with self._look(At(at.as_of), deadline, None) as (standpoint, snapshot):
            return candidates(standpoint, role, _rank(standpoint, snapshot, at, Scope(role=role)))

    def expiring(
        self, days: int, scope: Scope, competency: str | None, at: At, deadline: Deadline = NO_DEADLINE
    ) -> Generator[dict[str, Any], None, None]:
        """Yield what is valid and ends within so many days, by its end; what has ended is no longer here."""
        first = self._moment(at)
        last = shift(first, parse_span(f"P{days}D"))
        with self._look(NOW, deadline, None) as (standpoint, snapshot):
            people = _members(standpoint, scope)
            after = ("", "", "")
            while rows := snapshot.states_expiring(_seconds(first), _seconds(last), after, _EXPIRING_PAGE):
                deadline.check()
                for row in rows:
                    if (people is None or row["person_id"] in people) and competency in (None, row["competency"]):
                        yield _ending(row)
                after = (rows[-1]["valid_until"], rows[-1]["person_id"], rows[-1]["competency"])

    def try_policy(
        self, fact: dict[str, Any], deadline: Deadline = NO_DEADLINE, progress: Progress | None = None
    ) -> dict[str, Any]:
        """Return who would gain and lose if a checked activation came into force now."""
        with self._open_snapshot() as snapshot:
            return PolicyTrial(snapshot, self._log, deadline, progress).of(fact, self._now())

    def try_framework(self, document: dict[str, Any], deadline: Deadline = NO_DEADLINE) -> dict[str, Any]:
        """Return what would change with a checked framework version."""
        with self._open_snapshot() as snapshot:
            return FrameworkTrial(snapshot, self._compiled(snapshot.documents), deadline).of(document, self._log)

    def _moment(self, at: At) -> int:
        return instant(self._now()) if at.as_of is None else at.as_of

    @contextmanager
    def _look(self, at: At, deadline: Deadline, person: str | None) -> Iterator[tuple[Standpoint, Snapshot]]:
        with self._open_snapshot() as snapshot:
            documents: Documents = snapshot.documents
            registry: Registry | None = None
            known_at = self._known_at(at, snapshot)
            if known_at is not None and known_at < snapshot.position():
                if person is None:
                    message = "known_at is asked about one person: name the person"
                    raise InvalidQuery(message, [Fault(message, "/known_at", "JSON API")])
                documents = documents_as_known(snapshot, self._log, person, known_at, deadline)
                registry = Registry(documents)
            registry = registry or self._compiled(documents)
            if person is None:
                documents = Preloaded(documents)
            now = instant(self._now())
            yield Standpoint(documents, registry, as_of=at.as_of, now=now, deadline=deadline), snapshot

    def _known_at(self, at: At, snapshot: Snapshot) -> int | None:
        if at.recorded is None:
            return at.known_at
        return min(snapshot.position(), position_at(self._log, at.recorded))

    def _compiled(self, documents: Documents) -> Registry:
        """Return the compiled policies, those of the last question when nothing was published since."""
        known = [list(documents.scan(kind)) for kind in _PUBLISHED]
        with self._lock:
            if self._registry is None or self._registry[0] != known:
                own = DictDocuments()
                for kind in (POLICY, *_PUBLISHED):
                    _copy(documents, own, kind)
                self._registry = (known, Registry(own))
            return self._registry[1]


def _copy(documents: Documents, own: DictDocuments, kind: Kind[Any]) -> None:
    for key, value in documents.scan(kind):
        own.put(kind, key, value)


def _wanted(standpoint: Standpoint, competency: str, level: str | None) -> str:
    """Return the level that is asked for. Raises NotFound for a competency or a level that no policy has."""
    policy = standpoint.registry.in_force(competency, standpoint.as_of)
    if policy is None:
        raise NotFound("no policy decides this competency")
    place = policy.place(level)
    if place >= len(policy.scale):
        raise NotFound("the policy of this competency has no such level")
    return policy.scale[place].id


def _rank(standpoint: Standpoint, snapshot: Snapshot, at: At, scope: Scope) -> Rank:
    """Return how level numbers are found: one by one, or for everybody from the rows of lists."""
    if at.is_now and scope.person is None:
        return RowRanks(snapshot, standpoint.registry)
    return standpoint.rank


def _members(standpoint: Standpoint, scope: Scope) -> set[str] | None:
    """Return whom a list is narrowed to, None for everybody."""
    if scope == Scope():
        return None
    if scope.role is None and scope.goal is None:
        team = None if scope.team is None else team_members(standpoint, scope.team)
        if scope.person is None:
            return team
        return {scope.person} if team is None else {scope.person} & team
    return {seat.person for seat in seats(standpoint, scope)}


def _seconds(at: int) -> str:
    return render(at - at % 1_000_000)


def _ending(row: Any) -> dict[str, Any]:
    return {
        "personId": row["person_id"],
        "competency": row["competency"],
        "status": row["status"],
        "level": row["level"],
        "validUntil": row["valid_until"],
    }
