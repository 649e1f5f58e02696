"""GET of the Statement resource (Communication 2.1.3): one statement, or pages of all that match."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

import orjson

from lrs.api.cursor import cursor_key, sign, verify
from lrs.api.dates import http_date
from lrs.api.messages import Call, Reply
from lrs.api.mixed import mixed_reply
from lrs.api.rendering import rendered
from lrs.api.statements import consistent_through
from lrs.api.threads import Threads
from lrs.ingest.attachments import hashes_of
from lrs.ingest.scopes import only_own_statements
from lrs.log.entry import LogEntry
from lrs.log.faults import StoreDamaged, StoreFault
from lrs.log.store import Store
from lrs.read.activities import Definitions
from lrs.read.statements import Cursor, StatementReader
from lrs.xapi import stored_text
from lrs.xapi.faults import Fault, InvalidQuery, NotFound, Overloaded
from lrs.xapi.query import StatementQuery, parse_query
from lrs.xapi.terms import authority_identifier

MORE = "more"
_NO_MORE = ""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PageLimits:
    """Statements in a page when the request names no limit, and the most in any page."""

    default: int = 100
    most: int = 500


@dataclass(frozen=True, slots=True)
class Sources:
    """What an answer is made of: the store, its statements, and what is known of Activities."""

    store: Store
    reader: StatementReader
    definitions: Definitions


class StatementReads:
    """The handler of GET; everything runs in a thread of the pool."""

    def __init__(self, sources: Sources, threads: Threads, limits: PageLimits, new_id: Callable[[], UUID]) -> None:
        self._store = sources.store
        self._reader = sources.reader
        self._definitions = sources.definitions
        self._threads = threads
        self._key = cursor_key(sources.store)
        self._limits = limits
        self._new_id = new_id

    async def get(self, call: Call) -> Reply:
        """Return one statement, or the page that the filters or the cursor name."""
        return await self._threads.run(self._get, call)

    async def consistent_through(self, known: datetime | None) -> datetime:
        """Return what a read that begins now would promise, or an earlier promise, which still holds, if it fails."""
        try:
            return await self._threads.run(self._reader.consistent_through)
        except (Overloaded, StoreFault):
            return known or _EPOCH

    def _get(self, call: Call) -> Reply:
        try:
            return self._found(call)
        except (stored_text.Garbled, orjson.JSONDecodeError) as error:
            damaged = StoreDamaged("a stored statement cannot be read")
            self._store.note_damage(str(damaged))
            raise damaged from error

    def _found(self, call: Call) -> Reply:
        through = self._reader.consistent_through()
        pairs, cursor = self._opened(call)
        limit = self._limits.most if "limit" in pairs else self._limits.default
        query = _confined(parse_query(list(pairs.items()), call.version, max_limit=limit), call)
        if query.statement_id or query.voided_statement_id:
            reply = self._single(call, query)
        else:
            reply = self._page(call, query, pairs, cursor)
        return reply.having(consistent_through(through))

    def _opened(self, call: Call) -> tuple[Mapping[str, str], Cursor | None]:
        """Return the parameters of the query and where to begin; a ``more`` link carries both."""
        if MORE not in call.parameters:
            return call.parameters, None
        if len(call.parameters) > 1:
            message = "no other parameter may stand beside more"
            raise InvalidQuery(message, [Fault(message, rule="Communication 2.1.3")])
        place = verify(self._key, call.parameters[MORE])
        return place["query"], Cursor(place["last"], place["upper"])

    def _single(self, call: Call, query: StatementQuery) -> Reply:
        entry = self._reader.get(query.statement_id) if query.statement_id else None
        if query.voided_statement_id:
            entry = self._reader.get_voided(query.voided_statement_id)
        if entry is None or not _visible(query, entry):
            raise NotFound("no statement with that id is stored, or it was voided, or another one may read it")
        return self._reply(query, self._rendered(query, [entry], call)[0], [entry])

    def _page(self, call: Call, query: StatementQuery, pairs: Mapping[str, str], cursor: Cursor | None) -> Reply:
        page = self._reader.page(query, cursor, query.limit)
        entries = page.entries
        more = self._more(call.endpoint, pairs, page.next_cursor)
        statements = b",".join(self._rendered(query, entries, call))
        return self._reply(query, b'{"statements":[' + statements + b'],"more":' + orjson.dumps(more) + b"}", entries)

    def _rendered(self, query: StatementQuery, entries: Sequence[LogEntry], call: Call) -> list[bytes]:
        return rendered(self._definitions, entries, query.format, call.header("accept-language"))

    def _more(self, endpoint: str, pairs: Mapping[str, str], cursor: Cursor | None) -> str:
        if cursor is None:
            return _NO_MORE
        place = {"query": dict(pairs), "last": cursor.last, "upper": cursor.upper}
        return f"{endpoint}/statements?{MORE}={sign(self._key, place)}"

    def _reply(self, query: StatementQuery, content: bytes, entries: Sequence[LogEntry]) -> Reply:
        modified = _last_modified(entries)
        if not query.attachments:
            return Reply(200, content, headers=modified)
        hashes = dict.fromkeys(sha2 for entry in entries for sha2 in _hashes(entry))
        return mixed_reply(content, hashes, self._store, f"mastrail-{self._new_id().hex}").having(*modified)


def _confined(query: StatementQuery, call: Call) -> StatementQuery:
    """Return the query for what the credential may see: everything, or what its own authority asserted."""
    if not only_own_statements(call.credential.scopes):
        return query
    return replace(query, authority=authority_identifier(call.credential.authority))


def _visible(query: StatementQuery, entry: LogEntry) -> bool:
    if query.authority is None:
        return True
    return authority_identifier(orjson.loads(stored_text.stored_text(entry.payload))["authority"]) == query.authority


def _hashes(entry: LogEntry) -> list[str]:
    text = stored_text.stored_text(entry.payload)
    return list(hashes_of(orjson.loads(text))) if b'"attachments"' in text else []


def _last_modified(entries: Sequence[LogEntry]) -> tuple[tuple[str, str], ...]:
    newest: datetime | None = max((entry.recorded for entry in entries), default=None)
    return () if newest is None else (("Last-Modified", http_date(newest)),)
