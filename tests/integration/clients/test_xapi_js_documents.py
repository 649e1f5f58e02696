"""The npm client ``@xapi/xapi``: state and profiles with ETag, attachments, about."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from integration.clients.statements_sent import attachment_of, new_activity, statement
from support.served import Served

RunNode = Callable[[str, dict[str, Any]], dict[str, Any]]
TEXTS = ["Transcript: Ενότητα 3", "Notes\r\n", "A last word"]


def test_it_reads_and_writes_every_other_resource(shared_served: Served, run_node: RunNode) -> None:
    sent = statement("amina", 0.9, new_activity()) | {"attachments": [attachment_of(text) for text in TEXTS]}
    learner = {"objectType": "Agent", "mbox": f"mailto:{uuid4()}@example.com"}
    answer = run_node(
        "xapi_js_documents.cjs", {**shared_served.access(), "statement": sent, "texts": TEXTS, "learner": learner}
    )
    assert answer["attached"] == [True, True, True]
    written = {
        "statuses": [204, 204, 412, 204, 404],
        "contents": [{"volume": 1}, {"volume": 2}],
        "ids": ["settings"],
    }
    assert answer["state"] == written
    assert answer["activityProfile"] == written
    assert answer["agentProfile"] == written
    assert answer["activity"] == sent["object"]["definition"]["name"]
    assert answer["person"] == [learner["mbox"]]
    assert {"1.0.3", "2.0.0"} <= set(answer["versions"])
