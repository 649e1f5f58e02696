"""Every filter of GET statements on the school: common terms and rare ones, alone and together, found and not found."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from urllib.parse import urlencode

from bench import corpus
from bench.corpus import School, verb_iri

VARIANTS = 20
_PROFILE = "https://school.example/profile"

Parameters = Mapping[str, str]


@dataclass(frozen=True)
class Case:
    """A case and the queries that stand for it; ``is_long`` when the first of them has a far page."""

    name: str
    queries: tuple[Parameters, ...]
    is_long: bool = False

    def targets(self) -> tuple[str, ...]:
        """Return the paths to get."""
        return tuple(f"/xAPI/statements?{urlencode(query)}" for query in self.queries)


@dataclass(frozen=True)
class Times:
    """Times at which a quarter, a half and three quarters of the store had been stored."""

    quarter: datetime
    half: datetime
    three_quarters: datetime


def cases(statements: int, times: Times) -> Iterator[Case]:
    """Yield every case for a store of the first ``statements`` of the school."""
    drawn = Drawn(statements)
    page = {"verb": verb_iri(b"experienced")}
    course = {"activity": corpus.course_iri(0), "related_activities": "true"}
    quiz = {"activity": corpus.module_iri(0, 1)}
    shared = {"agent": account(corpus.learner_name(corpus.SHARED_LEARNER))}
    teacher = {"agent": mailbox(corpus.instructor_mbox(0)), "related_agents": "true"}
    half = {"since": times.half.isoformat()}
    between = {"since": times.quarter.isoformat(), "until": times.three_quarters.isoformat()}
    yield Case("everything", ({},), is_long=True)
    yield Case("verb, common", (page,), is_long=True)
    yield Case("verb, rare", ({"verb": verb_iri(corpus.RARE_VERB)},))
    yield Case("agent, common", (shared,))
    yield Case("agent, rare", tuple(drawn.agents()))
    yield Case("activity, common", (quiz,), is_long=True)
    yield Case("activity, rare", tuple(drawn.modules()))
    yield Case("registration", tuple(drawn.registrations()))
    yield Case("related_agents, common", (teacher,))
    yield Case("related_agents, rare", tuple(query | {"related_agents": "true"} for query in drawn.agents()))
    yield Case("related_activities, nearly all", ({"activity": _PROFILE, "related_activities": "true"},), is_long=True)
    yield Case("related_activities, common", (course,), is_long=True)
    yield Case("related_activities, rare", tuple(drawn.courses()))
    yield Case("references: comments", ({"verb": verb_iri(corpus.COMMENTED)},))
    yield Case("references: comments on a common activity", ({"verb": verb_iri(corpus.COMMENTED), **quiz},))
    yield Case("references: comments by the common agent", ({"verb": verb_iri(corpus.COMMENTED), **shared},))
    yield Case("since", (half,), is_long=True)
    yield Case("until", ({"until": times.half.isoformat()},), is_long=True)
    yield Case("since and until", (between,), is_long=True)
    yield Case("verb, since and until", (page | between,), is_long=True)
    yield Case("agent and verb, common", (shared | page,))
    yield Case("agent and verb, rare", tuple(query | page for query in drawn.agents()))
    yield Case("agent and activity, common", (shared | quiz,))
    yield Case("verb and activity, common", ({"verb": verb_iri(b"answered")} | quiz,), is_long=True)
    yield Case("verb and activity that never meet", (page | quiz,))
    yield Case("verb and related_activities, common", (page | course,), is_long=True)
    yield Case("related_agents and related_activities, common", (teacher | course,))
    yield Case("agent, verb and activity, common", (shared | {"verb": verb_iri(b"answered")} | quiz,))
    yield Case("agent, verb, related activity, registration", tuple(page | query for query in drawn.enrolments()))
    yield Case("agent, verb, activity, since and until", (shared | {"verb": verb_iri(b"answered")} | quiz | between,))
    yield from formats(page, quiz, shared, drawn)


def formats(page: Parameters, quiz: Parameters, shared: Parameters, drawn: "Drawn") -> Iterator[Case]:
    """Yield the cases of order, format and attachments, and of single statements."""
    ascending = {"ascending": "true"}
    yield Case("ascending: everything", (ascending,), is_long=True)
    yield Case("ascending: verb, common", ({**page, **ascending},), is_long=True)
    yield Case("ascending: verb and activity that never meet", ({**page, **quiz, **ascending},))
    yield Case("ascending: agent, common", ({**shared, **ascending},))
    yield Case("format=ids", ({**page, "format": "ids"},), is_long=True)
    yield Case("format=canonical", ({**page, "format": "canonical"},), is_long=True)
    yield Case("attachments", ({**page, "attachments": "true"},), is_long=True)
    yield Case("statementId", tuple(drawn.statements()))


class Drawn:
    """Rare terms that are in the store: each of a learner or course that was there for a while."""

    def __init__(self, statements: int) -> None:
        self._chance = Random(statements)
        self._statements = statements
        self._turns = max(1, statements // corpus.TURN)
        self._school = School()

    def _turn(self) -> int:
        return self._chance.randrange(self._turns)

    def _learner(self, turn: int) -> int:
        drawn = self._chance.randrange(corpus.ACTIVE_LEARNERS)
        return corpus.FIRST_LEARNER + turn * corpus.NEW_LEARNERS + drawn

    def _course(self, turn: int) -> int:
        drawn = self._chance.randrange(corpus.ACTIVE_COURSES)
        return turn // corpus.TURNS_PER_COURSE + corpus.ACTIVE_COURSES - drawn

    def agents(self) -> Iterator[dict[str, str]]:
        """Yield agent filters."""
        for _ in range(VARIANTS):
            yield {"agent": account(corpus.learner_name(self._learner(self._turn())))}

    def modules(self) -> Iterator[dict[str, str]]:
        """Yield activity filters."""
        for _ in range(VARIANTS):
            yield {"activity": corpus.module_iri(self._course(self._turn()), self._chance.randrange(corpus.MODULES))}

    def courses(self) -> Iterator[dict[str, str]]:
        """Yield filters for everything in the context of a course."""
        for _ in range(VARIANTS):
            yield {"activity": corpus.course_iri(self._course(self._turn())), "related_activities": "true"}

    def registrations(self) -> Iterator[dict[str, str]]:
        """Yield registration filters: of those that learners have with the course that all know."""
        for _ in range(VARIANTS):
            yield {"registration": self._school.registration(self._learner(self._turn()), 0).decode()}

    def enrolments(self) -> Iterator[dict[str, str]]:
        """Yield filters for what one learner did in the course that all know, under the registration for it."""
        for _ in range(VARIANTS):
            learner = self._learner(self._turn())
            yield {
                "agent": account(corpus.learner_name(learner)),
                "activity": corpus.course_iri(0),
                "related_activities": "true",
                "registration": self._school.registration(learner, 0).decode(),
            }

    def statements(self) -> Iterator[dict[str, str]]:
        """Yield single statements, none of those that may be voided."""
        for line in self._lines():
            yield {"statementId": json.loads(line)["id"]}

    def _lines(self) -> Iterator[bytes]:
        for _ in range(VARIANTS):
            first = self._chance.randrange(max(1, self._statements // corpus.BLOCK)) * corpus.BLOCK
            yield next(self._school.lines(first, first + 1))


def account(name: str) -> str:
    """Return an Agent as a parameter."""
    return json.dumps({"account": {"homePage": corpus.HOME.decode(), "name": name}})


def mailbox(mbox: str) -> str:
    """Return an Agent as a parameter."""
    return json.dumps({"mbox": mbox})
