"""A learner leaves a course: the last batch goes out while the page is closed, from another origin, and is stored."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from support.served import Served

Browse = Callable[[str, dict[str, Any]], dict[str, Any]]
CLOSES = 100
FORM = "application/x-www-form-urlencoded"


def completion(number: int, activity: str) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "actor": {"objectType": "Agent", "mbox": f"mailto:learner-{number}@example.com"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"en-US": "completed"}},
        "object": {"objectType": "Activity", "id": activity},
        "result": {"completion": True, "duration": "PT12M30S"},
    }


def stored_ids(served: Served, activity: str) -> list[str]:
    page = served.client.get("/xAPI/statements", params={"activity": activity, "limit": 200}).raise_for_status().json()
    assert not page["more"]
    return [statement["id"] for statement in page["statements"]]


@pytest.mark.slow
@pytest.mark.parametrize(("content_type", "closes"), [(FORM, CLOSES), ("text/plain;charset=UTF-8", 15)])
@pytest.mark.parametrize("store_name", ["sqlite"], indirect=True)
def test_every_completion_of_a_page_that_is_left_is_stored(
    shared_served: Served, browse: Browse, content_type: str, closes: int
) -> None:
    activity = f"http://6gWU3C7ZCzX_{uuid4()}"
    statements = [completion(number, activity) for number in range(closes)]
    given = {**shared_served.access(), "contentType": content_type, "statements": statements}
    answer = browse("exits.cjs", given)
    assert answer["origin"] not in shared_served.url
    assert sum(answer["left"].values()) == closes
    assert set(answer["left"]) == {"closed", "elsewhere", "itself"}
    assert sorted(stored_ids(shared_served, activity)) == sorted(statement["id"] for statement in statements)
    for statement in statements[:3]:
        asked = {"activityId": activity, "agent": f'{{"mbox":"{statement["actor"]["mbox"]}"}}', "stateId": "bookmark"}
        bookmark = shared_served.client.get("/xAPI/activities/state", params=asked)
        assert (bookmark.text, bookmark.headers["content-type"]) == (statement["id"], "application/octet-stream")
