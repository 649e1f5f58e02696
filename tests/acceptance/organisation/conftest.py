"""The sample organisation on a served store, once on each kind; one server for the tests of this folder."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from acceptance.organisation.spreadsheet import Sheet
from mastrail import harbour
from support.folded import wait_until_folded
from support.served import Served

SITE = "https://harbour.example"


@dataclass
class Company:
    """A served store with the sample organisation in it, and the same computed by hand."""

    served: Served
    sheet: Sheet

    def ask(self, path: str, **parameters: str) -> Any:
        """Return the JSON that a GET below /api/v1 is answered with; it must succeed."""
        reply = self.get(path, **parameters)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def get(self, path: str, **parameters: str) -> httpx.Response:
        return self.served.client.get(f"/api/v1/{path}", params=parameters)

    def post(self, path: str, content: Any, **parameters: str) -> httpx.Response:
        body = content if isinstance(content, str | bytes) else json.dumps(content)
        return self.served.client.post(
            f"/api/v1/{path}",
            content=body,
            params=parameters if path.endswith("/trial") else {"why": "a test", **parameters},
        )

    def person(self, number: int) -> str:
        """Return the person id of an employee."""
        found = self.ask("people", identifier=f"{harbour.HOME_PAGE}::e{number:05d}")["people"]
        return str(found[0]["personId"])

    def let_the_last_entry_concern_nobody(self) -> None:
        """Send a statement that no policy selects: the entry before it may have been a step of the clock."""
        seen = {"actor": {"mbox": "mailto:guest@example.org"}, "verb": {"id": "https://example.org/verbs/looked"}}
        reply = self.served.client.post("/xAPI/statements", json={**seen, "object": {"id": "https://example.org/here"}})
        assert reply.status_code == 200, reply.text
        wait_until_folded(self.served)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command on the store."""
        return self.served.run(*arguments)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The company, at work since 2025."""
    with contextlib.ExitStack() as held:
        location = "sqlite"
        if request.param == "postgresql":
            location = held.enter_context(request.getfixturevalue("postgres_cluster").fresh_database())
        served = Served(tmp_path_factory.mktemp("company"), location, {})
        held.callback(served.close)
        served.open()
        served.command("sample", "publish")
        statements = list(harbour.statements())
        for start in range(0, len(statements), 500):
            reply = served.client.post("/xAPI/statements", json=statements[start : start + 500])
            assert reply.status_code == 200, reply.text
        wait_until_folded(served)
        yield Company(served, Sheet(statements, harbour.assignments_csv()))
