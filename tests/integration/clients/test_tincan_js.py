"""The npm client ``tincanjs``: statements, state with ETag, profiles, attachments, about."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from integration.clients.statements_sent import attachment_of, new_activity, sent_parts, statement
from support.served import Served

RunNode = Callable[[str, dict[str, Any]], dict[str, Any]]
TEXTS = ["Transcript: Ενότητα 3", "Notes\r\n", "A last word"]


def test_it_reads_and_writes_every_resource(shared_served: Served, run_node: RunNode) -> None:
    activity = new_activity()
    one = statement("amina", 0.9, activity)
    batch = [statement(f"learner-{number}", number / 10, activity) | {"id": str(uuid4())} for number in range(4)]
    learner = {"objectType": "Agent", "mbox": f"mailto:{uuid4()}@example.com"}
    given = {
        "one": one,
        "batch": batch,
        "attached": [attachment_of(text) for text in TEXTS],
        "texts": TEXTS,
        "learner": learner,
    }
    answer = run_node("tincan_js.cjs", {**shared_served.access(), **given})

    assert (answer["saved"], answer["batchError"]) == (None, None)
    assert sent_parts(answer["oneRead"], one) == one
    ids = [answer["oneId"], *(sent["id"] for sent in batch)]
    assert answer["pages"] == [ids[:2], ids[2:4], ids[4:]]
    assert answer["state"] == {
        "errors": [None, None, 412, None],
        "contents": ["page 3", "page 4"],
        "ids": ["bookmark"],
        "gone": None,
    }
    changed = {"errors": [None, None], "contents": [{"volume": 1}, {"volume": 2}], "ids": ["settings"]}
    assert answer["activityProfile"] == changed
    assert answer["agentProfile"] == changed
    assert answer["activity"] == one["object"]["definition"]["name"]
    assert answer["attachments"] == {"error": None, "texts": TEXTS}
    assert {"1.0.3", "2.0.0"} <= set(answer["versions"])
