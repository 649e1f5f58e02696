"""What the tests of the Communication part ask with: statements, documents, multipart bodies, and what comes back."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

JSON = "application/json"
OCTETS = "application/octet-stream"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
BOUNDARY = "-------8675309"
UNTIL_NOW = "2012-06-01T19:09:13.245Z"


def new_id() -> str:
    """Return a random UUID."""
    return str(uuid4())


def new_iri(kind: str) -> str:
    """Return an IRI that nothing else uses."""
    return f"http://example.com/{kind}/{uuid4()}"


def new_agent(**members: Any) -> dict[str, Any]:
    """Return an Agent that nothing else speaks of."""
    return {"objectType": "Agent", "mbox": f"mailto:{uuid4()}@example.com", **members}


def statement(**members: Any) -> dict[str, Any]:
    """Return a valid statement; ``members`` replace or add."""
    plain = {
        "actor": {"objectType": "Agent", "name": "Ada", "mbox": "mailto:ada@example.com"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/attended", "display": {"en-GB": "attended"}},
        "object": {"objectType": "Activity", "id": "http://example.com/meetings/34534"},
    }
    return plain | members


def about(verb: str) -> dict[str, Any]:
    """Return a Verb of that id."""
    return {"id": verb}


def reference(statement_id: str) -> dict[str, str]:
    """Return a reference to a statement."""
    return {"objectType": "StatementRef", "id": statement_id}


def voiding(statement_id: str, **members: Any) -> dict[str, Any]:
    """Return a statement that voids another."""
    return statement(verb={"id": VOIDED, "display": {"en": "voided"}}, object=reference(statement_id), **members)


def substatement(**members: Any) -> dict[str, Any]:
    """Return a SubStatement; ``members`` replace or add."""
    return {"objectType": "SubStatement", **statement(**members)}


def store(lrs: httpx.Client, *statements: Mapping[str, Any]) -> list[str]:
    """Store a batch and return its ids."""
    reply = lrs.post("statements", json=list(statements))
    assert reply.status_code == 200, reply.text[:300]
    ids: list[str] = reply.json()
    return ids


def get(lrs: httpx.Client, statement_id: str, **parameters: str) -> dict[str, Any]:
    """Return the statement of that id."""
    reply = lrs.get("statements", params={"statementId": statement_id, **parameters})
    assert reply.status_code == 200, reply.text[:300]
    found: dict[str, Any] = reply.json()
    return found


def query(lrs: httpx.Client, **parameters: Any) -> list[dict[str, Any]]:
    """Return the statements of the first page; an Agent parameter is given as a mapping."""
    reply = lrs.get("statements", params=parameters_of(parameters))
    assert reply.status_code == 200, reply.text[:300]
    found: list[dict[str, Any]] = reply.json()["statements"]
    return found


def ids(lrs: httpx.Client, **parameters: Any) -> list[str]:
    """Return the ids of the statements of the first page."""
    return [found["id"] for found in query(lrs, **parameters)]


def parameters_of(given: Mapping[str, Any]) -> dict[str, str]:
    """Return query parameters as they are sent: mappings as JSON, booleans as JSON writes them."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}


@dataclass(frozen=True)
class Place:
    """A document resource and the parameters of one document in it that nothing else uses."""

    path: str
    parameters: dict[str, str]
    id_name: str

    def without(self, *names: str) -> dict[str, str]:
        """Return the parameters but for those."""
        return {name: value for name, value in self.parameters.items() if name not in names}

    def sibling(self) -> "Place":
        """Return the place of another document in the same scope."""
        return Place(self.path, {**self.parameters, self.id_name: new_id()}, self.id_name)

    @property
    def document_id(self) -> str:
        return self.parameters[self.id_name]

    def url(self, **changed: str) -> str:
        """Return the path with the query, written as clients do that encode only what they must."""
        given = {**self.parameters, **changed}
        return f"{self.path}?{httpx.QueryParams(given)}"


def state() -> Place:
    """Return the place of a state document."""
    agent = {"objectType": "Agent", "account": {"homePage": "http://example.com/agents", "name": new_id()}}
    given = {"activityId": new_iri("activities"), "agent": json.dumps(agent), "stateId": new_id()}
    return Place("activities/state", given, "stateId")


def agent_profile() -> Place:
    """Return the place of an agent profile document."""
    return Place("agents/profile", {"agent": json.dumps(new_agent()), "profileId": new_id()}, "profileId")


