"""Documents out of the registry: versions, activations, alignments, and who changed what."""

from typing import Any

from fastapi import Request, Response

from lrs.xapi.faults import NotFound
from projector.api.asking import LAST_POSSIBLE, invalid_parameter, json_response, whole_number
from projector.api.describing import Given, Parameter, Routes
from projector.api.listing import AFTER, FORMAT, LIMIT, Page, Row, answer_list, page, page_limit
from projector.api.registry_asking import Registry
from projector.questions import published
from projector.registry.case import published_case
from projector.registry.catalogue import published_framework

_KIND = Parameter("kind", "the kind of document", {"type": "string", "enum": sorted(published.VERSIONED)})
_ID = Parameter("id", "the IRI of the document", required=True)
_VERSION = Parameter("version", "the version of the document")
_AS_CASE = Parameter("format", "json, or case for a CASE 1.1 package", {"type": "string", "enum": ["json", "case"]})
_CHANGE_COLUMNS = ("position", "topic", "recorded", "who", "why", "id", "version")
_VERSION_COLUMNS = ("kind", "id", "version", "sha256")


def add_documents_out(routes: Routes, registry: Registry) -> None:
    """Add the routes that tell what is published."""

    @routes.get("/api/v1/registry/documents", _KIND, AFTER, LIMIT, FORMAT, csv=True)
    async def list_documents(request: Request, given: Given) -> Response:
        """Return every published version, by kind, id and version."""

        def read() -> Page[Row]:
            with registry.projection.snapshot() as snapshot:
                found = published.versions(snapshot.documents, _kind(given))
                return page(found, given, lambda row: (row["kind"], row["id"], row["version"]))

        return answer_list(request, given, "documents", await registry.threads.run(read), _VERSION_COLUMNS)

    @routes.get("/api/v1/registry/document", _KIND, _ID, _VERSION, _AS_CASE)
    async def document(_request: Request, given: Given) -> Response:
        """Return one published document, a framework as a CASE 1.1 package too."""
        kind = _kind(given)
        identity, number = _named(kind, given)

        def read() -> dict[str, Any]:
            if given.get("format") == "case":
                return _as_case(registry, identity, number)
            with registry.projection.snapshot() as snapshot:
                return published.version(snapshot.documents, str(kind), identity, number)

        return json_response(await registry.threads.run(read))

    _add_lists(routes, registry)


def _add_lists(routes: Routes, registry: Registry) -> None:
    @routes.get("/api/v1/registry/activations")
    async def activations(_request: Request, _given: Given) -> Response:
        """Return which policy version decides which competency, from when and in which mode."""

        def read() -> list[dict[str, Any]]:
            with registry.projection.snapshot() as snapshot:
                return list(published.activations(snapshot.documents))

        return json_response({"activations": await registry.threads.run(read)})

    @routes.get("/api/v1/registry/trust", AFTER, LIMIT, FORMAT, csv=True)
    async def trust(request: Request, given: Given) -> Response:
        """Return how far the statements of each authority are believed."""

        def read() -> Page[Row]:
            with registry.projection.snapshot() as snapshot:
                return page(published.trust(snapshot.documents), given, lambda row: (row["authority"],))

        return answer_list(request, given, "trust", await registry.threads.run(read), ("authority", "level", "since"))

    @routes.get("/api/v1/registry/alignments", AFTER, LIMIT, FORMAT, csv=True)
    async def alignments(request: Request, given: Given) -> Response:
        """Return which competencies each activity feeds."""

        def read() -> Page[Row]:
            with registry.projection.snapshot() as snapshot:
                return page(published.alignments(snapshot.documents), given, lambda row: (row["activity"],))

        return answer_list(request, given, "alignments", await registry.threads.run(read), ("activity", "competencies"))

    @routes.get("/api/v1/changes", AFTER, LIMIT, FORMAT, resource="changes", csv=True)
    async def changes(request: Request, given: Given) -> Response:
        """Return every administrative change in order: what, when, who and why."""
        after, limit = whole_number(given, "after", default=0, most=LAST_POSSIBLE), page_limit(given)

        def read() -> list[dict[str, Any]]:
            with registry.projection.snapshot() as snapshot:
                return published.changes(snapshot, registry.entries, after, limit + 1)

        rows = await registry.threads.run(read)
        following = str(rows[:limit][-1]["position"] if rows else after)
        return answer_list(request, given, "changes", (rows[:limit], following, len(rows) > limit), _CHANGE_COLUMNS)


def _as_case(registry: Registry, framework: str, version: str) -> dict[str, Any]:
    found = published_framework(registry.log, framework, version)
    if found is None:
        raise NotFound("no Framework of this id and version is published")
    return published_case(found)


def _kind(given: Given) -> str | None:
    kind = given.get("kind")
    if kind not in (None, *published.VERSIONED):
        raise invalid_parameter("kind", f"kind is one of {', '.join(sorted(published.VERSIONED))}")
    return kind


def _named(kind: str | None, given: Given) -> tuple[str, str]:
    """Return the id and version of the document that is asked for."""
    if kind is None or "id" not in given or "version" not in given:
        raise invalid_parameter("id", "kind, id and version name the document")
    if given.get("format") not in (None, "json", "case") or (given.get("format") == "case" and kind != "Framework"):
        raise invalid_parameter("format", "format is json, or case for a Framework")
    return given["id"], given["version"]
