"""What must hold of every reply, whatever was asked."""

import json
from collections.abc import Iterator

from integration.fuzz.wire import Reply, Request

ENDPOINTS = (b"/xapi/", b"/xAPI/")
BAD_REQUEST = 400
FAILED = 500
NO_CONTENT = 204


def faults_of(request: Request, reply: Reply | None) -> list[str]:
    """Return in words what is wrong with ``reply``; nothing when all is well."""
    if reply is None:
        return [] if request.raw is not None else ["no reply"]
    if reply.status >= FAILED:
        return [f"status {reply.status}: {reply.body[:300]!r}"]
    if request.raw is not None:
        return []
    return [*_head_faults(request, reply), *_body_faults(request, reply)]


def _head_faults(request: Request, reply: Reply) -> Iterator[str]:
    if len(reply.all("date")) != 1:
        yield f"{len(reply.all('date'))} Date headers"
    path = request.target.partition(b"?")[0]
    if path.startswith(ENDPOINTS) and request.method != "OPTIONS":
        if len(reply.all("x-experience-api-version")) != 1:
            yield f"{len(reply.all('x-experience-api-version'))} X-Experience-API-Version headers"
        if path.endswith(b"/xAPI/statements") and len(reply.all("x-experience-api-consistent-through")) != 1:
            yield f"{len(reply.all('x-experience-api-consistent-through'))} Consistent-Through headers"


def _body_faults(request: Request, reply: Reply) -> Iterator[str]:
    if b"method=HEAD" in request.target:
        return  # a form that stands for a HEAD may be refused in words
    if request.method == "HEAD" or reply.status == NO_CONTENT:
        if reply.body:
            yield f"status {reply.status} to {request.method} has a body"
        return
    if _is_document(request) and reply.status < BAD_REQUEST:
        return
    kind = (reply.all("content-type") or [""])[0].partition(";")[0]
    if kind == "application/json":
        yield from _json_faults(reply)
    elif reply.status >= BAD_REQUEST:
        yield f"status {reply.status} has a body of the type {kind!r}"


def _json_faults(reply: Reply) -> Iterator[str]:
    try:
        content = json.loads(reply.body)
    except ValueError as wrong:
        yield f"the body is not the JSON that it is said to be: {wrong}"
        return
    if reply.status >= BAD_REQUEST and not (isinstance(content, dict) and content.get("faults")):
        yield f"status {reply.status} names no fault: {reply.body[:300]!r}"


def _is_document(request: Request) -> bool:
    """Return whether the reply may be a document, which comes back as it was sent, JSON or not."""
    return any(name in request.target for name in (b"/state", b"/profile"))