def activity_profile() -> Place:
    """Return the place of an activity profile document."""
    return Place("activities/profile", {"activityId": new_iri("activities"), "profileId": new_id()}, "profileId")


PLACES = {"State": state, "Agent Profile": agent_profile, "Activity Profile": activity_profile}


def write(lrs: httpx.Client, place: Place, content: Any) -> None:
    """Store or merge a JSON document by POST, which every version takes without preconditions."""
    reply = lrs.post(place.path, params=place.parameters, json=content)
    assert reply.status_code == 204, reply.text[:300]


def read(lrs: httpx.Client, place: Place) -> httpx.Response:
    """Return the reply that carries the document."""
    reply = lrs.get(place.path, params=place.parameters)
    assert reply.status_code == 200, reply.text[:300]
    return reply


@dataclass(frozen=True)
class Attached:
    """Content of an attachment, and the headers of the part that carries it."""

    content: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def sha2(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def described(self, **members: Any) -> dict[str, Any]:
        """Return the attachment object of a statement; None leaves a member out."""
        plain = {
            "usageType": "http://example.com/attachment-usage/test",
            "display": {"en-US": "A test attachment"},
            "contentType": "text/plain",
            "length": len(self.content),
            "sha2": self.sha2,
        }
        return {name: value for name, value in (plain | members).items() if value is not None}

    def part(self, **changed: str | None) -> bytes:
        """Return the part of a multipart body; a header that is None is left out."""
        headers = {
            "Content-Type": "text/plain",
            "Content-Transfer-Encoding": "binary",
            "X-Experience-API-Hash": self.sha2,
        }
        renamed = {name.replace("_", "-"): value for name, value in changed.items()}
        return part({**headers, **renamed}, self.content)


def part(headers: Mapping[str, str | None], content: bytes) -> bytes:
    """Return a part of a multipart body without its boundary."""
    lines = [f"{name}: {value}\r\n" for name, value in headers.items() if value is not None]
    return "".join(lines).encode() + b"\r\n" + content


def mixed(statements: Any, *parts: bytes, content_type: str = JSON) -> bytes:
    """Return a multipart body: the statements, then the parts."""
    return joined(part({"Content-Type": content_type}, json.dumps(statements).encode()), *parts)


def joined(*parts: bytes, start: bytes = b"", end: bytes = b"\r\n") -> bytes:
    """Return parts with boundaries between them; some clients begin with an empty line, some end without one."""
    opening = b"--" + BOUNDARY.encode() + b"\r\n"
    return start + b"".join(opening + one + b"\r\n" for one in parts) + b"--" + BOUNDARY.encode() + b"--" + end


def send_mixed(lrs: httpx.Client, body: bytes, kind: str = f"multipart/mixed; boundary={BOUNDARY}") -> httpx.Response:
    """POST a multipart body."""
    return lrs.post("statements", content=body, headers={"Content-Type": kind})


def parts_of(reply: httpx.Response) -> list[tuple[dict[str, str], bytes]]:
    """Return the headers (names in lower case) and the content of each part of a multipart/mixed reply."""
    kind, _, boundary = reply.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/mixed"
    assert boundary
    pieces = (b"\r\n" + reply.content).split(b"\r\n--" + boundary.encode())
    assert pieces[0] == b""
    assert pieces[-1] == b"--\r\n"
    return [split_part(piece) for piece in pieces[1:-1]]


def split_part(piece: bytes) -> tuple[dict[str, str], bytes]:
    """Return the headers and the content of what stands between two boundaries."""
    head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    lines = [line.decode().partition(": ") for line in head.split(b"\r\n")]
    return {name.lower(): value for name, _, value in lines}, content


def refused(reply: httpx.Response, status: int = 400) -> None:
    """Hold a refusal to its status and to a body that tells why."""
    assert reply.status_code == status, reply.text[:300]
    assert reply.json()["message"]


def every_page(lrs: httpx.Client, first: Mapping[str, str]) -> list[list[dict[str, Any]]]:
    """Return the statements of every page, following ``more`` as a client does: resolved against the endpoint."""
    pages = []
    reply = lrs.get("statements", params=dict(first))
    while True:
        assert reply.status_code == 200, reply.text[:300]
        body = reply.json()
        pages.append(body["statements"])
        if not body.get("more"):
            return pages
        reply = lrs.get(lrs.base_url.join(body["more"]))


def flat(pages: Sequence[Sequence[Mapping[str, Any]]]) -> list[str]:
    """Return the ids of all pages in order."""
    return [found["id"] for page in pages for found in page]
