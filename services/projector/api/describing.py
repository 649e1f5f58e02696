"""Routes with their parameters written down once: what is checked is what the OpenAPI description says."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from projector.api.asking import Authorize, needs, parameters, raw_json

Given = Mapping[str, str]
Answer = Callable[[Request, Given], Awaitable[Response]]

_TEXT: Mapping[str, Any] = {"type": "string"}
_REFUSAL = {
    "description": "Refused: `faults` lists each with JSON pointer, rule and message",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
}
_REFUSAL_SCHEMA = {
    "type": "object",
    "required": ["error", "message", "faults"],
    "properties": {
        "error": {"type": "string"},
        "message": {"type": "string"},
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "rule", "message"],
                "properties": {name: {"type": "string"} for name in ("pointer", "rule", "message")},
            },
        },
    },
}
_STATUSES = ("400", "401", "403", "404", "409", "413", "503")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter: its name, what it means, its JSON Schema."""

    name: str
    about: str
    schema: Mapping[str, Any] = field(default_factory=lambda: _TEXT)
    required: bool = False

    def told(self) -> dict[str, Any]:
        """Return it as OpenAPI says it."""
        return {
            "name": self.name,
            "in": "query",
            "description": self.about,
            "required": self.required,
            "schema": dict(self.schema),
        }


@dataclass(frozen=True, slots=True)
class Body:
    """What a POST takes: the media types, and what it means."""

    about: str
    media_types: tuple[str, ...] = ("application/json", "application/yaml")

    def told(self) -> dict[str, Any]:
        """Return it as OpenAPI says it."""
        schema: dict[str, Any] = {"schema": {}}
        return {"description": self.about, "required": True, "content": dict.fromkeys(self.media_types, schema)}


class Routes:
    """A router on which each route says its parameters, resource and body; unknown parameters are refused."""

    def __init__(self, router: APIRouter, authorize: Authorize) -> None:
        self.router = router
        self._authorize = authorize

    def get(
        self, path: str, *takes: Parameter, resource: str = "competency", csv: bool = False
    ) -> Callable[[Answer], Answer]:
        """Answer GET at ``path``; ``csv`` says that the list comes as text/csv too."""
        return self._route("GET", path, takes, resource, csv=csv)

    def post(
        self, path: str, *takes: Parameter, body: Body, resource: str = "competency"
    ) -> Callable[[Answer], Answer]:
        """Answer POST at ``path``."""
        return self._route("POST", path, takes, resource, body=body)

    def _route(  # noqa: PLR0913 - what a route says of itself
        self,
        method: str,
        path: str,
        takes: Sequence[Parameter],
        resource: str,
        *,
        csv: bool = False,
        body: Body | None = None,
    ) -> Callable[[Answer], Answer]:
        names = [parameter.name for parameter in takes]

        def decorate(answer: Answer) -> Answer:
            async def handle(request: Request) -> Response:
                return await answer(request, parameters(request, *names))

            summary, _, rest = (answer.__doc__ or "").strip().partition("\n")
            self.router.add_api_route(
                path,
                handle,
                methods=[method],
                dependencies=needs(self._authorize, resource, method),
                response_class=Response,
                name=answer.__name__,
                summary=summary.rstrip("."),
                description=" ".join(rest.split()),
                openapi_extra=_described(path, takes, csv=csv, body=body),
            )
            return answer

        return decorate


def _described(path: str, takes: Sequence[Parameter], *, csv: bool, body: Body | None) -> dict[str, Any]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)(?::path)?}", path)
    ]
    content: dict[str, Any] = {"application/json": {"schema": {"type": "object"}}}
    if csv:
        content["text/csv"] = {"schema": {"type": "string"}}
    told: dict[str, Any] = {
        "parameters": [*in_path, *(parameter.told() for parameter in takes)],
        "responses": {"200": {"description": "The answer", "content": content}, **dict.fromkeys(_STATUSES, _REFUSAL)},
    }
    return told if body is None else {**told, "requestBody": body.told()}


def openapi_router(app: FastAPI, *, version: str) -> APIRouter:
    """Return the route of the OpenAPI description of everything under ``/api/v1``; it needs no credentials."""
    router = APIRouter()

    @cache
    def described() -> bytes:
        return orjson.dumps(describe(app.routes, version))

    @router.get("/api/v1/openapi.json", include_in_schema=False)
    async def description() -> Response:
        """Return the description."""
        return raw_json(described())

    return router


def describe(routes: Sequence[BaseRoute], version: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 description of the routes under ``/api/v1``."""
    told = get_openapi(title="Mastrail", version=version, routes=routes, summary="Competencies, readiness and registry")
    told["paths"] = {path: one for path, one in told["paths"].items() if path.startswith("/api/v1/")}
    told["components"] = {
        "schemas": {"Refusal": _REFUSAL_SCHEMA},
        "securitySchemes": {"key": {"type": "http", "scheme": "basic"}, "token": {"type": "http", "scheme": "bearer"}},
    }
    told["security"] = [{"key": []}, {"token": []}]
    return told
