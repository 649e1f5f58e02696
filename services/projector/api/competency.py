"""People and their competencies: states, evidence trails, and who has what. Only opaque person ids travel."""

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from lrs.api.threads import Threads
from lrs.xapi.faults import Fault, InvalidQuery, NotFound
from projector.api.asking import Authorize, json_response, raw_json
from projector.api.axes import AXES, person_id, read_axes
from projector.api.describing import Given, Parameter, Routes
from projector.api.listing import AFTER, FORMAT, LIMIT, answer_list, page_limit, wants_csv
from projector.mastery import views
from projector.questions.deadline import Deadline
from projector.questions.questions import Questions
from projector.store.database import Row
from projector.store.live import LiveProjection
from projector.trail.evidence_trail import LeafIndex, Log, evidence_trail
from projector.trail.people import person_of_agent, person_of_identifier

_STATE_COLUMNS = (
    "meta.personId",
    "body.competency.iri",
    "body.status",
    "body.level",
    "body.value",
    "body.attainedAt",
    "body.validUntil",
    "body.graceUntil",
    "body.policy.id",
    "body.policy.version",
)
_STATUSES = ("not_started", "in_progress", "held", "mastered", "expiring", "grace", "lapsed")
_STATUS = Parameter("status", "only states of this status", {"type": "string", "enum": list(_STATUSES)})
_AGENT = Parameter("agent", "an xAPI Agent, as JSON")
_IDENTIFIER = Parameter("identifier", "mailto:.., a SHA-1 in hex, an OpenID, or homePage::name")


def competency_router(  # noqa: PLR0913 - all by name, composed in one place
    projection: LiveProjection,
    *,
    log: Log,
    leaf_index: LeafIndex,
    authorize: Authorize,
    threads: Threads,
    questions: Questions,
    answer_seconds: float,
) -> APIRouter:
    """Return the routes about people and competencies."""
    routes = Routes(APIRouter(tags=["states"]), authorize)
    reads = _Reads(projection, log, leaf_index)

    @routes.get("/api/v1/people", _AGENT, _IDENTIFIER, resource="people")
    async def people(_request: Request, given: Given) -> Response:
        """Return the person behind an agent or an identifier: a list of at most one."""
        if len(given) != 1:
            raise _invalid("give either agent or identifier")
        asked = _agent(given["agent"]) if "agent" in given else given["identifier"]
        found = await threads.run(reads.person, asked)
        return json_response({"people": [{"personId": found}] if found else []})

    @routes.get("/api/v1/people/{person_id}/competencies", *AXES)
    async def competencies(request: Request, given: Given) -> Response:
        """Return every competency state of one person, by competency."""
        person, at = person_id(request.path_params["person_id"]), read_axes(given)
        if at.is_now:
            rows = await threads.run(reads.states_of_person, person)
            return raw_json(b'{"personId":"' + person.encode() + b'","states":' + _listed(rows) + b"}")
        states = await threads.run(questions.states, person, at, Deadline(answer_seconds))
        return json_response({"personId": person, "states": states})

    @routes.get("/api/v1/people/{person_id}/competencies/{competency:path}/trail", *AXES)
    async def trail(request: Request, given: Given) -> Response:
        """Return the state with every statement that counted or was refused, in canonical order."""
        person, at = person_id(request.path_params["person_id"]), read_axes(given)
        competency = request.path_params["competency"]
        if at.is_now:
            return json_response(await threads.run(reads.trail, person, competency))
        return json_response(await threads.run(questions.trail, person, competency, at, Deadline(answer_seconds)))

    @routes.get("/api/v1/competencies/{competency:path}/states", _STATUS, AFTER, LIMIT, FORMAT, csv=True)
    async def states(request: Request, given: Given) -> Response:
        """Return a page of everybody's states in one competency, by person id."""
        limit, status = page_limit(given), given.get("status")
        if status not in (None, *_STATUSES):
            raise _invalid(f"status is one of {', '.join(_STATUSES)}")
        after = person_id(given["after"]) if given.get("after") else ""
        competency = request.path_params["competency"]
        rows = await threads.run(reads.states_of_competency, competency, after, limit + 1, status)
        page, more = rows[:limit], len(rows) > limit
        following = page[-1]["person_id"] if page else after
        if wants_csv(request, given):
            told = [orjson.loads(row["body"]) for row in page]
            return answer_list(request, given, "states", (told, following, more), _STATE_COLUMNS)
        end = orjson.dumps({"next": following, "more": more})[1:]
        return raw_json(b'{"states":' + _listed(page) + b"," + end)

    return routes.router


class _Reads:
    """The reads behind the routes, each in one snapshot."""

    def __init__(self, projection: LiveProjection, log: Log, leaf_index: LeafIndex) -> None:
        self._projection = projection
        self._log = log
        self._leaf_index = leaf_index

    def person(self, asked: str | dict[str, Any]) -> str | None:
        with self._projection.snapshot() as snapshot:
            if isinstance(asked, str):
                return person_of_identifier(snapshot.documents, asked)
            return person_of_agent(snapshot.documents, asked)

    def states_of_person(self, person_id: str) -> list[Row]:
        with self._projection.snapshot() as snapshot:
            rows = snapshot.states_of_person(person_id)
            if not rows:
                _require_person(snapshot.documents, person_id)
            return rows

    def trail(self, person_id: str, competency: str) -> dict[str, Any]:
        with self._projection.snapshot() as snapshot:
            try:
                return evidence_trail(snapshot, person_id, competency, log=self._log, leaf_index=self._leaf_index)
            except KeyError as error:
                raise NotFound("nothing of this person touches this competency") from error

    def states_of_competency(self, competency: str, after: str, limit: int, status: str | None) -> list[Row]:
        with self._projection.snapshot() as snapshot:
            if status is None:
                return snapshot.states_of_competency(competency, after, limit)
            return snapshot.states_of_status(competency, status, after, limit)


def _require_person(documents: Any, person_id: str) -> None:
    try:
        views.label(documents, person_id)
    except KeyError as error:
        raise NotFound("nobody has this person id") from error


def _listed(rows: Sequence[Row]) -> bytes:
    return b"[" + b",".join(bytes(row["body"]) for row in rows) + b"]"


def _agent(text: str) -> dict[str, Any]:
    try:
        agent = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _invalid("agent is not JSON") from error
    if not isinstance(agent, dict):
        raise _invalid("agent is a JSON object")
    return agent


def _invalid(message: str) -> InvalidQuery:
    return InvalidQuery(message, [Fault(message, rule="JSON API")])
