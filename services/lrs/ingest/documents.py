"""Documents in: put, merge and delete as one decision on what is there, so that many writers lose no update.

Communication 2.2 (documents) and 3.1 (concurrency); the rules themselves are in ``lrs.xapi.document``.
"""

from dataclasses import dataclass

from lrs.log.documents import Document, DocumentsTransaction, Scope
from lrs.log.store import Store
from lrs.xapi.document import Preconditions, Resource, check_preconditions, merge, must_be_object_if_json
from lrs.xapi.faults import Fault, InvalidRequest
from lrs.xapi.version import Version


@dataclass(frozen=True, slots=True)
class Change:
    """Which document a request changes, by which rules, and what it asks to be true before."""

    version: Version
    resource: Resource
    scope: Scope
    document_id: str
    asked: Preconditions


def put(store: Store, change: Change, content: bytes, content_type: str) -> Document:
    """Store ``content`` in place of whatever was there, and return it.

    Raises PreconditionFailed, StateConflict or InvalidRequest as Communication 3.1 says; nothing is changed then.
    """
    with store.documents.changing(change.scope) as documents:
        _check(documents, change, "PUT")
        return documents.put(change.document_id, content_type, content)


def post(store: Store, change: Change, content: bytes, content_type: str) -> Document:
    """Merge ``content`` one level deep into the document that is there, or store it as new, and return the result.

    Raises InvalidRequest when one of the two is no JSON object, PreconditionFailed when a header does not hold.
    """
    must_be_object_if_json(content, content_type)
    with store.documents.changing(change.scope) as documents:
        current = _check(documents, change, "POST")
        if current is None:
            return documents.put(change.document_id, content_type, content)
        merged = merge(current.content, current.content_type, content, content_type)
        return documents.put(change.document_id, current.content_type, merged)


def delete(store: Store, change: Change) -> None:
    """Forget the document; it is no fault if there is none. Raises PreconditionFailed when a header does not hold."""
    with store.documents.changing(change.scope) as documents:
        _check(documents, change, "DELETE")
        documents.delete(change.document_id)


def delete_all(store: Store, scope: Scope, asked: Preconditions, *, any_registration: bool) -> None:
    """Forget every document of ``scope`` (Communication 2.3). Raises InvalidRequest when preconditions are given."""
    if asked != Preconditions():
        message = "If-Match and If-None-Match speak of one document: name it by stateId"
        raise InvalidRequest(message, [Fault(message, rule="Communication 3.1")])
    with store.documents.changing(scope) as documents:
        documents.delete_all(any_registration=any_registration)


def _check(documents: DocumentsTransaction, change: Change, method: str) -> Document | None:
    current = documents.get(change.document_id)
    tag = None if current is None else current.etag
    check_preconditions(change.version, change.resource, method, change.asked, tag)
    return current
