"""The xAPI endpoint as one ASGI application: recognise form, version and credentials, and let a resource answer.

Nothing here validates a body: refusals come as exceptions and ``lrs.api.errors`` alone turns them into statuses.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lrs.api import alternate, parameters, versions
from lrs.api.body import Body, ClientGone, Receive, ready_body
from lrs.api.cors import CrossOrigin
from lrs.api.encodings import unpacker
from lrs.api.errors import MethodNotAllowed, error_reply
from lrs.api.messages import Call, Reply
from lrs.api.metrics import NO_CREDENTIAL, Metrics
from lrs.api.origins import Origins
from lrs.api.refusals import Asked, Refusals
from lrs.api.threads import Threads
from lrs.api.transmit import Send, transmit
from lrs.ingest import scopes
from lrs.ingest.authenticator import Authenticator
from lrs.ingest.credentials import ANYONE, Credential
from lrs.xapi.faults import InvalidRequest, NotFound
from lrs.xapi.version import Version

Handler = Callable[[Call], Awaitable[Reply]]
Given = dict[str, str]
Finish = Callable[[Reply], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Resource:
    """What answers at one path: a handler for each method (HEAD is GET without the body).

    ``known`` are the names of its parameters. ``is_public`` needs neither credentials nor a version.
    ``finish`` adds the headers that every reply of the resource bears, refusals too.
    """

    handlers: Mapping[str, Handler]
    known: frozenset[str] = frozenset()
    is_public: bool = False
    finish: Finish | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """What every request passes through."""

    authenticator: Authenticator
    threads: Threads
    cross_origin: CrossOrigin
    origins: Origins
    metrics: Metrics
    refusals: Refusals | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may cost, and the version of a reply to a request that names none."""

    default_version: Version
    max_body_bytes: int


@dataclass(slots=True)
class _Exchange:
    """What is known so far of a request that is being answered."""

    method: str
    path: str
    headers: dict[str, str]
    endpoint: str
    credential: Credential | None = None
    tunnelled: bool = False
    surplus: tuple[str, ...] = ()
    advice: list[str] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    body: Body | None = None

    @property
    def credential_name(self) -> str:
        return NO_CREDENTIAL if self.credential is None else self.credential.name


