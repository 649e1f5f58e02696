"""People in the registry: assignments, who is whom, trust and decisions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from projector.api.asking import json_response, read_body
from projector.api.axes import ROLE, TEAM, person_id
from projector.api.describing import Answer, Body, Given, Routes
from projector.api.listing import AFTER, FORMAT, LIMIT, Page, Row, answer_list, page
from projector.api.registry_asking import DRY, WHY, Registry, by_whom, changed, is_dry, target
from projector.questions import published
from projector.registry.append import Change, Log
from projector.registry.assignments import MAX_CSV_BYTES, import_assignments, read_csv
from projector.registry.faults import invalid
from projector.registry.loading import MAX_BYTES, load_document, load_documents, load_json
from projector.registry.people import (
    Decision,
    NewId,
    decide,
    link_identity,
    merge_persons,
    set_trust,
    split_person,
    unlink_identity,
)


def add_assignments(routes: Routes, registry: Registry) -> None:
    """Add the routes about assignments and a person's identifiers."""

    @routes.post(
        "/api/v1/assignments",
        WHY,
        DRY,
        resource="people",
        body=Body(
            "assignments: one, several, or CSV with person,team,role,from,until",
            ("application/json", "application/yaml", "text/csv"),
        ),
    )
    async def assign(request: Request, given: Given) -> Response:
        """Say who is in which team and holds which role; all of it is taken, or nothing.

        What is so already is left out. An assignment is ended by sending it again with `until`.
        """
        by, content = by_whom(request, given), await read_body(request, MAX_CSV_BYTES)
        is_csv = request.headers.get("content-type", "").startswith("text/csv")

        def run() -> dict[str, Any]:
            rows = read_csv(content) if is_csv else _rows(content)
            done = import_assignments(registry.log, rows, by, new_id=registry.new_id, dry_run=is_dry(given))
            return done.told()

        return json_response(await registry.threads.run(run))

    @routes.get("/api/v1/assignments", TEAM, ROLE, AFTER, LIMIT, FORMAT, resource="people", csv=True)
    async def list_assignments(request: Request, given: Given) -> Response:
        """Return who is in which team and holds which role, ended assignments included."""

        def read() -> Page[Row]:
            with registry.projection.snapshot() as snapshot:
                found = published.assignments(snapshot.documents, given.get("team"), given.get("role"))
                rows, following, more = page(found, given, lambda row: (row[0],))
                return [published.assignment(snapshot.documents, row) for _, row in rows], following, more

        shown = await registry.threads.run(read)
        return answer_list(request, given, "assignments", shown, published.ASSIGNMENT_COLUMNS)

    @routes.get("/api/v1/people/{person_id}", resource="people")
    async def person(request: Request, _given: Given) -> Response:
        """Return who a person is: the identifier first seen, the keys of all, and the assignments."""
        whom = person_id(request.path_params["person_id"])

        def read() -> dict[str, Any]:
            with registry.projection.snapshot() as snapshot:
                return published.person(snapshot.documents, whom)

        return json_response(await registry.threads.run(read))


@dataclass(frozen=True, slots=True)
class _Posted:
    """A command that is posted: what it takes, in the order in which ``run`` takes it, and what it does."""

    path: str
    resource: str
    names: tuple[str, ...]
    run: Callable[..., Change]
    about: str


def _decide(log: Log, *said: Any, new_id: NewId) -> Change:
    person, competency, action, by = said
    return decide(log, Decision(person, competency, action), by, new_id=new_id)


_POSTED = (
    _Posted(
        "/api/v1/people/merge",
        "people",
        ("survivor", "merged"),
        merge_persons,
        "Let everything of `merged` be the `survivor`'s, whose person id remains.",
    ),
    _Posted(
        "/api/v1/people/split",
        "people",
        ("from", "identifier"),
        split_person,
        "Let an identifier that was `from` a person be somebody of their own.",
    ),
    _Posted(
        "/api/v1/people/link",
        "people",
        ("person", "identifier"),
        link_identity,
        "Let an identifier belong to a person.",
    ),
    _Posted(
        "/api/v1/people/unlink",
        "people",
        ("person", "identifier"),
        unlink_identity,
        "Take back that an identifier belongs to a person.",
    ),
    _Posted(
        "/api/v1/registry/trust",
        "competency",
        ("authority", "level"),
        set_trust,
        "Say how far statements of an authority are believed: level 0, not at all, to 3.",
    ),
    _Posted(
        "/api/v1/decisions",
        "decisions",
        ("person", "competency", "action"),
        _decide,
        "Grant or revoke mastery by decision; `why` is the reason.",
    ),
)


def add_people(routes: Routes, registry: Registry) -> None:
    """Add the routes about who is whom, trust and decisions."""
    for posted in _POSTED:
        body = Body(f"an object with {', '.join(posted.names)}")
        routes.post(posted.path, WHY, DRY, resource=posted.resource, body=body)(_answering(registry, posted))


def _answering(registry: Registry, posted: _Posted) -> Answer:
    async def answer(request: Request, given: Given) -> Response:
        by, log, content = by_whom(request, given), target(registry, given), await read_body(request, MAX_BYTES)

        def run() -> dict[str, Any]:
            body = load_document(content)
            for name in sorted({*posted.names, *body}):
                if name not in body:
                    raise invalid("it is required", f"/{name}", "JSON API")
                if name not in posted.names:
                    raise invalid("a member of this name is not permitted here", f"/{name}", "JSON API")
            said = (body[name] for name in posted.names)
            return changed(posted.run(log, *said, by, new_id=registry.new_id))

        return json_response({**await registry.threads.run(run), "dryRun": is_dry(given)})

    answer.__doc__, answer.__name__ = posted.about, posted.path.rpartition("/")[2]
    return answer


def _rows(content: bytes) -> list[Any]:
    """Return the assignments of a body: a JSON list of them, or one or more documents."""
    if content.lstrip()[:1] == b"[":
        found = load_json(content, MAX_CSV_BYTES)
        if not all(isinstance(one, dict) for one in found):
            raise invalid("a list of objects is wanted")
        return list(found)
    return load_documents(content)
