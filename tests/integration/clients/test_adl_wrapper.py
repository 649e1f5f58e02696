"""The npm client ``adl-xapiwrapper``: statements, pages, state and profiles with ETag."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from integration.clients.statements_sent import new_activity, statement
from support.served import Served

RunNode = Callable[[str, dict[str, Any]], dict[str, Any]]


def test_it_reads_and_writes_every_resource(shared_served: Served, run_node: RunNode) -> None:
    activity = new_activity()
    batch = [statement(f"learner-{number}", number / 10, activity) for number in range(5)]
    learner = {"objectType": "Agent", "mbox": f"mailto:{uuid4()}@example.com"}
    answer = run_node("adl_wrapper.cjs", {**shared_served.access(), "batch": batch, "learner": learner})

    ids = answer["ids"]
    assert len(set(ids)) == 5
    assert answer["pages"] == [ids[:2], ids[2:4], ids[4:]]
    written = {"statuses": [204, 204, 412], "content": {"volume": 1, "captions": True}}
    assert answer["state"] == written
    assert answer["activityProfile"] == written
    assert answer["agentProfile"] == written
    assert answer["activity"] == batch[0]["object"]["definition"]["name"]
    assert answer["person"] == [learner["mbox"]]
