"""The PyPI client ``tincan`` saves, batch-saves, reads back and pages."""

import copy
import json
from typing import Any
from uuid import uuid4

import pytest
from tincan import Activity, RemoteLRS, Statement, StatementList, Verb

from integration.clients.statements_sent import VERB, new_activity, sent_parts, statement
from support.served import Served


@pytest.fixture
def lrs(shared_served: Served) -> RemoteLRS:
    return RemoteLRS(
        endpoint=shared_served.endpoint, version="1.0.1", username=shared_served.key, password=shared_served.secret
    )


def to_send(sent: dict[str, Any]) -> Statement:
    """Return the client's own object, made of a copy: it changes what it is given."""
    return Statement(copy.deepcopy(sent))


def as_sent(read: Statement) -> dict[str, object]:
    return dict(json.loads(read.to_json()))


def test_it_saves_and_reads_back_a_statement_without_an_id(lrs: RemoteLRS) -> None:
    sent = statement("amina", 0.9, new_activity())
    saved = lrs.save_statement(to_send(sent))
    assert saved.success, saved.data
    read = lrs.retrieve_statement(saved.content.id)
    assert read.success, read.data
    assert str(read.content.id) == str(saved.content.id)
    assert read.content.actor.mbox == "mailto:amina@example.com"
    assert read.content.result.score.scaled == pytest.approx(0.9)
    assert read.content.object.definition.name["el"] == "Ενότητα 3"
    assert read.content.stored is not None
    assert read.content.authority is not None


def test_it_saves_a_statement_under_its_own_id(lrs: RemoteLRS) -> None:
    own_id = str(uuid4())
    sent = statement("ben", 0.5, new_activity()) | {"id": own_id}
    assert lrs.save_statement(to_send(sent)).success
    again = lrs.save_statement(to_send(sent))
    assert again.success, again.data
    other = lrs.save_statement(Statement(statement("ben", 0.6, new_activity()) | {"id": own_id}))
    assert not other.success
    assert other.response.status == 409
    read = lrs.retrieve_statement(own_id)
    assert sent_parts(as_sent(read.content), {"actor": 0, "verb": 0, "object": 0}) == {
        name: sent[name] for name in ("actor", "verb", "object")
    }


def test_it_saves_a_batch_and_queries_it_page_by_page(lrs: RemoteLRS) -> None:
    activity = new_activity()
    batch = StatementList([Statement(statement(f"learner-{number}", number / 10, activity)) for number in range(5)])
    saved = lrs.save_statements(batch)
    assert saved.success, saved.data
    ids = [str(entry.id) for entry in saved.content]
    assert len(set(ids)) == 5
    query = {"verb": Verb(id=VERB), "activity": Activity(id=activity), "limit": 2, "ascending": True}
    page = lrs.query_statements(query)
    found: list[str] = []
    while True:
        assert page.success, page.data
        found += [str(entry.id) for entry in page.content.statements]
        if not page.content.more:
            break
        page = lrs.more_statements(page.content)
    assert found == ids


def test_wrong_credentials_are_refused(shared_served: Served) -> None:
    stranger = RemoteLRS(endpoint=shared_served.endpoint, version="1.0.1", username=shared_served.key, password="wrong")
    refused = stranger.save_statement(Statement(statement("eve", 1.0, new_activity())))
    assert not refused.success
    assert refused.response.status == 401
