"""Transitions are written back as statements, by the policies that ask for it, once, and never as evidence."""

import time
from collections.abc import Callable
from typing import Any

import yaml

from integration.projector.course import COMPETENCY, COMPLETED, FRAMEWORK, PLAYED, POLICY, learner, statement, voiding
from support.folded import wait_until_folded
from support.served import Served

ASSERTED = "https://w3id.org/xapi/tla/verbs/asserted"
OTHER = f"{FRAMEWORK['id']}/items/other"
ITEMS = [*FRAMEWORK["items"], {"id": OTHER, "statement": "Does something else"}]


def publish(served: Served, *documents: Any) -> None:
    reply = served.client.post("/api/v1/registry/documents?why=a+test", content=yaml.safe_dump_all(documents))
    assert reply.status_code == 200, reply.text


def asking(**members: Any) -> dict[str, Any]:
    """The policy of the course, which takes what the engine asserts for evidence if it can."""
    evidence = [
        *POLICY["evidence"],
        {"id": "asserted", "kind": "task", "match": {"verb": [ASSERTED]}, "score": {"fixed": "1"}},
    ]
    return {**POLICY, "effectiveFrom": "2021-01-01T00:00:00Z", "evidence": evidence, **members}


def told(served: Served, verb: str, least: int = 0, seconds: float = 60) -> list[dict[str, Any]]:
    """Return the statements with a verb, once there are so many."""
    deadline = time.monotonic() + seconds
    while True:
        found = served.client.get("/xAPI/statements", params={"verb": verb, "ascending": "true"}).json()["statements"]
        if len(found) >= least or time.monotonic() > deadline:
            return list(found)
        time.sleep(0.1)


def test_transitions_come_back_as_statements_once(serve: Callable[..., Served]) -> None:
    served = serve()
    silent = {
        **POLICY,
        "id": "https://example.org/policies/silent",
        "competency": OTHER,
        "effectiveFrom": "2021-01-01T00:00:00Z",
    }
    publish(served, {**FRAMEWORK, "items": ITEMS}, asking(statements=True), silent)
    served.client.post(
        "/xAPI/statements", json=[statement(1, 1, PLAYED), statement(2, 1, COMPLETED)]
    ).raise_for_status()
    (made,) = told(served, ASSERTED, 1)
    assert made["actor"] == learner(1)
    assert made["object"]["id"] == COMPETENCY
    assert made["result"]["success"] is True
    assert made["result"]["score"] == {"scaled": 1.0}
    assert made["result"]["extensions"]["urn:mastrail:extension:state"]["level"] == "finished"
    assert made["context"]["contextActivities"]["category"][0]["id"] == "urn:mastrail:profile:mastery:1"
    assert made["authority"]["account"] == {"homePage": "urn:mastrail:engine", "name": "mastery"}
    events = served.client.get("/api/v1/mastery-events?limit=1000").json()["events"]
    (attained,) = [
        one
        for one in events
        if one["type"] == "mastrail.mastery.attained.v1" and one["data"]["competency"]["iri"] == COMPETENCY
    ]
    assert made["context"]["extensions"]["urn:mastrail:extension:event"] == attained["id"]
    assert made["timestamp"].rstrip("Z")[:19] == attained["time"][:19]

    wait_until_folded(served)
    events = served.client.get("/api/v1/mastery-events?limit=1000").json()["events"]
    refused = [one["data"]["reason"] for one in events if one["data"].get("statement") == made["id"]]
    assert refused == ["SELF_GENERATED"], "what the engine says is no evidence"

    served.client.post("/xAPI/statements", json=[voiding(3, 2)]).raise_for_status()
    (lost,) = told(served, "urn:mastrail:verb:revoked", 1)
    assert lost["result"]["success"] is False
    assert {one["object"]["id"] for one in told(served, "urn:mastrail:verb:level-reached")} == {COMPETENCY}

    before = len(told(served, ASSERTED))
    served.terminate()
    rebuilt = served.command("rebuild")
    assert rebuilt
    served.start()
    served.client.post("/xAPI/statements", json=[statement(4, 2, COMPLETED)]).raise_for_status()
    assert len(told(served, ASSERTED, before + 1)) == before + 1
    wait_until_folded(served)
    assert len(told(served, ASSERTED)) == before + 1


def test_nothing_is_written_back_unless_a_policy_asks(serve: Callable[..., Served]) -> None:
    served = serve()
    publish(served, FRAMEWORK, asking())
    served.client.post("/xAPI/statements", json=[statement(1, 1, COMPLETED)]).raise_for_status()
    wait_until_folded(served)
    deadline = time.monotonic() + 60
    while (
        any(one["lag"] for one in served.client.get("/api/v1/projection").json()["publish"])
        or not served.client.get("/api/v1/projection").json()["publish"]
    ):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert told(served, ASSERTED) == []
