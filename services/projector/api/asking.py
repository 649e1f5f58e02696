"""How a request of the JSON API is read and answered: strict parameters in, JSON out, refusals from the one table."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.params import Depends

from lrs.api.errors import error_reply
from lrs.api.parameters import parse, refuse_unknown
from lrs.log.faults import QueryTimeout, StoreDamaged, StoreUnavailable
from lrs.xapi.faults import Fault, InvalidQuery, InvalidRequest, Overloaded, Refusal, StateConflict, TooLarge
from projector.notary.core.faults import NotaryFault
from projector.registry.faults import InvalidDocument, VersionConflict
from projector.store.faults import ProjectionFault

Authorize = Callable[[str, str], Callable[..., Any]]
"""Given a resource and a method of the table of scopes, returns the dependency that lets a request pass, noting its
credential in ``request.state.credential``, or raises Unauthenticated or Forbidden."""

LAST_POSSIBLE = 2**53 - 1
"""The greatest number that stands for itself in every JSON reader."""
_RETRY_AFTER_SECONDS = 1
_LONGEST_CURSOR = 18


def needs(authorize: Authorize, resource: str, method: str = "GET") -> Sequence[Depends]:
    """Return the dependencies of a route of ``resource``."""
    return [Depends(authorize(resource, method))]


def parameters(request: Request, *known: str) -> Mapping[str, str]:
    """Return the query parameters. Raises InvalidQuery for one that is unknown, repeated or not UTF-8."""
    given = parse(request.scope["query_string"])
    refuse_unknown(given, frozenset(known))
    return given


def whole_number(given: Mapping[str, str], name: str, *, default: int, least: int = 0, most: int) -> int:
    """Return a parameter that is a number from ``least`` to ``most``. Raises InvalidQuery when it is not."""
    text = given.get(name)
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_CURSOR and least <= int(text) <= most:
        return int(text)
    message = f"the parameter {name} is a whole number from {least} to {most}"
    raise InvalidQuery(message, [Fault(message, rule="JSON API")])


def invalid_parameter(name: str, message: str) -> InvalidQuery:
    """Return the refusal of a parameter."""
    return InvalidQuery(message, [Fault(message, f"/{name}", "JSON API")])


async def read_body(request: Request, most_bytes: int) -> bytes:
    """Return the body of a request. Raises TooLarge beyond ``most_bytes``, before more of it is read."""
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > most_bytes:
            raise TooLarge(f"the body is larger than {most_bytes} bytes")
    return bytes(found)


def json_response(content: Any) -> Response:
    """Return ``content`` as JSON; never cached, since it changes and is about people."""
    return raw_json(orjson.dumps(content))


def raw_json(content: bytes) -> Response:
    """Return bytes that are JSON already."""
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})


def answer_refusals(app: FastAPI) -> None:
    """Make ``app`` answer every refusal with the status and JSON body of the one table of refusals."""
    for kind in (Refusal, ProjectionFault, NotaryFault, StoreUnavailable, StoreDamaged, QueryTimeout, OSError):
        app.add_exception_handler(kind, _refused)


_Handler = Callable[[Request, Exception], Awaitable[Response]]


async def _refused(_request: Request, error: Exception) -> Response:
    if isinstance(error, ProjectionFault):
        message = "the projection cannot be read now; try again"
        error = Overloaded(message, retry_after_seconds=_RETRY_AFTER_SECONDS)
    elif isinstance(error, NotaryFault | OSError):  # the published log is files
        error = StoreDamaged(str(error))
    elif isinstance(error, InvalidDocument):
        error = InvalidRequest(str(error), error.faults)
    elif isinstance(error, VersionConflict):
        error = StateConflict(str(error), [Fault(str(error), "/version", "versions are immutable")])
    reply = error_reply(error)
    body = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
    return Response(body, status_code=reply.status, media_type=reply.content_type, headers=dict(reply.headers))
