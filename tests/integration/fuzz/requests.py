"""Strategies of requests, one for each way into the server."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_from_bytes, urlencode

from hypothesis import strategies as st

from integration.fuzz.statements import statement_bodies
from integration.fuzz.values import ACTIVITY, AGENT, IDS, PARAMETERS, as_json, headers, sometimes, wild, words
from integration.fuzz.wire import Request

METHODS = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE"]
VERSIONS = ["1.0.3", "2.0.0"]
DOCUMENTS = {
    "activities/state": {"activityId": ACTIVITY, "agent": AGENT, "stateId": "s"},
    "activities/profile": {"activityId": ACTIVITY, "profileId": "p"},
    "agents/profile": {"agent": AGENT, "profileId": "p"},
}
RESOURCES = {
    "statements": {},
    "activities": {"activityId": ACTIVITY},
    "agents": {"agent": AGENT},
    "about": {},
    **DOCUMENTS,
}
JSON_API = [
    *("/api/v1/people", "/api/v1/people/{}/competencies", "/api/v1/people/{}/competencies/{}/evidence"),
    *("/api/v1/people/{}/competencies/{}", "/api/v1/competencies/{}/states", "/api/v1/mastery-events"),
    *("/api/v1/projection", "/log/checkpoint", "/log/vkey", "/log/tile/{}", "/log/tile/0/{}", "/log/tile/entries/{}"),
    *(
        "/log/tile/0/x001/{}",
        "/log/proof/{}",
        "/log/proof",
        "/health/ready",
        "/health/live",
        "/metrics",
        "/{}",
        "/{}/{}",
    ),
    *("/xAPI/{}", "/xapi/statements/{}", "/xAPI", "/xAPI/activities/{}", "/docs", "/openapi.json", "/api/v1/{}"),
]
SEGMENTS = [
    "000",
    "001",
    "000.p/1",
    "0",
    "255",
    "256",
    "-1",
    "1" * 40,
    "\u0663",
    *IDS[:2],
    ACTIVITY,
    "..",
    "%2e%2e",
    "\x00",
]
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Callers:
    """The values of ``Authorization`` of the credentials that there are, by name."""

    authorizations: Mapping[str, str]

    def usual(self, draw: st.DrawFn, content_type: str = "application/json") -> dict[str, str]:
        """Draw who asks, mostly the one who may do everything, and the headers of a good request."""
        name = draw(st.sampled_from(sorted(self.authorizations))) if sometimes(draw, 12) else "all"
        return {
            "Authorization": self.authorizations[name],
            "X-Experience-API-Version": draw(st.sampled_from(VERSIONS)),
            "Content-Type": content_type,
        }


def query_of(draw: st.DrawFn, complete: Mapping[str, str], most: int = 3) -> list[tuple[str, str]]:
    """Draw parameters: the complete ones with some changed, repeated, left out, and others beside them."""
    found = dict(complete)
    extra = []
    changed = st.lists(st.sampled_from(PARAMETERS) | words, min_size=1, max_size=most)
    for name in draw(changed) if draw(st.booleans()) else ():
        if name in found and sometimes(draw, 5):
            extra.append((name, draw(words)))
        else:
            found[name] = draw(words)
    if found and sometimes(draw, 10):
        del found[draw(st.sampled_from(sorted(found)))]
    return [*found.items(), *extra]


def encoded(draw: st.DrawFn, pairs: list[tuple[str, str]]) -> bytes:
    """Return a query string, now and then with something that is no percent encoding."""
    text = "&".join(
        f"{quote(name, errors='surrogatepass')}={quote(value, errors='surrogatepass')}" for name, value in pairs
    )
    broken = draw(st.sampled_from(["%", "&&", "=%zz", "%ff%fe", "#x", "?x"])) if sometimes(draw, 12) else ""
    return (text + broken).encode()


def target(path: str, query: bytes) -> bytes:
    """Return path and query; what is not ASCII in the path is quoted."""
    return quote(path, safe="/:%=&?~").encode() + (b"?" + query if query else b"")


def statements_in(callers: Callers) -> st.SearchStrategy[Request]:
    """Statements sent one by one and in batches."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Request:
        method = draw(st.sampled_from(["POST", "POST", "PUT"]))
        complete = {"statementId": draw(st.sampled_from(IDS))} if method == "PUT" else {}
        query = encoded(draw, query_of(draw, complete, most=1) if sometimes(draw, 5) else list(complete.items()))
        sent = draw(headers(usual=callers.usual(draw), most=1))
        return Request(method, target("/xAPI/statements", query), sent, draw(statement_bodies))

    return drawn()


