"""The words of statements written back are those of the published profile."""

import json
from typing import Any

from lrs.contracts import schemas_folder
from projector.publish import statements
from projector.publish.topics import ADMIN_TOPIC, EVIDENCE_TOPIC, MASTERY_TOPIC, READINESS_TOPIC, topic_of

PROFILE: dict[str, Any] = json.loads((schemas_folder() / "xapi-profile/mastery.jsonld").read_text(encoding="utf-8"))
EVENT: dict[str, Any] = {
    "id": "5d1c4f0c-7f2e-5d0e-9d51-0f6f5b2b8a11",
    "type": "mastrail.mastery.lapsed.v1",
    "time": "2026-03-01T00:00:00Z",
    "data": {
        "competency": {"iri": "https://example.org/c"},
        "policy": {"id": "https://example.org/p", "version": "1.0.0", "sha256": "0" * 64},
        "current": {"status": "lapsed", "level": "proficient", "value": "0.8000", "validUntil": "2026-03-01T00:00:00Z"},
        "evidence": {"count": 1, "sha256": "1" * 64},
    },
}


def concepts(kind: str) -> set[str]:
    return {one["id"] for one in PROFILE["concepts"] if one["type"] == kind}


def test_every_own_verb_and_extension_stands_in_the_profile() -> None:
    used = {verb for verb, _ in statements._VERBS.values() if verb.startswith("urn:mastrail:")}
    assert used == concepts("Verb")
    made = statements.statement_of(EVENT, "mailto:ana@example.org")
    assert set(made["context"]["extensions"]) == concepts("ContextExtension")
    assert set(made["result"]["extensions"]) == concepts("ResultExtension")
    assert made["context"]["contextActivities"]["category"][0]["id"] == PROFILE["versions"][0]["id"]


def test_every_verb_has_a_template() -> None:
    assert {one["verb"] for one in PROFILE["templates"]} == {verb for verb, _ in statements._VERBS.values()}
    assert all(one["inScheme"] == PROFILE["versions"][0]["id"] for one in [*PROFILE["concepts"], *PROFILE["templates"]])


def test_the_same_event_makes_the_same_statement() -> None:
    first, again = (statements.statement_of(EVENT, "https://hr.example::7") for _ in range(2))
    assert first == again
    assert first["actor"]["account"] == {"homePage": "https://hr.example", "name": "7"}
    assert statements.statement_of({**EVENT, "id": "5d1c4f0c-7f2e-5d0e-9d51-0f6f5b2b8a12"}, "x")["id"] != first["id"]


def test_each_event_has_its_topic() -> None:
    expected = {
        "attained": MASTERY_TOPIC,
        "level.reached": MASTERY_TOPIC,
        "progression.unlocked": MASTERY_TOPIC,
        "evidence.accepted": EVIDENCE_TOPIC,
        "evidence.withdrawn": EVIDENCE_TOPIC,
        "role.readiness.changed": READINESS_TOPIC,
        "skill.gap.changed": READINESS_TOPIC,
        "credential.eligible": READINESS_TOPIC,
        "eligibility.withdrawn": READINESS_TOPIC,
        "policy.activated": ADMIN_TOPIC,
        "persons.merged": ADMIN_TOPIC,
        "learner.erased": ADMIN_TOPIC,
    }
    assert {name: topic_of(f"mastrail.mastery.{name}.v1") for name in expected} == expected
