"""Clients that send without pause while a test lets things fail, and what holds of the store afterwards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from integration.crash.after import check_after
from integration.crash.ingest import Batch, Ingest
from integration.crash.kills import publish_documents
from integration.crash.outcome import outcome, stored_statements
from support.faults import Faults
from support.served import Served
from support.waiting import eventually

SEED = 20261122
CLIENTS = 4
DAY_SECONDS = 86_400


@contextmanager
def under_load(served: Served, failures: int, also: Sequence[dict[str, Any]] = ()) -> Iterator[Ingest]:
    """Let clients send while the block runs, in which so many failures happen, and ``also`` is stored by others.

    Afterwards the server still runs, nothing that it acknowledged is lost, and its store is well; it is ended then.
    """
    publish_documents(served)
    with Ingest(served.url, (served.key, served.secret), clients=CLIENTS, seed=SEED) as ingest:
        yield ingest
        eventually(lambda: ingest.acknowledged > CLIENTS, "batches are acknowledged when nothing fails any more")
    others = Batch([*also], acknowledged=True)
    result = outcome(failures, [*ingest.sent, others], ingest.unexpected, list(stored_statements(served)))
    assert result.faults == ()
    assert result.acknowledged > CLIENTS
    assert served.running().exit_code() is None
    assert check_after(served) == []


def require_stored_ascends(served: Served, faults: Faults) -> None:
    """Store statements while the clock steps back by days, and one after it was started again; end the server."""
    sent = [statement() for _ in range(5)]
    for one, step in zip(sent, (0, -DAY_SECONDS, -DAY_SECONDS, DAY_SECONDS, 0), strict=True):
        if one is sent[-1]:
            served.restart()
        faults.step_clock(step)
        served.client.post("/xAPI/statements", json=one).raise_for_status()
    found = list(stored_statements(served))
    assert [one["id"] for one in found] == [one["id"] for one in sent]
    assert [one["stored"] for one in found] == sorted(one["stored"] for one in found)
    assert found[1]["stored"] == found[0]["stored"]
    assert check_after(served) == []


def statement() -> dict[str, Any]:
    """Return a statement with a new id."""
    return {
        "id": str(uuid4()),
        "actor": {"mbox": "mailto:maya@signals.example"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/scored"},
        "object": {"id": "https://signals.example/activities/text"},
    }