def asked(callers: Callers) -> st.SearchStrategy[Request]:
    """Every resource and method, with parameters and headers of every kind."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Request:
        resource = draw(st.sampled_from(sorted(RESOURCES)))
        method = (
            draw(st.sampled_from(["GET", "GET", "GET", "HEAD"]))
            if draw(st.booleans())
            else draw(st.sampled_from(METHODS))
        )
        query = encoded(draw, query_of(draw, RESOURCES[resource]))
        body = draw(st.just(b"") | wild.map(as_json)) if method in {"PUT", "POST"} else b""
        return Request(method, target(f"/xAPI/{resource}", query), draw(headers(usual=callers.usual(draw))), body)

    return drawn()


def documents(callers: Callers) -> st.SearchStrategy[Request]:
    """Documents of every content, read, written, merged and deleted under preconditions."""
    bodies = wild.map(as_json) | st.binary(max_size=40) | st.dictionaries(words, words, max_size=4).map(as_json)

    @st.composite
    def drawn(draw: st.DrawFn) -> Request:
        resource = draw(st.sampled_from(sorted(DOCUMENTS)))
        method = draw(st.sampled_from(["PUT", "POST", "POST", "DELETE", "GET"]))
        complete = dict(DOCUMENTS[resource])
        name = "stateId" if "stateId" in complete else "profileId"
        complete[name] = draw(st.sampled_from(["s", "t", "u"]))
        query = encoded(draw, query_of(draw, complete, most=1))
        sent = callers.usual(
            draw, draw(st.sampled_from(["application/json", "application/octet-stream", "text/plain"]))
        )
        body = draw(bodies) if method in {"PUT", "POST"} else b""
        return Request(method, target(f"/xAPI/{resource}", query), draw(headers(usual=sent, most=2)), body)

    return drawn()


def alternate(callers: Callers) -> st.SearchStrategy[Request]:
    """The alternate request syntax: method in the query, everything else in a form."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Request:
        resource = draw(st.sampled_from([*RESOURCES, "statements"]))
        method = draw(words) if sometimes(draw, 10) else draw(st.sampled_from(METHODS[:5]))
        fields = callers.usual(draw) | dict(query_of(draw, RESOURCES[resource], most=2))
        fields["X-Experience-API-Version"] = draw(st.sampled_from(["1.0.3", "1.0.2", "1.0"]))
        body = urlencode(fields, errors="surrogatepass").encode()
        if draw(st.booleans()):
            body += b"&content=" + quote_from_bytes(draw(statement_bodies)).encode()
        if sometimes(draw, 8):
            body += draw(st.binary(max_size=6)) + b"&" + body[: draw(st.integers(0, 40))]
        sent = {"Content-Type": draw(st.sampled_from([FORM, "text/plain;charset=UTF-8"]))}
        query = b"method=" + quote(method, errors="surrogatepass").encode()
        return Request("POST", target(f"/xAPI/{resource}", query), draw(headers(usual=sent, most=1)), body)

    return drawn()


def other_paths(callers: Callers) -> st.SearchStrategy[Request]:
    """The JSON API, the log, health, and paths that nothing answers to."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Request:
        path = draw(st.sampled_from(JSON_API))
        while "{}" in path:
            path = path.replace("{}", draw(st.sampled_from(SEGMENTS) | words).replace("{}", ""), 1)
        method = draw(st.sampled_from(["GET", "GET", "GET", "GET", *METHODS]))
        query = encoded(draw, [pair for pair in query_of(draw, {}, most=2) if pair[0] != "wait"])
        where = quote(path, errors="surrogatepass", safe="/:%").encode() + (b"?" + query if query else b"")
        return Request(method, where, draw(headers(usual=callers.usual(draw), most=1)))

    return drawn()


KINDS: dict[str, Callable[[Callers], st.SearchStrategy[Request]]] = {
    "statements": statements_in,
    "queries": asked,
    "documents": documents,
    "alternate": alternate,
    "others": other_paths,
}
