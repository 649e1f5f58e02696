"""Documents into the registry: publishing, CASE packages, and trying what would change."""

from typing import Any

from fastapi import Request, Response

from projector.api.asking import invalid_parameter, json_response, read_body
from projector.api.describing import Body, Given, Parameter, Routes
from projector.api.registry_asking import DRY, WHY, Registry, by_whom, changed, is_dry, target
from projector.questions.deadline import Deadline
from projector.registry.applying import apply_document, apply_documents
from projector.registry.case import MAX_CASE_BYTES, from_case
from projector.registry.commands import checked_activation, publish_framework
from projector.registry.documents import check_framework
from projector.registry.faults import invalid
from projector.registry.loading import MAX_BYTES, load_document, load_documents, load_json

_VERSION = Parameter("version", "the version of the document")
_EFFECTIVE = Parameter("effective_from", "RFC 3339; the policy's own when not given")
_MODE = Parameter("mode", "what becomes of earlier decisions: carry, reevaluate, require_new")


def add_documents_in(routes: Routes, registry: Registry) -> None:
    """Add the routes that publish documents."""

    @routes.post(
        "/api/v1/registry/documents",
        WHY,
        DRY,
        _EFFECTIVE,
        _MODE,
        body=Body("one or several documents: Framework, MasteryPolicy, Role, Goal, Alignment, Aliases, CredentialRule"),
    )
    async def apply(request: Request, given: Given) -> Response:
        """Publish frameworks, roles, goals, credential rules and aliases, activate policies, change alignments.

        Documents are applied in order up to the first that is refused; sending them again changes nothing twice.
        """
        by, log, content = by_whom(request, given), target(registry, given), await read_body(request, MAX_BYTES)

        def run() -> list[dict[str, Any]]:
            documents = load_documents(content)
            if any(document.get("kind") == "Assignment" for document in documents):
                raise invalid("assignments are sent to /api/v1/assignments", "/kind", "kind")
            if len(documents) == 1:
                return [apply_document(log, documents[0], by, new_id=registry.new_id, **_dates(given)).told()]
            _require_undated(given)
            return [one.told() for one in apply_documents(log, documents, by, new_id=registry.new_id)]

        return json_response({"applied": await registry.threads.run(run), "dryRun": is_dry(given)})

    @routes.post("/api/v1/registry/case", WHY, DRY, _VERSION, body=Body("a CASE 1.1 CFPackage", ("application/json",)))
    async def import_case(request: Request, given: Given) -> Response:
        """Publish a framework that comes as a CASE 1.1 package."""
        by, log, content = by_whom(request, given), target(registry, given), await read_body(request, MAX_CASE_BYTES)

        def run() -> dict[str, Any]:
            framework = from_case(load_json(content, MAX_CASE_BYTES), version=given.get("version"))
            return {**changed(publish_framework(log, framework, by)), "framework": framework}

        return json_response({**await registry.threads.run(run), "dryRun": is_dry(given)})


def add_trials(routes: Routes, registry: Registry) -> None:
    """Add the route that tries a version."""

    @routes.post(
        "/api/v1/registry/trial", _EFFECTIVE, _MODE, body=Body("a MasteryPolicy or a Framework that is not published")
    )
    async def trial(request: Request, given: Given) -> Response:
        """Return what would change if a policy or framework version were published now: who gains, who loses.

        Everything in the log is looked at. Where that takes longer than a request may, ask on the command line.
        """
        content, deadline = await read_body(request, MAX_BYTES), Deadline(registry.answer_seconds)

        def run() -> dict[str, Any]:
            document = load_document(content)
            if document.get("kind") == "Framework":
                _require_undated(given)
                check_framework(document)
                return registry.questions.try_framework(document, deadline)
            fact = checked_activation(registry.log, document, **_dates(given))
            return registry.questions.try_policy(fact, deadline)

        return json_response(await registry.threads.run(run))


def _dates(given: Given) -> dict[str, str | None]:
    return {name: given.get(name) for name in ("effective_from", "mode")}


def _require_undated(given: Given) -> None:
    for name in _dates(given):
        if name in given:
            raise invalid_parameter(name, f"the parameter {name} goes with one policy alone")
