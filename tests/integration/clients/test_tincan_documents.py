"""The PyPI client ``tincan``: state, profiles, attachments that lie elsewhere, about (which it cannot take in)."""

from uuid import uuid4

import pytest
from tincan import Activity, ActivityProfileDocument, Agent, AgentProfileDocument, RemoteLRS, StateDocument, Statement
from tincan.lrs_response import LRSResponse

from integration.clients.statements_sent import new_activity, statement
from support.served import Served


@pytest.fixture
def lrs(shared_served: Served) -> RemoteLRS:
    return RemoteLRS(
        endpoint=shared_served.endpoint, version="1.0.1", username=shared_served.key, password=shared_served.secret
    )


@pytest.fixture
def activity() -> Activity:
    return Activity(id=new_activity())


@pytest.fixture
def learner() -> Agent:
    return Agent(mbox=f"mailto:{uuid4()}@example.com")


def etag_of(response: LRSResponse) -> str:
    return str({name.lower(): value for name, value in response.response.getheaders()}["etag"])


def test_it_saves_reads_and_deletes_a_state_under_its_etag(lrs: RemoteLRS, activity: Activity, learner: Agent) -> None:
    state = StateDocument(
        id="bookmark", activity=activity, agent=learner, content=bytearray(b"page 3"), content_type="text/plain"
    )
    assert lrs.save_state(state).success
    read = lrs.retrieve_state(activity, learner, "bookmark")
    assert bytes(read.content.content) == b"page 3"
    assert lrs.retrieve_state_ids(activity, learner).content == ["bookmark"]
    state.etag = '"' + "0" * 40 + '"'
    assert lrs.delete_state(state).response.status == 412
    state.etag = etag_of(read)
    assert lrs.delete_state(state).success
    assert lrs.retrieve_state(activity, learner, "bookmark").response.status == 404


def test_it_cannot_make_an_activity_profile_for_want_of_a_precondition(lrs: RemoteLRS, activity: Activity) -> None:
    profile = ActivityProfileDocument(
        id="settings", activity=activity, content=bytearray(b'{"volume":1}'), content_type="application/json"
    )
    saved = lrs.save_activity_profile(profile)
    assert saved.response.status == 400, "1.0.3 asks for a precondition, which this client can only send as If-Match"


def test_it_changes_an_agent_profile_under_its_etag(shared_served: Served, lrs: RemoteLRS, learner: Agent) -> None:
    asked = {"agent": learner.to_json(), "profileId": "settings"}
    made = shared_served.client.put(
        "/xAPI/agents/profile", params=asked, json={"volume": 1}, headers={"If-None-Match": "*"}
    )
    assert made.status_code == 204
    read = lrs.retrieve_agent_profile(learner, "settings")
    profile = AgentProfileDocument(
        id="settings",
        agent=learner,
        content=bytearray(b'{"volume":2}'),
        content_type="application/json",
        etag=etag_of(read),
    )
    assert lrs.save_agent_profile(profile).success
    assert lrs.save_agent_profile(profile).response.status == 412
    assert bytes(lrs.retrieve_agent_profile(learner, "settings").content.content) == b'{"volume":2}'
    assert lrs.retrieve_agent_profile_ids(learner).content == ["settings"]


def test_it_saves_a_statement_with_an_attachment_that_lies_elsewhere(lrs: RemoteLRS) -> None:
    attached = {
        "usageType": "https://example.com/transcript",
        "display": {"en-US": "Transcript"},
        "contentType": "text/plain",
        "length": 4,
        "sha2": "03ac674216f3e15c761ee1a5e255f067953623c8b388b4459e13f978d7c846f4",
        "fileUrl": "https://example.com/transcript.txt",
    }
    saved = lrs.save_statement(Statement(statement("amina", 0.9, new_activity()) | {"attachments": [attached]}))
    assert saved.success, saved.data
    read = lrs.retrieve_statement(saved.content.id)
    assert read.content.attachments[0].fileurl == attached["fileUrl"]
    assert read.content.attachments[0].sha2 == attached["sha2"]


def test_it_is_told_of_a_version_that_it_does_not_know(lrs: RemoteLRS) -> None:
    with pytest.raises(ValueError, match=r"'2.0.0' in \['1.0.0', '1.0.1', '1.0.2', '1.0.3', '2.0.0'\]"):
        lrs.about()
