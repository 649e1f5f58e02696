from collections.abc import Callable
from typing import Any

import httpx
import pytest

COURSE = "https://course.example"
PREFLIGHT = {
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "authorization,x-experience-api-version,x-course",
}


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("1.0", "1.0.3"),
        ("1.0.0", "1.0.3"),
        ("1.0.2", "1.0.3"),
        ("1.0.3", "1.0.3"),
        ("2.0", "2.0.0"),
        ("2.0.0", "2.0.0"),
    ],
)
def test_a_reply_names_the_version_of_its_request(lrs: Any, sent: str, answered: str):
    with lrs.client(sent) as client:
        for resource in ("statements", "about", "activities/state", "nowhere"):
            assert client.get(resource).headers.get_list("x-experience-api-version") == [answered]


@pytest.mark.parametrize("sent", [None, "", "0.95", "1.1.0", "3.0.0", "one"])
def test_a_request_without_a_served_version_is_refused_in_the_default_version(serve: Callable, sent: str | None):
    lrs = serve(default_version="2.0.0")
    with lrs.client(sent) as client:
        refused = client.get("statements")
    assert refused.status_code == 400
    assert refused.headers["x-experience-api-version"] == "2.0.0"
    assert "X-Experience-API-Version" in refused.json()["message"]


def test_about_needs_neither_version_nor_credentials(lrs: Any):
    with lrs.client(version=None, authorization=None) as client:
        about = client.get("about")
        assert client.get("about", params={"x": "1"}).status_code == 400
        assert client.head("about").status_code == 200
    assert about.status_code == 200
    assert {"1.0.3", "2.0.0"} <= set(about.json()["version"])
    assert about.headers["x-experience-api-version"] == "1.0.3"


def test_both_spellings_of_the_endpoint_answer(lrs: Any):
    with lrs.client() as client:
        assert client.get(f"{lrs.url}/xapi/statements").status_code == 200
        assert client.get(f"{lrs.url}/xAPI/statements").status_code == 200


def test_what_is_no_resource_is_not_found_and_what_is_no_method_is_refused(http: httpx.Client):
    assert http.get("nowhere").status_code == 404
    refused = http.delete("statements")
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET, HEAD, OPTIONS, POST, PUT"


def test_a_preflight_is_answered_without_credentials_or_version(lrs: Any):
    with lrs.client(version=None, authorization=None, Origin=COURSE) as page:
        allowed = page.options("statements", headers=PREFLIGHT)
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == COURSE
    assert "PUT" in allowed.headers["access-control-allow-methods"]
    assert "x-course" in allowed.headers["access-control-allow-headers"]
    assert "Authorization" in allowed.headers["access-control-allow-headers"]


def test_a_page_of_an_allowed_origin_may_read_replies_and_refusals(lrs: Any):
    with lrs.client(Origin=COURSE) as page:
        for reply in (page.get("statements"), page.get("statements", params={"x": "1"}), page.get("nowhere")):
            assert reply.headers["access-control-allow-origin"] == COURSE
            exposed = reply.headers["access-control-expose-headers"]
            assert {"ETag", "Last-Modified", "X-Experience-API-Consistent-Through"} <= set(exposed.split(", "))


def test_a_page_of_another_origin_may_not(lrs: Any):
    with lrs.client(Origin="https://elsewhere.example") as page:
        assert "access-control-allow-origin" not in page.get("statements").headers
        assert "access-control-allow-origin" not in page.options("statements", headers=PREFLIGHT).headers


def test_a_credential_may_bring_origins_of_its_own(lrs: Any):
    own = lrs.key("all", cors_origins=["https://own.example"])
    with lrs.client(authorization=own, Origin="https://own.example") as page:
        assert (
            page.options("statements", headers=PREFLIGHT).headers["access-control-allow-origin"]
            == "https://own.example"
        )
        assert page.get("statements").headers["access-control-allow-origin"] == "https://own.example"
    with lrs.client(Origin="https://own.example") as page:
        assert "access-control-allow-origin" not in page.get("statements").headers
