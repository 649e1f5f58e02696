"""State, agent profile and activity profile: three resources of documents with one behaviour (Communication 2.2)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lrs.api.dates import http_date
from lrs.api.messages import Call, Reply, json_reply, no_content
from lrs.api.service import Resource as HttpResource
from lrs.api.threads import Threads
from lrs.ingest import documents as changes
from lrs.ingest.documents import Change
from lrs.log.documents import Document, Scope
from lrs.log.store import Store
from lrs.read.documents import Listing, document, listing
from lrs.xapi.document import Preconditions, Resource
from lrs.xapi.parameters import parse_activity_profile, parse_agent_profile, parse_state
from lrs.xapi.version import Version

_OCTETS = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is about: one document, or without ``document_id`` all of the scope."""

    scope: Scope
    document_id: str | None
    since: datetime | None
    any_registration: bool = False


Parse = Callable[[str, Sequence[tuple[str, str]], Version], Target]


def state_target(method: str, pairs: Sequence[tuple[str, str]], version: Version) -> Target:
    """Return the state documents meant; all of a context are those of any registration unless one is named."""
    given = parse_state(method, pairs, version)
    scope = Scope(Resource.STATE, given.activity_id, _storable(given.agent), given.registration or "")
    return Target(scope, given.state_id, given.since, any_registration=given.registration is None)


def agent_profile_target(method: str, pairs: Sequence[tuple[str, str]], version: Version) -> Target:
    """Return the agent profile documents meant."""
    given = parse_agent_profile(method, pairs, version)
    return Target(Scope(Resource.AGENT_PROFILE, agent=_storable(given.agent)), given.profile_id, given.since)


def activity_profile_target(method: str, pairs: Sequence[tuple[str, str]], version: Version) -> Target:
    """Return the activity profile documents meant."""
    given = parse_activity_profile(method, pairs, version)
    return Target(Scope(Resource.ACTIVITY_PROFILE, given.activity_id), given.profile_id, given.since)


def _storable(identifier: str) -> str:
    """Return an agent's identifier without U+0000, which stands inside some and which not every database can keep."""
    return identifier.replace("\\", "\\\\").replace("\0", "\\0")


class DocumentHandlers:
    """GET, PUT, POST and DELETE of one resource; the database is waited for in a thread."""

    def __init__(self, store: Store, threads: Threads, resource: Resource, parse: Parse) -> None:
        self._store = store
        self._threads = threads
        self._resource = resource
        self._parse = parse

    async def get(self, call: Call) -> Reply:
        """Return the document byte for byte, or the ids of all."""
        target = self._target(call)
        if target.document_id is None:
            found_ids = await self._threads.run(self._listing, target)
            return json_reply(found_ids.ids, *_modified(found_ids.updated))
        found = await self._threads.run(document, self._store, target.scope, target.document_id)
        return Reply(200, found.content, found.content_type, _headers(found))

    async def put(self, call: Call) -> Reply:
        """Store a document whole."""
        return await self._write(call, changes.put)

    async def post(self, call: Call) -> Reply:
        """Merge into a JSON document, or store a new one."""
        return await self._write(call, changes.post)

    async def delete(self, call: Call) -> Reply:
        """Forget one document, or all of a context."""
        target = self._target(call)
        change = self._change(call, target)
        if target.document_id is None:
            await self._threads.run(self._delete_all, target, change.asked)
        else:
            await self._threads.run(changes.delete, self._store, change)
        return no_content()

    async def _write(self, call: Call, write: Callable[[Store, Change, bytes, str], Document]) -> Reply:
        change = self._change(call, self._target(call))
        content_type = call.header("content-type") or _OCTETS
        written = await self._threads.run(write, self._store, change, await call.body.read(), content_type)
        return no_content(*_headers(written))

    def _target(self, call: Call) -> Target:
        return self._parse(call.method, list(call.parameters.items()), call.version)

    def _change(self, call: Call, target: Target) -> Change:
        asked = Preconditions(call.header("if-match"), call.header("if-none-match"))
        return Change(call.version, self._resource, target.scope, target.document_id or "", asked)

    def _listing(self, target: Target) -> Listing:
        return listing(self._store, target.scope, any_registration=target.any_registration, since=target.since)

    def _delete_all(self, target: Target, asked: Preconditions) -> None:
        changes.delete_all(self._store, target.scope, asked, any_registration=target.any_registration)


def document_resources(store: Store, threads: Threads) -> dict[str, HttpResource]:
    """Return the three resources by their path."""
    return {
        Resource.STATE.value: _resource(
            DocumentHandlers(store, threads, Resource.STATE, state_target),
            {"activityId", "agent", "registration", "stateId", "since"},
        ),
        Resource.AGENT_PROFILE.value: _resource(
            DocumentHandlers(store, threads, Resource.AGENT_PROFILE, agent_profile_target),
            {"agent", "profileId", "since"},
        ),
        Resource.ACTIVITY_PROFILE.value: _resource(
            DocumentHandlers(store, threads, Resource.ACTIVITY_PROFILE, activity_profile_target),
            {"activityId", "profileId", "since"},
        ),
    }


def _resource(handlers: DocumentHandlers, known: set[str]) -> HttpResource:
    methods = {"GET": handlers.get, "PUT": handlers.put, "POST": handlers.post, "DELETE": handlers.delete}
    return HttpResource(methods, frozenset(known))


def _headers(found: Document) -> tuple[tuple[str, str], ...]:
    return ("ETag", f'"{found.etag}"'), *_modified(found.updated)


def _modified(updated: datetime | None) -> tuple[tuple[str, str], ...]:
    return () if updated is None else (("Last-Modified", http_date(updated)),)
