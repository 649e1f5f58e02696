"""ADL's xAPIWrapper in a page of another origin: every resource, with the preflights of a real browser."""

import hashlib
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from integration.clients.statements_sent import new_activity, sent_parts, statement
from support.served import Served

Browse = Callable[[str, dict[str, Any]], dict[str, Any]]
RESOURCES = ("statements", "activities", "agents", "activities/state", "activities/profile", "agents/profile")
TEXT = "Transcript: Ενότητα 3\r\n"


@pytest.fixture
def learner() -> dict[str, Any]:
    return {"objectType": "Agent", "mbox": f"mailto:{uuid4()}@example.com"}


def test_it_reads_and_writes_every_resource(shared_served: Served, browse: Browse, learner: dict[str, Any]) -> None:
    activity = new_activity()
    one = statement("amina", 0.9, activity)
    batch = [statement(f"learner-{number}", number / 10, activity) | {"id": str(uuid4())} for number in range(4)]
    attached = {
        "statement": statement("ben", 0.5, new_activity()) | {"id": str(uuid4())},
        "type": {
            "usageType": "https://example.com/transcript",
            "display": {"en-US": "Transcript"},
            "contentType": "text/plain; charset=utf-8",
        },
        "text": TEXT,
    }
    given = {**shared_served.access(), "one": one, "batch": batch, "attached": attached, "learner": learner}
    preflights = preflights_answered(shared_served)
    answer = browse("wrapper.cjs", given)

    assert answer["origin"] not in shared_served.url
    assert preflights_answered(shared_served) - preflights >= len(RESOURCES)
    assert answer["saved"]["status"] == 200
    assert sent_parts(answer["oneRead"], one) == one
    assert answer["consistentThrough"]
    assert answer["sent"] == {"status": 200, "ids": [sent["id"] for sent in batch]}
    ids = [answer["saved"]["id"], *answer["sent"]["ids"]]
    assert answer["pages"] == [ids[:2], ids[2:4], ids[4:]]
    assert answer["state"] == {
        "statuses": [204, 204, 412, 204, 404],
        "contents": [{"at": 3}, {"at": 4}],
        "ids": ["bookmark"],
    }
    for name in ("ActivityProfile", "AgentProfile"):
        assert answer["profiles"][name] == {"statuses": [204, 204, 204], "merged": {"volume": 1, "captions": True}}
    assert answer["activity"]["definition"] == one["object"]["definition"]
    assert answer["person"]["mbox"] == [learner["mbox"]]
    assert {"1.0.3", "2.0.0"} <= set(answer["about"]["version"])
    assert answer["withFile"]["status"] == 200, answer["withFile"]
    assert_attachment_is_stored(shared_served, attached["statement"]["id"])


def preflights_answered(served: Served) -> float:
    counted = re.findall(
        r'^mastrail_requests_total\{method="OPTIONS".*\} (.*)$', served.client.get("/metrics").text, re.MULTILINE
    )
    return sum(map(float, counted))


def assert_attachment_is_stored(served: Served, statement_id: str) -> None:
    content = TEXT.encode()
    read = served.client.get("/xAPI/statements", params={"statementId": statement_id, "attachments": "true"})
    assert read.headers["content-type"].startswith("multipart/mixed")
    assert content in read.content
    assert hashlib.sha256(content).hexdigest() in read.text


@pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)
def test_the_browser_refuses_a_page_of_an_unknown_origin(serve: Callable[..., Served], browse: Browse) -> None:
    served = serve(cors_origins="https://course.example")
    activity = new_activity()
    answer = browse("refused.cjs", {**served.access(), "one": statement("amina", 0.9, activity)})
    assert answer["status"] == 0
    stored = served.client.get("/xAPI/statements", params={"activity": activity}).json()
    assert stored["statements"] == []
