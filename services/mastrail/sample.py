"""The sample course: its framework and policies, its statements, and how they get into an empty store."""

import base64
import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from lrs.ingest.credentials import NewKey
from lrs.log.store import Store
from mastrail.faults import CannotRun
from projector.registry.append import By, version_entry_id
from projector.registry.commands import activate_policy, publish_framework
from projector.registry.loading import load_document

POLICIES = ("policy-lockout.yaml", "policy-lifting.yaml")
LEARNER = "mailto:chidi@workshop.example"
COMPETENCY = "https://workshop.example/frameworks/safety/items/lifting"
_IN_WHEEL = Path(__file__).parent / "_examples"
_IN_REPOSITORY = Path(__file__).parents[2] / "examples"
_BY = By("demo", "sample course")
_HTTP_SECONDS = 30.0
_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.2


def sample_folder() -> Path:
    """Return the folder of the sample: inside the wheel, else at the top of the repository."""
    return _IN_WHEEL if _IN_WHEEL.is_dir() else _IN_REPOSITORY


def is_published(log: Store) -> bool:
    """Return whether the sample framework is in the log."""
    framework = load_document((sample_folder() / "framework.yaml").read_bytes())
    return log.get(version_entry_id(framework["id"], framework["version"])) is not None


def publish(log: Store) -> None:
    """Publish the sample framework and activate its policies; what is there already stays as it is."""
    folder = sample_folder()
    publish_framework(log, load_document((folder / "framework.yaml").read_bytes()), _BY)
    for name in POLICIES:
        activate_policy(log, load_document((folder / name).read_bytes()), _BY)


def statements() -> list[bytes]:
    """Return the statements of the sample course, as bytes, in the order in which they were sent."""
    return (sample_folder() / "statements.ndjson").read_bytes().splitlines()


@dataclass(frozen=True, slots=True)
class Client:
    """A client of a server at ``address`` (``http://host:port``), with one key."""

    address: str
    key: NewKey

    def post(self, batch: list[bytes]) -> None:
        """Send statements in one request. Raises CannotRun unless they are stored."""
        self._ask("POST", "/xAPI/statements", b"[" + b",".join(batch) + b"]")

    def wait_until_folded(self) -> None:
        """Return when the states are as far as the log. Raises CannotRun when that takes over a minute."""
        _wait(self._is_folded)

    def wait_until_proved(self, statement_id: str) -> None:
        """Return when there is a proof of a statement. Raises CannotRun when that takes over a minute."""
        path = f"/log/proof?{urlencode({'statementId': statement_id})}"
        _wait(lambda: self._ask("GET", path, accepted=(200, 404))[0] == http.HTTPStatus.OK)

    def person(self, mbox: str) -> str:
        """Return the person id behind an address. Raises CannotRun when nobody is known by it."""
        _, found = self._ask("GET", f"/api/v1/people?{urlencode({'agent': json.dumps({'mbox': mbox})})}")
        people = json.loads(found)["people"]
        if not people:
            raise CannotRun("the learner of the sample is not known")
        return str(people[0]["personId"])

    def _is_folded(self) -> bool:
        status, told = self._ask("GET", "/api/v1/projection", accepted=(200, 503))
        return status == http.HTTPStatus.OK and json.loads(told)["lag"] == 0

    def _ask(
        self, method: str, path: str, body: bytes | None = None, accepted: tuple[int, ...] = (200,)
    ) -> tuple[int, bytes]:
        parts = urlsplit(self.address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_HTTP_SECONDS)
        try:
            connection.request(method, path, body, self._headers())
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status not in accepted:
            raise CannotRun(f"{method} {path.partition('?')[0]} was answered with {answer.status}")
        return answer.status, content

    def _headers(self) -> dict[str, str]:
        basic = base64.b64encode(f"{self.key.key}:{self.key.secret}".encode()).decode()
        return {
            "Authorization": f"Basic {basic}",
            "Content-Type": "application/json",
            "X-Experience-API-Version": "1.0.3",
        }


def _wait(is_done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_done():
        if time.monotonic() > deadline:
            raise CannotRun("the projector has not caught up within a minute; see its log lines above")
        time.sleep(_LOOK_SECONDS)


def commands(address: str, key: NewKey, person_id: str, statement_id: str) -> list[tuple[str, str]]:
    """Return (what it shows, command) pairs that can be pasted into a shell."""
    curl = f"curl -s -u '{key.key}:{key.secret}'"
    person = f"{address}/api/v1/people/{person_id}/competencies"
    version = "-H 'X-Experience-API-Version: 1.0.3'"
    return [
        ("where Chidi stands", f"{curl} '{person}'"),
        ("why: the trail of one competency", f"{curl} '{person}/{quote(COMPETENCY, safe='')}/trail'"),
        ("every mastery event, in order", f"{curl} '{address}/api/v1/mastery-events?limit=10'"),
        ("the statements, as any xAPI client reads them", f"{curl} {version} '{address}/xAPI/statements?limit=3'"),
        ("who of the ferry company is ready for their role", f"{curl} '{address}/api/v1/readiness?format=csv'"),
        ("readiness now and in two years", f"{curl} '{address}/api/v1/forecast?months=0,24'"),
        ("the signed checkpoint of the log", f"curl -s '{address}/log/checkpoint'"),
        ("the proof that a statement is in it", f"{curl} '{address}/log/proof?statementId={statement_id}'"),
    ]
