from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest

Make = Callable[..., dict]
STATE = {
    "activityId": "http://6gWU3C7ZCzX_course_id",
    "agent": '{"mbox":"mailto:ada@example.com"}',
    "stateId": "suspend_data",
}


@pytest.fixture
def send(lrs: Any) -> Callable[..., httpx.Response]:
    """Return a sender of forms: everything but the method stands in the body."""

    def post(resource: str, method: str, content_type: str = "application/x-www-form-urlencoded", **fields: Any):
        form = {"Authorization": lrs.authorization, "X-Experience-API-Version": "1.0.2"} | fields
        form = {name.replace("_", "-") if name in {"Content_Type"} else name: value for name, value in form.items()}
        url = f"{lrs.url}/xAPI/{resource}?method={method}"
        with httpx.Client(trust_env=False) as client:
            return client.post(
                url, content=urlencode(form), headers={"Content-Type": content_type, "Origin": "https://course.example"}
            )

    return post


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain;charset=UTF-8"])
def test_a_page_that_is_left_can_post_its_last_statement_and_state(
    send: Callable, http: httpx.Client, content_type: str
):
    last = b'{"actor":{"mbox":"mailto:ada@example.com"},"verb":{"id":"http://example.com/v"},"object":{"id":"http://example.com/x"}}'
    posted = send("statements", "POST", content_type, Content_Type="application/json", content=last)
    assert posted.status_code == 200
    assert posted.headers["x-experience-api-version"] == "1.0.3"
    assert posted.headers["access-control-allow-origin"] == "https://course.example"
    assert http.get("statements").json()["statements"][0]["id"] == posted.json()[0]
    document = bytes(range(256))
    kept = send(
        "activities/state", "PUT", content_type, Content_Type="application/octet-stream", content=document, **STATE
    )
    assert kept.status_code == 204
    assert http.get("activities/state", params=STATE).content == document


def test_every_method_can_be_tunnelled(send: Callable):
    assert send("activities/state", "PUT", content="1", **STATE).status_code == 204
    assert send("activities/state", "GET", **STATE).content == b"1"
    head = send("activities/state", "HEAD", **STATE)
    assert (head.status_code, head.content) == (200, b"")
    assert send("activities/state", "DELETE", **STATE).status_code == 204
    assert send("activities/state", "GET", **STATE).status_code == 404
    assert send("statements", "GET", verb="http://example.com/v").status_code == 200
    assert send("activities", "GET", activityId="http://example.com/x").status_code == 200


def test_preconditions_can_stand_in_the_form(send: Callable):
    send("activities/state", "PUT", content="1", **STATE)
    assert send("activities/state", "PUT", content="2", **STATE, **{"If-None-Match": "*"}).status_code == 412


def test_a_tunnelled_put_needs_the_scope_of_a_put(send: Callable, lrs: Any):
    reader = lrs.key("statements/read")
    assert send("statements", "GET", Authorization=reader).status_code == 200
    assert send("statements", "PUT", Authorization=reader, statementId=str(uuid4()), content="{}").status_code == 403


@pytest.mark.parametrize(
    ("method", "fields"),
    [("PATCH", {}), ("GET&verb=x", {}), ("GET", {"unknown": "1"}), ("GET", {"X-Experience-API-Version": "2.0.0"})],
)
def test_what_the_syntax_does_not_allow_is_refused(send: Callable, method: str, fields: dict):
    assert send("statements", method, **fields).status_code == 400


def test_the_second_version_does_not_know_the_syntax(http2: httpx.Client):
    refused = http2.post("statements?method=GET", content=b"")
    assert refused.status_code == 400
    assert refused.headers["x-experience-api-version"] == "2.0.0"


def test_a_credential_may_let_launch_parameters_pass_in_the_url(send: Callable, lrs: Any):
    legacy = lrs.key("all", name="legacy", ignores_unknown_parameters=True)
    assert send("statements", "GET&launch=1", Authorization=legacy).status_code == 200
    assert send("statements", "GET&launch=1").status_code == 400
