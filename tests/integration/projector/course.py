"""A log with a course in it: a framework, a policy over two verbs, and learners' statements."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson

from lrs.log.entry import STATEMENT_STORED, NewEntry
from lrs.log.store import Store, open_store
from lrs.xapi import stored_text
from projector.registry.append import By
from projector.registry.commands import activate_policy, publish_framework

FRAMEWORK_ID = "https://example.org/frameworks/course"
COMPETENCY = f"{FRAMEWORK_ID}/items/watching"
PLAYED = "https://w3id.org/xapi/video/verbs/played"
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
BY = By("registrar", "the course begins")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)

FRAMEWORK = {
    "apiVersion": "mastrail/v1",
    "kind": "Framework",
    "id": FRAMEWORK_ID,
    "version": "1",
    "title": "A course of videos",
    "items": [{"id": COMPETENCY, "code": "W", "statement": "Watches the course videos to the end"}],
}
POLICY = {
    "apiVersion": "mastrail/v1",
    "kind": "MasteryPolicy",
    "id": "https://example.org/policies/watching",
    "version": "1.0.0",
    "competency": COMPETENCY,
    "framework": {"id": FRAMEWORK_ID, "version": "1"},
    "effectiveFrom": "2021-01-01T00:00:00Z",
    "scale": [{"level": 1, "id": "started", "min": "0.50"}, {"level": 2, "id": "finished", "min": "1"}],
    "masteryLevel": "finished",
    "evidence": [
        {"id": "played", "kind": "task", "match": {"verb": [PLAYED]}, "score": {"fixed": "0.5"}},
        {"id": "completed", "kind": "completion", "match": {"verb": [COMPLETED]}, "score": {"fixed": "1"}},
    ],
    "method": {"type": "highest"},
}


class Clock:
    """A clock that moves a second on each look."""

    def __init__(self) -> None:
        self.at = BEGIN

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def learner(number: int) -> dict[str, object]:
    """Return the agent of a learner."""
    return {"objectType": "Agent", "account": {"homePage": "https://example.org", "name": f"learner-{number}"}}


def statement_id(number: int) -> UUID:
    """Return the id of a statement."""
    return uuid5(NAMESPACE_URL, f"https://example.org/statements/{number}")


def statement(number: int, who: int, verb: str) -> dict[str, object]:
    """Return one statement; its time follows its number."""
    return {
        "id": str(statement_id(number)),
        "actor": learner(who),
        "verb": {"id": verb},
        "object": {"id": f"https://example.org/videos/{number % 7}"},
        "timestamp": (BEGIN + timedelta(minutes=number)).isoformat(),
    }


def voiding(number: int, target: int) -> dict[str, object]:
    """Return a statement that voids another."""
    return {
        **statement(number, 0, VOIDED),
        "object": {"objectType": "StatementRef", "id": str(statement_id(target))},
    }


def entry(sent: dict[str, object]) -> NewEntry:
    """Return the log entry of a statement."""
    return NewEntry(UUID(str(sent["id"])), STATEMENT_STORED, stored_text.pack(orjson.dumps(sent), b"}"))


def course_statements(count: int, learners: int) -> Iterator[dict[str, object]]:
    """Yield statements of a course: mostly played, some completed, some of another verb, some voided."""
    for number in range(count):
        if number % 50 == 49:
            yield voiding(number, number - 20)
            continue
        verb = COMPLETED if number % 5 == 0 else "https://example.org/verbs/paused" if number % 3 == 0 else PLAYED
        yield statement(number, number * 31 % learners, verb)


def publish_course(store: Store) -> None:
    """Publish the framework and activate the policy."""
    publish_framework(store, FRAMEWORK, BY)
    activate_policy(store, POLICY, BY)


def store_statements(store: Store, statements: Sequence[dict[str, object]], batch: int = 200) -> None:
    """Append statements."""
    for start in range(0, len(statements), batch):
        store.append([entry(one) for one in statements[start : start + batch]])


def course_log(store: Store, count: int = 560, learners: int = 20) -> None:
    """Fill a log, which gets no dictionary of its own with so few entries."""
    publish_course(store)
    store_statements(store, list(course_statements(count, learners)))


def opened(location: str, folder: Path) -> Store:
    """Open the log, in whatever process."""
    return open_store(location, data_dir=folder, now=Clock())


def data_folder(tmp_path: Path) -> Path:
    """Return a folder for the files of a store."""
    folder = tmp_path / "data"
    folder.mkdir(exist_ok=True)
    return folder
