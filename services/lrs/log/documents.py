"""Documents of the state and profile resources: rows as they stand, not entries of the log (Communication 2.2)."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha1
from typing import Any

from lrs.log import frame
from lrs.log.session import Database, Row, Session


@dataclass(frozen=True, slots=True)
class Scope:
    """What a document belongs to. ``resource`` is such as ``state``; what the resource does not have stays empty."""

    resource: str
    activity: str = ""
    agent: str = ""
    registration: str = ""


@dataclass(frozen=True, slots=True)
class DocumentName:
    """A document without its content: enough for lists of ids and for preconditions."""

    document_id: str
    registration: str
    content_type: str
    etag: str
    updated: datetime


@dataclass(frozen=True, slots=True)
class Document:
    """A stored document. ``etag`` is the SHA-1 of the content in hexadecimal digits."""

    document_id: str
    content_type: str
    content: bytes
    etag: str
    updated: datetime


class DocumentsTransaction:
    """Reads and changes documents of one scope while nobody else can: a decision on what was read stays true."""

    def __init__(self, session: Session, scope: Scope, now: datetime) -> None:
        self._session = session
        self._scope = _columns(scope)
        self._now = now

    def get(self, document_id: str) -> Document | None:
        """Return the document, or None."""
        rows = self._session.look([("select_document", {**self._scope, "document_id": _escape(document_id)})])[0]
        return _document(rows[0]) if rows else None

    def names(self, *, any_registration: bool = False, since: datetime | None = None) -> list[DocumentName]:
        """Return the documents of the scope by id, those changed after ``since`` only where it is given."""
        return [
            _name(row) for row in self._session.look([("list_documents", self._listed(any_registration, since))])[0]
        ]

    def put(self, document_id: str, content_type: str, content: bytes) -> Document:
        """Store the document, replacing what was there."""
        # The specification asks for SHA-1 entity tags (Communication 3.1); nothing is protected by it.
        etag = sha1(content, usedforsecurity=False).hexdigest()
        values = {"content_type": content_type, "content": content, "etag": etag}
        stamp = {"updated": frame.to_micros(self._now)}
        self._session.run("upsert_document", {**self._scope, "document_id": _escape(document_id), **values, **stamp})
        return Document(document_id, content_type, content, etag, self._now)

    def delete(self, document_id: str) -> None:
        """Forget the document; nothing happens when there is none."""
        self._session.run("delete_document", {**self._scope, "document_id": _escape(document_id)})

    def delete_all(self, *, any_registration: bool = False) -> None:
        """Forget every document of the scope."""
        self._session.run("delete_documents", self._listed(any_registration, None))

    def _listed(self, any_registration: bool, since: datetime | None) -> dict[str, Any]:
        registration = None if any_registration else self._scope["registration"]
        return {**self._scope, "registration": registration, "since": frame.to_micros(since) if since else None}


class DocumentStore:
    """The documents of one store."""

    def __init__(self, database: Database, now: Callable[[], datetime], limit_seconds: float) -> None:
        self._database = database
        self._now = now
        self._limit_seconds = limit_seconds

    @contextmanager
    def reading(self, scope: Scope) -> Iterator[DocumentsTransaction]:
        """Lend the documents of ``scope`` for reading."""
        with self._database.reading(self._limit_seconds) as session:
            yield DocumentsTransaction(session, scope, self._now())

    @contextmanager
    def changing(self, scope: Scope) -> Iterator[DocumentsTransaction]:
        """Lend the documents of ``scope`` for reading and changing, one user at a time among all processes.

        The changes are durable when the block ends; an error in it undoes them.
        """
        with self._database.writing() as session:
            session.look([("lock_documents", _columns(scope))])
            yield DocumentsTransaction(session, scope, self._now())


def _columns(scope: Scope) -> dict[str, str]:
    return {name: _escape(value) for name, value in asdict(scope).items()}


def _escape(text: str) -> str:
    """Return ``text`` without the character NUL, which PostgreSQL keeps in no text and account identifiers have."""
    return text.replace("\\", "\\\\").replace("\0", "\\0")


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda escaped: "\0" if escaped[1] == "0" else escaped[1], text)


def _document(row: Row) -> Document:
    updated = frame.from_micros(row["updated"])
    return Document(_unescape(row["document_id"]), row["content_type"], row["content"], row["etag"], updated)


def _name(row: Row) -> DocumentName:
    updated = frame.from_micros(row["updated"])
    return DocumentName(_unescape(row["document_id"]), row["registration"], row["content_type"], row["etag"], updated)
