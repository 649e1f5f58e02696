"""The transparency log over HTTP: checkpoint, tiles, entry bundles and proofs (C2SP tlog-tiles, tlog-proof).

All of it is public but the proof by statement id, which tells that a statement exists: whoever asks must be allowed to.
"""

import re
from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from lrs.xapi.faults import Fault, InvalidRequest, NotFound
from projector.api.asking import parameters
from projector.notary.core.encoding import from_decimal
from projector.notary.core.faults import MalformedTile, NotPublished
from projector.notary.core.tile import parse_path
from projector.notary.reader import LogReader

_TEXT = "text/plain; charset=utf-8"
_BYTES = "application/octet-stream"
_CHECKPOINT_CACHE = "public, max-age=2"
_IMMUTABLE = "public, max-age=31536000, immutable"
_PRIVATE = "no-store"
_STATEMENT_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def log_router(reader: LogReader, authorize: Callable[..., object]) -> APIRouter:
    """Return the routes under ``/log``.

    ``authorize`` is a dependency that raises unless the caller may read statements. Faults are raised as the refusals
    InvalidRequest and NotFound, which the application answers.
    """
    router = APIRouter(prefix="/log", tags=["log"])

    @router.get("/checkpoint")
    def checkpoint() -> Response:
        """Answer the signed size and root of the tree."""
        return _reply(reader.checkpoint, _TEXT, _CHECKPOINT_CACHE)

    @router.get("/vkey")
    def vkey() -> Response:
        """Answer the key that verifies checkpoints; take it from elsewhere as well before you trust it."""
        return _reply(reader.vkey, _TEXT, _CHECKPOINT_CACHE)

    @router.get("/tile/{path:path}")
    def tile(path: str) -> Response:
        """Answer a tile of hashes or a bundle of entries."""
        try:
            wanted = parse_path(path)
        except MalformedTile as fault:
            raise _bad("path", "tlog-tiles, Merkle Tree", str(fault)) from fault
        return _reply(lambda: reader.tile(wanted), _BYTES, _IMMUTABLE)

    @router.get("/proof/{index}")
    def proof(index: str) -> Response:
        """Answer the proof that a leaf is in the published tree."""
        try:
            wanted = from_decimal(index)
        except ValueError as fault:
            raise _bad("index", "tlog-proof, Format", f"the leaf index is {fault}") from fault
        return _reply(lambda: reader.proof(wanted), _TEXT, _CHECKPOINT_CACHE)

    @router.get("/proof", dependencies=[Depends(authorize)])
    def proof_of_statement(request: Request) -> Response:
        """Answer the proof that a statement is in the published tree."""
        statement_id = parameters(request, "statementId").get("statementId", "")
        if not _STATEMENT_ID.fullmatch(statement_id):
            raise _bad("statementId", "Data 2.4.1", "the parameter statementId is a UUID in its canonical form")
        return _reply(lambda: reader.proof_of_entry(UUID(statement_id)), _TEXT, _PRIVATE)

    return router


def _reply(read: Callable[[], bytes], media_type: str, cache_control: str) -> Response:
    try:
        content = read()
    except NotPublished as fault:
        raise NotFound(str(fault)) from fault
    return Response(content, media_type=media_type, headers={"Cache-Control": cache_control})


def _bad(field: str, rule: str, message: str) -> InvalidRequest:
    return InvalidRequest(message, [Fault(message, pointer=f"/{field}", rule=rule)])
