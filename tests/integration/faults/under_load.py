"""Clients that send without pause while a test lets things fail, and what holds of the store afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from integration.crash.after import check_after
from integration.crash.ingest import Ingest
from integration.crash.kills import publish_documents
from integration.crash.outcome import outcome, stored_statements
from support.served import Served

SEED = 20261122
CLIENTS = 4


@contextmanager
def under_load(served: Served, failures: int) -> Iterator[Ingest]:
    """Let clients send while the block runs, in which so many failures happen.

    Afterwards the server still runs, nothing that it acknowledged is lost, and its store is well; it is ended then.
    """
    publish_documents(served)
    with Ingest(served.url, (served.key, served.secret), clients=CLIENTS, seed=SEED) as ingest:
        yield ingest
    result = outcome(failures, ingest.sent, ingest.unexpected, list(stored_statements(served)))
    assert result.faults == ()
    assert result.acknowledged > CLIENTS
    assert served.running().exit_code() is None
    assert check_after(served) == []


def statement() -> dict[str, Any]:
    """Return a statement with a new id."""
    return {
        "id": str(uuid4()),
        "actor": {"mbox": "mailto:maya@signals.example"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/scored"},
        "object": {"id": "https://signals.example/activities/text"},
    }
