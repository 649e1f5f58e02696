"""A refused request taken in after all: through the same checks, under the authority of its own credential."""

from collections.abc import Iterator
from contextlib import closing
from uuid import UUID, uuid5

from lrs.api.multipart import MIXED
from lrs.ingest import scopes
from lrs.ingest.credentials import credential_from
from lrs.ingest.statements import Ingest, Sender, Stored
from lrs.ingest.writer import Writer
from lrs.log.journal import Rejected
from lrs.log.store import Store
from lrs.xapi.faults import InvalidRequest
from lrs.xapi.version import Version
from mastrail.shell import utc_now


def replay(store: Store, request: Rejected, body: bytes | None = None) -> Stored:
    """Store the statements of ``request``, or of ``body`` in their place, and return what became of them.

    Statements without an id get the same ids each time, so that a second replay stores nothing more. Raises Refusal
    with every fault when the request would be refused again, or when its credential may no longer write.
    """
    if request.path != "statements":
        raise InvalidRequest("only statements are replayed; a document may have changed since, so its client has to")
    sent = request.body if body is None else body
    if sent is None:
        raise InvalidRequest("the body of the request was not kept; give it with --body")
    if (request.content_type or "").lower().startswith(MIXED) and body is None:
        raise InvalidRequest("a request with attachments is not replayed")
    held = _scopes(store, request)
    scopes.require(held, request.path, request.method)
    given = request.parameters.get("statementId")
    with closing(Writer(store)) as writer:
        ingest = Ingest(store, writer, now=utc_now, new_id=_ids(request.entry_id).__next__)
        with closing(ingest):
            sender = Sender(request.authority, Version(request.version), defines=scopes.may_define(held))
            entries = ingest.prepare(sent, sender, statement_id=_uuid(given))
            return ingest.store(entries).result()


def _scopes(store: Store, request: Rejected) -> frozenset[str]:
    """Return what the key may do today; of a bearer token, which is over by now, only that it might write is known."""
    if request.key.startswith("token:"):
        return frozenset({scopes.WRITE})
    rows = store.select("select_credential_with_options", {"key_id": request.key})
    if not rows or credential_from(rows[0]).is_revoked:
        raise InvalidRequest("the credential of the request is revoked")
    return credential_from(rows[0]).scopes


def _ids(name: UUID) -> Iterator[UUID]:
    number = 0
    while True:
        yield uuid5(name, str(number))
        number += 1


def _uuid(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError:
        raise InvalidRequest("statementId is not a UUID") from None
