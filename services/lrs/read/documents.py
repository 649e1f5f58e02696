"""Documents out: one by its id, or the ids of a scope (Communication 2.2)."""

from dataclasses import dataclass
from datetime import datetime

from lrs.log.documents import Document, Scope
from lrs.log.store import Store
from lrs.xapi.faults import NotFound


@dataclass(frozen=True, slots=True)
class Listing:
    """The ids of documents, and when the latest of them was modified (None without any)."""

    ids: tuple[str, ...]
    updated: datetime | None


def document(store: Store, scope: Scope, document_id: str) -> Document:
    """Return the document. Raises NotFound when there is none of that id."""
    with store.documents.reading(scope) as documents:
        found = documents.get(document_id)
    if found is None:
        raise NotFound("no document of that id is stored")
    return found


def listing(store: Store, scope: Scope, *, any_registration: bool, since: datetime | None) -> Listing:
    """Return what documents ``scope`` has, those stored or updated after ``since`` only where it is given."""
    with store.documents.reading(scope) as documents:
        names = documents.names(any_registration=any_registration, since=since)
    ids = dict.fromkeys(name.document_id for name in names)
    return Listing(tuple(ids), max((name.updated for name in names), default=None))
