"""A served store with a small course in it, on both stores; one server for the tests of this folder."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from integration.projector.course import COMPLETED, FRAMEWORK, PLAYED, POLICY, learner, statement, voiding
from support.served import Served

LEARNERS = 5


@dataclass
class Course:
    """What the tests ask about: learner 1 finished, learner 2 too but that was voided, the others only played."""

    served: Served

    def get(self, path: str, **parameters: str) -> dict[str, object]:
        """Return the JSON that a GET is answered with; it must succeed."""
        reply = self.served.client.get(f"/api/v1/{path}", params=parameters)
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def person(self, number: int) -> str:
        """Return the person id of a learner."""
        account = learner(number)["account"]
        assert isinstance(account, dict)
        found = self.get("people", identifier=f"{account['homePage']}::{account['name']}")["people"]
        assert isinstance(found, list)
        return str(found[0]["personId"])

    def post(self, *statements: dict[str, object]) -> None:
        """Send statements through the real endpoint."""
        reply = self.served.client.post("/xAPI/statements", json=list(statements))
        assert reply.status_code == 200, reply.text

    def wait_until_folded(self, seconds: float = 60) -> None:
        """Return when the projection has caught up with the log."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            reply = self.served.client.get("/api/v1/projection")
            if reply.status_code == 200 and reply.json()["lag"] == 0:
                return
            time.sleep(0.05)
        raise AssertionError("the projection did not catch up in time")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def course(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """The course, taught."""
    folder = tmp_path_factory.mktemp("course")
    with contextlib.ExitStack() as held:
        location = "sqlite"
        if request.param == "postgresql":
            location = held.enter_context(request.getfixturevalue("postgres_cluster").fresh_database())
        served = Served(folder, location, {})
        held.callback(served.close)
        served.open()
        yield teach(Course(served), folder)


def teach(course: Course, folder: Path) -> Course:
    """Publish the documents and send the statements."""
    for name, document in (("framework", FRAMEWORK), ("policy", POLICY)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    course.served.command("frameworks", "publish", str(folder / "framework.yaml"), "--why", "the course begins")
    course.served.command("policies", "activate", str(folder / "policy.yaml"), "--why", "the course begins")
    course.post(*(statement(number, 1 + number % LEARNERS, PLAYED) for number in range(15)))
    course.post(statement(100, 1, COMPLETED), statement(101, 2, COMPLETED))
    course.post(voiding(102, 101))
    course.wait_until_folded()
    return course
