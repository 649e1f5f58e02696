"""The Statement resource (Communication 2.1): PUT, POST, GET; HEAD is GET without the body."""

from concurrent.futures import Future
from datetime import datetime, timedelta
from uuid import UUID

from lrs.api.answers import Answers
from lrs.api.incoming import Incoming, read_statements
from lrs.api.messages import Call, Reply, json_reply, no_content
from lrs.api.metrics import Metrics
from lrs.api.threads import Threads
from lrs.ingest.scopes import may_define
from lrs.ingest.settle import Stored
from lrs.ingest.statements import Ingest, Sender
from lrs.xapi.pairs import Pairs
from lrs.xapi.timestamps import write_timestamp

CONSISTENT_THROUGH = "X-Experience-API-Consistent-Through"
_PUT_RULE = "Communication 2.1.1.s1"
_POST_RULE = "Communication 2.1.2.s1"
_AT_ONCE_BYTES = 128 * 1024
_INSTANT = timedelta(microseconds=1)


class StatementWrites:
    """Handlers of PUT and POST."""

    def __init__(self, ingest: Ingest, threads: Threads, metrics: Metrics) -> None:
        self._ingest = ingest
        self._threads = threads
        self._metrics = metrics
        self._answers = Answers()

    async def put(self, call: Call) -> Reply:
        """Store one statement under the id of the parameter; 204 once it is durable."""
        stored = await self._store(call, _statement_id(call))
        return no_content(*_through(stored))

    async def post(self, call: Call) -> Reply:
        """Store a batch whole or not at all; 200 and the ids in order once it is durable."""
        if call.parameters:
            _refuse_parameters(call)
        stored = await self._store(call, None)
        return json_reply(stored.ids, *_through(stored))

    async def _store(self, call: Call, statement_id: UUID | None) -> Stored:
        incoming = await read_statements(call)
        held = call.credential
        sender = Sender(held.authority, call.version, call.advice, may_define(held.scopes))
        stored = await self._answers.of(await self._take(incoming, sender, statement_id))
        self._metrics.stored(stored.new)
        return stored

    async def _take(self, incoming: Incoming, sender: Sender, statement_id: UUID | None) -> Future[Stored]:
        """Check at once what is small; a large batch is checked in a thread, so that others are answered meanwhile."""
        if len(incoming.statements) <= _AT_ONCE_BYTES:
            return self._check_and_store(incoming, sender, statement_id)
        return await self._threads.run(self._check_and_store, incoming, sender, statement_id)

    def _check_and_store(self, incoming: Incoming, sender: Sender, statement_id: UUID | None) -> Future[Stored]:
        body, attachments = incoming.statements, incoming.attachments
        entries = self._ingest.prepare(body, sender, statement_id=statement_id, attachments=attachments)
        return self._ingest.store(entries)


def _through(stored: Stored) -> tuple[tuple[str, str], ...]:
    """Return the header for a write: everything before its own instant is there, and nothing can come before it."""
    return () if stored.receipt is None else (consistent_through(stored.receipt.recorded - _INSTANT),)


def consistent_through(moment: datetime) -> tuple[str, str]:
    """Return the header that promises every statement stored up to ``moment`` (Communication 2.1.3)."""
    return CONSISTENT_THROUGH, write_timestamp(moment)


def _statement_id(call: Call) -> UUID:
    given = Pairs(list(call.parameters.items()), {"statementId"}, call.version, "PUT of a statement", _PUT_RULE)
    given.require("statementId")
    statement_id = given.uuid("statementId")
    given.refuse_faults()
    return UUID(statement_id)


def _refuse_parameters(call: Call) -> None:
    Pairs(list(call.parameters.items()), frozenset(), call.version, "POST of statements", _POST_RULE).refuse_faults()
