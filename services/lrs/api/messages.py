"""What a resource is given and what it answers: the HTTP request made plain, and the reply before it is sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from lrs.api.body import Body
from lrs.ingest.credentials import Credential
from lrs.xapi.version import Version

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, headers and a body; ``body`` is bytes, or byte chunks when it is too large to hold at once."""

    status: int
    body: bytes | Iterable[bytes] = b""
    content_type: str | None = JSON
    headers: tuple[tuple[str, str], ...] = ()

    def having(self, *headers: tuple[str, str]) -> "Reply":
        """Return the same reply with ``headers`` added."""
        return Reply(self.status, self.body, self.content_type, (*self.headers, *headers))


def json_reply(content: object, *headers: tuple[str, str], status: int = 200) -> Reply:
    """Return a reply whose body is ``content`` as JSON."""
    return Reply(status, orjson.dumps(content), headers=headers)


def no_content(*headers: tuple[str, str]) -> Reply:
    """Return 204 without a body."""
    return Reply(204, content_type=None, headers=headers)


@dataclass(slots=True)
class Call:
    """One request after its form is known: an alternate-syntax request looks here like the one it stands for.

    ``path`` is relative to ``endpoint`` (``activities/state`` and ``/xAPI``); header names are in lower case. What is
    added to ``advice`` is counted for the credential: a SHOULD that the client broke.
    """

    method: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    version: Version
    body: Body
    credential: Credential
    endpoint: str = ""
    advice: list[str] = field(default_factory=list)

    def header(self, name: str) -> str | None:
        """Return the value of the header ``name`` (lower case), or None."""
        return self.headers.get(name)
