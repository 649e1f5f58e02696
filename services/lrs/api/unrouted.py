"""What a request gets that no route answers: the same body of faults as every other refusal."""

from fastapi import Request, Response
from starlette.exceptions import HTTPException

from lrs.api.errors import MethodNotAllowed, error_reply
from lrs.xapi.faults import NotFound, Refusal

_METHOD_NOT_ALLOWED = 405


async def no_such_route(_request: Request, error: Exception) -> Response:
    """Answer the router's own 404 and 405 from the table of refusals."""
    refusal = _refusal(error)
    reply = error_reply(refusal)
    body = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
    return Response(body, reply.status, media_type=reply.content_type, headers=dict(reply.headers))


def _refusal(error: Exception) -> Refusal:
    if isinstance(error, HTTPException) and error.status_code == _METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "")
        return MethodNotAllowed("this path does not take this method", tuple(allowed.split(", ")))
    return NotFound("nothing answers at this path")
