"""Is an endpoint ready for a tool: what the tool has to be given, and one request of each kind it will make."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

VERSION = "1.0.3"
SCRATCH = "https://mastrail.invalid/connection-test"
_TIMEOUT_SECONDS = 10.0
_AGENT = {"objectType": "Agent", "account": {"homePage": SCRATCH, "name": "connection-test"}}
_NO_ANSWER = 0

TOOLS: Mapping[str, tuple[str, ...]] = {
    "generic": ("Endpoint: {endpoint}", "User name: {key}", "Password: {secret}", "Version: 1.0.3 or 2.0.0"),
    "articulate": (
        "Publish for LRS/xAPI with Manual LRS configuration",
        "Endpoint: {endpoint}",
        "Authentication: Basic",
        "Key: {key}",
        "Secret: {secret}",
        "Scopes of the key: statements/write, define, state",
        "The origin of the course has to be allowed (--cors-origin)",
    ),
    "moodle": (
        "Site administration, Plugins, Logstore xAPI",
        "Endpoint: {endpoint}",
        "Username: {key}",
        "Password: {secret}",
        "Scopes of the key: statements/write, define",
    ),
    "tincanjs": (
        'new TinCan.LRS({{endpoint: "{endpoint}", username: "{key}", password: "{secret}", version: "1.0.2"}})',
        "Create the key with --ignore-unknown-parameters when pages are opened with parameters of their own",
    ),
    "xapi-js": (
        'new XAPI({{endpoint: "{endpoint}", auth: XAPI.toBasicAuth("{key}", "{secret}"), version: "1.0.3"}})',
        "The origin of the page has to be allowed (--cors-origin)",
    ),
}
"""What each tool asks for; its words are the tool's own."""

_DIAGNOSES = {
    401: "the key or the secret is wrong, or the key is revoked or expired: see `mastrail keys list`",
    403: "the key lacks a scope: {said}",
    404: "nothing is there: the endpoint ends with /xAPI/",
    503: "the store is overloaded or cannot write: see the log of the server",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One request and whether it did what a tool needs; ``why`` says what to do when it did not."""

    name: str
    is_good: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content: bytes


class Connection:
    """An endpoint with the credentials of a tool."""

    def __init__(self, endpoint: str, key: str, secret: str) -> None:
        self.endpoint = endpoint if endpoint.endswith("/") else endpoint + "/"
        self._basic = "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()

    def steps(self, statement_id: UUID) -> Iterator[Step]:
        """Make the requests, one for each step; the first without an answer is the last. What is stored is marked."""
        about = self._ask("GET", "about")
        yield _judged("about", about, 200)
        if about.status == _NO_ANSWER:
            return
        yield _judged("save a statement", self._ask("POST", "statements", body=_statement(statement_id)), 200)
        yield self._read_back(statement_id)
        yield from self._state()

    def _read_back(self, statement_id: UUID) -> Step:
        found = self._ask("GET", "statements", {"statementId": str(statement_id)})
        if found.status == 403:  # noqa: PLR2004 - the one status that is as it should be for a tool that only writes
            return Step("read it back", is_good=True, why="not allowed, which is right for a tool that only writes")
        return _judged("read it back", found, 200)

    def _state(self) -> Iterator[Step]:
        where = {"activityId": SCRATCH, "agent": json.dumps(_AGENT), "stateId": "connection-test"}
        put = self._ask("PUT", "activities/state", where, b"round trip")
        yield _judged("save a state", put, 204)
        if put.status == 204:  # noqa: PLR2004 - as the specification answers a PUT
            back = self._ask("GET", "activities/state", where)
            is_same = back.content == b"round trip"
            yield Step("read it back", is_same, "" if is_same else _why(back))
            yield _judged("delete it", self._ask("DELETE", "activities/state", where), 204)

    def _ask(
        self, method: str, path: str, parameters: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> _Answer:
        address = self.endpoint + path + (f"?{urlencode(parameters)}" if parameters else "")
        kind = "application/json" if path == "statements" else "application/octet-stream"
        headers = {"Authorization": self._basic, "X-Experience-API-Version": VERSION, "Content-Type": kind}
        asked = urllib.request.Request(address, body, headers, method=method)  # noqa: S310 - the command checks the scheme
        try:
            with urllib.request.urlopen(asked, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
                return _Answer(answer.status, answer.read())
        except urllib.error.HTTPError as refused:
            return _Answer(refused.code, refused.read())
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            return _Answer(_NO_ANSWER, str(reason).encode())


def told(tool: str, endpoint: str, key: str, secret: str) -> list[str]:
    """Return the lines that say what ``tool`` must be given."""
    return [line.format(endpoint=endpoint, key=key, secret=secret) for line in TOOLS[tool]]


def _judged(name: str, answer: _Answer, expected: int) -> Step:
    return Step(name, is_good=True) if answer.status == expected else Step(name, is_good=False, why=_why(answer))


def _why(answer: _Answer) -> str:
    said = answer.content.decode("utf-8", "replace")[:500]
    if answer.status == _NO_ANSWER:
        return f"no answer: {said}; is the address right, the server up, and the certificate known?"
    try:
        said = str(json.loads(said)["message"])
    except (ValueError, KeyError, TypeError):
        said = "the answer is not that of a record store"
    return _DIAGNOSES.get(answer.status, "{said}").format(said=said) + f" ({answer.status})"


def _statement(statement_id: UUID) -> bytes:
    verb = {"id": f"{SCRATCH}/verbs/tested", "display": {"en": "tested the connection"}}
    statement = {"id": str(statement_id), "actor": _AGENT, "verb": verb, "object": {"id": SCRATCH}}
    return json.dumps(statement).encode()
