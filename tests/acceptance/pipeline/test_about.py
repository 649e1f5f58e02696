"""What the about resource says of the rest of the house."""

import time

import httpx

from support.served import Served

NOT_YET = (httpx.codes.NOT_FOUND, httpx.codes.SERVICE_UNAVAILABLE)


def test_about_names_what_else_is_offered_and_each_path_answers(shared_served: Served) -> None:
    offered = shared_served.client.get("/xAPI/about").json()["extensions"]
    assert set(offered) == {
        "urn:mastrail:about:mastery-events",
        "urn:mastrail:about:competencies",
        "urn:mastrail:about:log",
    }
    for path in offered.values():
        assert answered(shared_served.client, path) in (httpx.codes.OK, httpx.codes.BAD_REQUEST)


def answered(client: httpx.Client, path: str) -> int:
    """Return the status of a path, given a minute: a new log has its first checkpoint and projection after a moment."""
    deadline = time.monotonic() + 60
    while (status := client.get(path).status_code) in NOT_YET and time.monotonic() < deadline:
        time.sleep(0.1)
    return status
