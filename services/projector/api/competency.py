"""People and their competencies: states, evidence trails, and who has what. Only opaque person ids travel."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response

from lrs.api.threads import Threads
from lrs.ingest.scopes import COMPETENCY_READ, PEOPLE_READ
from lrs.xapi.faults import Fault, InvalidQuery, NotFound
from projector.api.asking import Authorize, json_response, needs, parameters, raw_json, whole_number
from projector.mastery import views
from projector.store.database import Row
from projector.store.live import LiveProjection
from projector.trail.evidence_trail import LeafIndex, Log, evidence_trail
from projector.trail.people import person_of_agent, person_of_identifier

_PAGE_STATES = 100
_MOST_STATES = 1000


def competency_router(
    projection: LiveProjection, *, log: Log, leaf_index: LeafIndex, authorize: Authorize, threads: Threads
) -> APIRouter:
    """Return the routes about people and competencies."""
    router = APIRouter(prefix="/api/v1")
    reads = _Reads(projection, log, leaf_index)

    @router.get("/people", dependencies=needs(authorize, PEOPLE_READ))
    async def people(request: Request) -> Response:
        """Return the person behind an ``agent`` (JSON) or a canonical ``identifier``: a list of at most one."""
        given = parameters(request, "agent", "identifier")
        if len(given) != 1:
            raise _invalid("give either agent or identifier")
        asked = _agent(given["agent"]) if "agent" in given else given["identifier"]
        found = await threads.run(reads.person, asked)
        return json_response({"people": [{"personId": found}] if found else []})

    @router.get("/people/{person_id}/competencies", dependencies=needs(authorize, COMPETENCY_READ))
    async def competencies(request: Request, person_id: str) -> Response:
        """Return every competency state of one person, by competency."""
        parameters(request)
        rows = await threads.run(reads.states_of_person, _person_id(person_id))
        return raw_json(b'{"personId":"' + _person_id(person_id).encode() + b'","states":' + _listed(rows) + b"}")

    @router.get(
        "/people/{person_id}/competencies/{competency:path}/trail", dependencies=needs(authorize, COMPETENCY_READ)
    )
    async def trail(request: Request, person_id: str, competency: str) -> Response:
        """Return the state with every statement that counted or was refused, in canonical order."""
        parameters(request)
        return json_response(await threads.run(reads.trail, _person_id(person_id), competency))

    @router.get("/competencies/{competency:path}/states", dependencies=needs(authorize, COMPETENCY_READ))
    async def states(request: Request, competency: str) -> Response:
        """Return a page of everybody's states in one competency, by person id."""
        given = parameters(request, "after", "limit")
        limit = whole_number(given, "limit", default=_PAGE_STATES, least=1, most=_MOST_STATES)
        after = _person_id(given["after"]) if given.get("after") else ""
        rows = await threads.run(reads.states_of_competency, competency, after, limit + 1)
        page, more = rows[:limit], len(rows) > limit
        following = page[-1]["person_id"] if page else after
        end = orjson.dumps({"next": following, "more": more})[1:]
        return raw_json(b'{"states":' + _listed(page) + b"," + end)

    return router


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

    def states_of_competency(self, competency: str, after: str, limit: int) -> list[Row]:
        with self._projection.snapshot() as snapshot:
            return snapshot.states_of_competency(competency, after, limit)


def _require_person(documents: Any, person_id: str) -> None:
    try:
        views.label(documents, person_id)
    except KeyError as error:
        raise NotFound("nobody has this person id") from error


def _listed(rows: Sequence[Row]) -> bytes:
    return b"[" + b",".join(bytes(row["body"]) for row in rows) + b"]"


def _person_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise _invalid("a person id is a UUID") from error


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