class XapiService:
    """Answers requests below the endpoint."""

    def __init__(self, resources: Mapping[str, Resource], gate: Gate, limits: Limits) -> None:
        self._resources = resources
        self._gate = gate
        self._limits = limits

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = time.monotonic()
        endpoint = scope.get("root_path", "")
        path = self._tidied(scope["path"].removeprefix(endpoint).removeprefix("/"))
        exchange = _Exchange(scope["method"], path, _headers(scope["headers"]), endpoint)
        try:
            reply = await self._reply(exchange, scope["query_string"], receive)
        except ClientGone:
            return
        head = exchange.method == "HEAD"
        self._gate.metrics.answered(path, exchange.method, reply.status, time.monotonic() - started)
        await transmit(reply, send, self._gate.threads, head=head, tunnelled=exchange.tunnelled)

    def _tidied(self, path: str) -> str:
        """Return ``path`` without the slashes that are left over where a client joins it to an endpoint."""
        return path if path in self._resources else "/".join(filter(None, path.split("/")))

    async def _reply(self, exchange: _Exchange, query: bytes, receive: Receive) -> Reply:
        try:
            reply = await self._answer(exchange, query, receive)
        except ClientGone:
            raise
        except Exception as error:  # noqa: BLE001 - whatever happens, the client gets JSON and no stack trace
            reply = error_reply(error)
            self._gate.metrics.refused(exchange.credential_name, type(error).__name__)
            self._keep(exchange, reply)
        self._count_advice(exchange)
        return await self._finish(exchange, reply)

    def _keep(self, exchange: _Exchange, reply: Reply) -> None:
        if self._gate.refusals is None or exchange.credential is None:
            return
        version = versions.reply_version(exchange.headers.get(versions.HEADER), self._limits.default_version)
        content_type = exchange.headers.get("content-type")
        asked = Asked(exchange.method, exchange.path, version, exchange.parameters, content_type, exchange.body)
        self._gate.refusals.keep(asked, exchange.credential, reply)

    def _count_advice(self, exchange: _Exchange) -> None:
        for advice in exchange.advice:
            self._gate.metrics.advised(exchange.credential_name, advice)
        if exchange.advice and exchange.credential is not None and self._gate.refusals is not None:
            self._gate.refusals.rejections.advise(exchange.credential.key, exchange.advice)

    async def _finish(self, exchange: _Exchange, reply: Reply) -> Reply:
        version = versions.reply_version(exchange.headers.get(versions.HEADER), self._limits.default_version)
        own = () if exchange.credential is None else exchange.credential.cors_origins
        crossing = self._gate.cross_origin.reply_headers(exchange.headers.get("origin"), own)
        resource = self._resources.get(exchange.path)
        finished = reply if resource is None or resource.finish is None else await resource.finish(reply)
        crossed = () if exchange.method == "OPTIONS" else crossing
        return finished.having((versions.REPLY_HEADER, version), *crossed)

    async def _answer(self, exchange: _Exchange, query: bytes, receive: Receive) -> Reply:
        if exchange.method == "OPTIONS":
            return self._gate.cross_origin.preflight(exchange.headers, await self._gate.origins.of_credentials())
        unpacked = unpacker(exchange.headers.get("content-encoding"))
        body = Body(receive, exchange.headers.get("content-length"), self._limits.max_body_bytes, unpacked=unpacked)
        given = parameters.parse(query)
        if alternate.is_alternate(exchange.method, given):
            given, body = await self._unfold(exchange, given, body)
        exchange.parameters, exchange.body = given, body
        resource, handler = self._resource(exchange)
        if resource.is_public:
            return await handler(self._public_call(exchange, given, body))
        version = versions.effective_version(exchange.headers.get(versions.HEADER))
        if exchange.tunnelled and version is not Version.V1_0_3:
            raise InvalidRequest("the alternate request syntax is not part of xAPI 2.0")
        credential = exchange.credential = await self._credential(exchange.headers.get("authorization"))
        scopes.require(credential.scopes, exchange.path, exchange.method)
        known = _tolerated(resource, exchange, credential, given)
        call = Call(exchange.method, exchange.path, known, exchange.headers, version, body, credential)
        call.endpoint, call.advice = exchange.endpoint, exchange.advice
        return await handler(call)

    def _public_call(self, exchange: _Exchange, given: dict[str, str], body: Body) -> Call:
        parameters.refuse_unknown(given, frozenset())
        version = versions.reply_version(exchange.headers.get(versions.HEADER), self._limits.default_version)
        return Call(exchange.method, exchange.path, {}, exchange.headers, version, body, ANYONE)

    async def _unfold(self, exchange: _Exchange, given: dict[str, str], body: Body) -> tuple[dict[str, str], Body]:
        exchange.tunnelled = True
        unfolded = alternate.unfold(given, exchange.headers, await body.read())
        exchange.method = unfolded.method
        exchange.headers = unfolded.headers
        exchange.surplus = unfolded.surplus
        return unfolded.parameters, ready_body(unfolded.content)

    def _resource(self, exchange: _Exchange) -> tuple[Resource, Handler]:
        resource = self._resources.get(exchange.path)
        if resource is None:
            raise NotFound("there is no xAPI resource at this path")
        handler = resource.handlers.get("GET" if exchange.method == "HEAD" else exchange.method)
        if handler is None:
            allowed = tuple(sorted({*resource.handlers, "HEAD", "OPTIONS"}))
            raise MethodNotAllowed("the resource does not answer this method", allowed)
        return resource, handler

    async def _credential(self, header: str | None) -> Credential:
        found = self._gate.authenticator.remembered(header)
        if found is None:
            found = await self._gate.threads.run(self._gate.authenticator.authenticate, header)
        return found


def _tolerated(resource: Resource, exchange: _Exchange, credential: Credential, given: Given) -> Given:
    """Drop the parameters nobody knows, and count it, for a credential whose client is known to add some."""
    if not credential.ignores_unknown_parameters:
        alternate.refuse_surplus(exchange.surplus)
        return given
    if exchange.surplus or parameters.unknown(given, resource.known):
        exchange.advice.append("unknown-parameter")
    return {name: value for name, value in given.items() if name in resource.known}


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}
    return headers if len(headers) == len(raw) else _joined(raw)


def _joined(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers, the values of one that stands several times as one (RFC 9110 5.3)."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key = name.decode("latin-1")
        text = value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers
