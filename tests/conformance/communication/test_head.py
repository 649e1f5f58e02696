"""HEAD answers as GET does, without the body (Communication 1.1)."""

import json

import httpx
import pytest

from conformance.communication.asking import (
    activity_profile,
    agent_profile,
    new_agent,
    new_id,
    new_iri,
    state,
    statement,
    store,
    write,
)

OF_THE_MOMENT = {"date", "x-experience-api-consistent-through"}
PLACES = {"activities/profile": activity_profile, "activities/state": state, "agents/profile": agent_profile}


def prepared(lrs: httpx.Client, path: str) -> dict[str, str]:
    """Store what the resource then has to tell, and return the parameters that ask for it."""
    if path in PLACES:
        place = PLACES[path]()
        write(lrs, place, {"chapter": 3})
        return place.parameters
    actor, activity = new_agent(name="Ada"), new_iri("activities")
    store(lrs, statement(actor=actor, object={"id": activity}))
    return {
        "about": {},
        "activities": {"activityId": activity},
        "agents": {"agent": json.dumps(actor)},
        "statements": {"activity": activity},
    }[path]


ALL = ["about", "activities", "activities/profile", "activities/state", "agents", "agents/profile", "statements"]


@pytest.mark.requirement("Communication 1.1.s3.b1", "HEAD is answered as GET is, with the same status and headers")
@pytest.mark.parametrize("path", ALL)
def test_head_has_the_status_and_headers_of_get(lrs: httpx.Client, path: str) -> None:
    parameters = prepared(lrs, path)
    got, headed = lrs.get(path, params=parameters), lrs.head(path, params=parameters)
    assert headed.status_code == got.status_code == 200
    assert {name: value for name, value in headed.headers.items() if name not in OF_THE_MOMENT} == {
        name: value for name, value in got.headers.items() if name not in OF_THE_MOMENT
    }


@pytest.mark.requirement("Communication 1.1.s3.b1.b1", "the reply to HEAD has no message-body")
@pytest.mark.parametrize("path", ALL)
def test_head_has_no_body(lrs: httpx.Client, path: str) -> None:
    assert lrs.head(path, params=prepared(lrs, path)).content == b""


@pytest.mark.requirement("Communication 1.1.s2", "HEAD tells whether a statement exists")
def test_head_of_one_statement_tells_whether_it_exists(lrs: httpx.Client) -> None:
    [there] = store(lrs, statement())
    assert lrs.head("statements", params={"statementId": there}).status_code == 200
    assert lrs.head("statements", params={"statementId": new_id()}).status_code == 404


@pytest.mark.requirement("Communication 1.1.s2", "HEAD tells when a document was modified")
@pytest.mark.parametrize("path", sorted(PLACES))
def test_head_of_a_document_tells_its_tag_and_time(lrs: httpx.Client, path: str) -> None:
    headed = lrs.head(path, params=prepared(lrs, path))
    assert headed.headers["etag"]
    assert headed.headers["last-modified"]


@pytest.mark.requirement("Communication 1.1.s3.b1", "HEAD is refused as GET is, without a body")
@pytest.mark.parametrize("path", [path for path in ALL if path not in ("about", "statements")])
def test_head_without_parameters_is_refused_as_get_is(lrs: httpx.Client, path: str) -> None:
    headed = lrs.head(path)
    assert headed.status_code == lrs.get(path).status_code == 400
    assert headed.content == b""


@pytest.mark.requirement("Communication 1.1.s3.b1", "HEAD and GET need no Content-Length header")
@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_requests_without_a_content_length_are_answered(lrs: httpx.Client, method: str) -> None:
    request = lrs.build_request(method, "statements", params={"limit": 1})
    assert "content-length" not in request.headers
    assert lrs.send(request).status_code == 200
