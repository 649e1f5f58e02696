"""The npm client ``@xapi/xapi`` saves, batch-saves, reads back and pages."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from integration.clients.statements_sent import new_activity, sent_parts, statement
from support.served import Served

RunNode = Callable[[str, dict[str, Any]], dict[str, Any]]


def test_it_saves_and_reads_back_one_statement_and_a_batch(shared_served: Served, run_node: RunNode) -> None:
    activity = new_activity()
    one = statement("amina", 0.9, activity)
    batch = [statement(f"learner-{number}", number / 10, activity) for number in range(4)]
    answer = run_node(
        "xapi_js.cjs",
        {**shared_served.access(), "one": one, "batch": batch},
    )
    assert UUID(answer["oneRead"]["id"]) == UUID(answer["oneId"])
    assert sent_parts(answer["oneRead"], one) == one
    assert [read["id"] for read in answer["batchRead"]] == answer["batchIds"]
    assert [sent_parts(read, sent) for read, sent in zip(answer["batchRead"], batch, strict=True)] == batch
    assert [[read["id"] for read in page] for page in answer["pages"]] == [
        [answer["oneId"], answer["batchIds"][0]],
        answer["batchIds"][1:3],
        answer["batchIds"][3:],
    ]
    assert {"stored", "authority", "timestamp"} <= answer["oneRead"].keys()
