"""Statements in: split, check, complete, append; a batch is stored whole or not at all (Communication 2.1)."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.x509 import Certificate

from lrs.ingest.attachments import Attachment, attachment_rows
from lrs.ingest.settle import Settler, Stored
from lrs.ingest.signatures import signature_rows
from lrs.ingest.writer import Writer
from lrs.log.entry import STATEMENT_STORED, NewEntry, SideRow, StatementIndex
from lrs.log.store import Store
from lrs.xapi.advice import NO_ID, advise
from lrs.xapi.batch import split
from lrs.xapi.check import Checked, check, must_have_id
from lrs.xapi.complete import Completed, complete
from lrs.xapi.faults import Fault, InvalidStatement, TooLarge
from lrs.xapi.signatures import Trust
from lrs.xapi.terms import index
from lrs.xapi.version import Version

__all__ = ["BatchLimits", "Ingest", "Preparation", "Sender", "Stored"]


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How much one request may bring."""

    max_statements: int = 10_000
    max_depth: int = 64


@dataclass(frozen=True, slots=True)
class Sender:
    """On whose behalf statements come in: the authority of the credentials, and the version of the request.

    What is to be advised about the statements is added to ``advice``, each name once. Unless the sender ``defines``,
    the statements are stored but change nothing that is known of Activities and Agents (Communication 4.2).
    """

    authority: Mapping[str, Any]
    version: Version
    advice: list[str] = field(default_factory=list)
    defines: bool = True


class Preparation:
    """Makes entries of the statements of one request at a time, from any thread; it needs no store for that."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], UUID],
        limits: BatchLimits | None = None,
        anchors: Sequence[Certificate] = (),
    ) -> None:
        """Judge signed statements by ``anchors``, the certificates that are trusted; without any, none is."""
        self._now = now
        self._new_id = new_id
        self._limits = limits or BatchLimits()
        self._anchors = tuple(anchors)

    def prepare(
        self,
        body: bytes,
        sender: Sender,
        *,
        statement_id: UUID | None = None,
        attachments: Sequence[Attachment] | None = None,
    ) -> list[NewEntry]:
        """Return the statements of ``body``, checked and completed, as entries; nothing is stored yet.

        ``statement_id`` is that of a PUT, whose body is one statement. ``attachments`` are the parts of a multipart
        request, None for any other. Raises InvalidRequest or InvalidStatement with every fault, TooLarge when there
        are too many statements.
        """
        raws = split(body, self._limits.max_depth)
        if statement_id is not None and body.lstrip()[:1] == b"[":
            raise InvalidStatement("a PUT carries one statement, not an array", _put_takes_one())
        if len(raws) > self._limits.max_statements:
            raise TooLarge(f"the batch has more than {self._limits.max_statements} statements, the limit of this store")
        checked = check(raws, sender.version)
        if statement_id is not None:
            must_have_id(checked[0], statement_id)
        now = self._now()
        sender.advice.extend(_advice(checked, now, has_id=statement_id is not None))
        completed = [self._complete(one, sender, statement_id, now) for one in checked]
        rows = attachment_rows(completed, attachments)
        verdicts = signature_rows(checked, attachments or (), Trust(self._anchors, now), sender.version)
        return [_entry(*parts, sender.defines) for parts in zip(completed, rows, verdicts, strict=True)]

    def _complete(self, one: Checked, sender: Sender, statement_id: UUID | None, now: datetime) -> Completed:
        return complete(
            one,
            statement_id=one.id or statement_id or _of_rfc_4122(self._new_id()),
            authority=sender.authority,
            timestamp=now,
            version=sender.version,
        )


class Ingest(Preparation):
    """Takes the statements of one request at a time, from any thread."""

    def __init__(  # noqa: PLR0913 - all by name, composed in one place
        self,
        store: Store,
        writer: Writer[Any],
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], UUID],
        limits: BatchLimits | None = None,
        anchors: Sequence[Certificate] = (),
    ) -> None:
        """Judge signed statements by ``anchors``, the certificates that are trusted; without any, none is."""
        super().__init__(now=now, new_id=new_id, limits=limits, anchors=anchors)
        self._settler = Settler(store, writer)

    def store(self, entries: Sequence[NewEntry]) -> Future[Stored]:
        """Return the future of what becomes of prepared ``entries``; once it is there they are durable.

        Raises Overloaded when the queue of the writer is full. The future fails with StatementConflict, or as that of
        the writer does.
        """
        return self._settler.store(entries)

    def close(self) -> None:
        """Finish what is being settled. The writer is the caller's to drain, before this."""
        self._settler.close()


def _advice(checked: Sequence[Checked], now: datetime, *, has_id: bool) -> list[str]:
    day_after = (now + timedelta(days=2)).date().isoformat()
    found: dict[str, None] = {}
    for one in checked:
        found.update(dict.fromkeys(advise(one.body, day_after)))
    if has_id:
        found.pop(NO_ID, None)  # the id of a PUT is in its parameter
    return list(found)


def _of_rfc_4122(made: UUID) -> UUID:
    """Return ``made`` as version 4: statement ids follow RFC 4122 (Data 2.4.1), and clients refuse later versions."""
    return UUID(int=made.int, version=4)


def _entry(completed: Completed, content: tuple[SideRow, ...], verdict: tuple[SideRow, ...], defines: bool) -> NewEntry:
    found = index(completed.body)
    indexed = StatementIndex(found.terms, found.refers_to, found.voids, found.own_terms, defines, is_derivable=True)
    return NewEntry(completed.entry_id, STATEMENT_STORED, completed.payload, indexed, content + verdict)


def _put_takes_one() -> list[Fault]:
    return [Fault("the body is an array; a PUT carries one statement", rule="Communication 2.1.1")]
