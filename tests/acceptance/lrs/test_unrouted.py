"""Paths that nothing answers, and methods that a path does not take."""

import httpx
import pytest


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/docs", 404), ("PUT", "/health/live", 405)])
def test_a_request_without_a_route_gets_a_fault_like_every_refusal(
    http: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = http.request(method, http.base_url.join(path))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["faults"][0]["message"] == answer.json()["message"]
    assert ("allow" in answer.headers) == (status == 405)
