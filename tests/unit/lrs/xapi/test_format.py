"""The renderings ``ids`` and ``canonical``, and the choice of a language."""

from typing import Any

import pytest

from lrs.xapi.format import canonical, ids
from lrs.xapi.language import accepted_languages, one_language
from unit.lrs.xapi.statement_samples import inside_a_substatement

AGENT = {"objectType": "Agent", "name": "A", "mbox": "mailto:a@example.com"}
NAMES = {"en-US": "colour", "fr": "couleur", "de-CH": "Farbe"}
PART: dict[str, Any] = {
    "actor": {"objectType": "Group", "name": "G", "member": [AGENT, {"openid": "http://o.id/1", "name": "B"}]},
    "verb": {"id": "http://x.y/v", "display": NAMES},
    "object": {
        "objectType": "Activity",
        "id": "http://x.y/a",
        "definition": {
            "type": "http://x.y/t",
            "name": NAMES,
            "description": NAMES,
            "interactionType": "choice",
            "choices": [{"id": "1", "description": NAMES}, {"id": "2"}],
            "extensions": {"http://x.y/e": NAMES},
        },
    },
    "context": {
        "instructor": AGENT,
        "team": {"objectType": "Group", "name": "T", "mbox": "mailto:t@example.com", "member": [AGENT]},
        "contextActivities": {
            "parent": [{"objectType": "Activity", "id": "http://x.y/p", "definition": {"name": NAMES}}]
        },
        "contextAgents": [{"objectType": "contextAgent", "agent": AGENT, "relevantTypes": ["http://x.y/t"]}],
        "contextGroups": [
            {"objectType": "contextGroup", "group": {"objectType": "Group", "name": "g", "member": [AGENT]}}
        ],
        "platform": "p",
    },
    "result": {"success": True},
}
IDENTIFIED = {"objectType": "Agent", "mbox": "mailto:a@example.com"}
IDS = {
    "actor": {"objectType": "Group", "member": [IDENTIFIED, {"openid": "http://o.id/1"}]},
    "verb": {"id": "http://x.y/v"},
    "object": {"id": "http://x.y/a"},
    "context": {
        "instructor": IDENTIFIED,
        "team": {"objectType": "Group", "mbox": "mailto:t@example.com"},
        "contextActivities": {"parent": [{"id": "http://x.y/p"}]},
        "contextAgents": [{"objectType": "contextAgent", "agent": IDENTIFIED, "relevantTypes": ["http://x.y/t"]}],
        "contextGroups": [{"objectType": "contextGroup", "group": {"objectType": "Group", "member": [IDENTIFIED]}}],
        "platform": "p",
    },
    "result": {"success": True},
}


def test_ids_keep_only_what_identifies() -> None:
    assert ids(PART) == IDS
    assert ids({**PART, "authority": AGENT})["authority"] == IDENTIFIED


def test_ids_reach_into_a_substatement_and_an_object_agent() -> None:
    assert ids(inside_a_substatement(PART))["object"] == {"objectType": "SubStatement", **IDS}
    assert ids({**PART, "object": AGENT})["object"] == IDENTIFIED
    reference = {"objectType": "StatementRef", "id": "aa97b177-9383-4934-8543-0f91a7a02836"}
    assert ids({**PART, "object": reference})["object"] == reference


def _one(tag: str) -> dict[str, str]:
    return {tag: NAMES[tag]}


@pytest.mark.parametrize("wrap", [lambda part: part, inside_a_substatement], ids=["statement", "SubStatement"])
def test_canonical_keeps_one_language_everywhere_and_agents_whole(wrap: Any) -> None:
    whole = canonical(wrap(PART), "fr;q=0.5, de")
    part = whole if wrap(PART) is PART else whole["object"]
    definition = part["object"]["definition"]
    assert part["verb"]["display"] == definition["name"] == definition["description"] == _one("de-CH")
    assert definition["choices"] == [{"id": "1", "description": _one("de-CH")}, {"id": "2"}]
    assert definition["extensions"] == {"http://x.y/e": NAMES}
    assert part["context"]["contextActivities"]["parent"][0]["definition"]["name"] == _one("de-CH")
    assert part["actor"] == PART["actor"]
    assert part["context"]["team"] == PART["context"]["team"]


def test_canonical_prefers_the_known_definition() -> None:
    rendered = canonical(PART, "fr", {"http://x.y/p": {"name": {"fr": "cours", "en": "course"}}})
    assert rendered["context"]["contextActivities"]["parent"][0]["definition"] == {"name": {"fr": "cours"}}


def test_rendering_leaves_its_source_alone() -> None:
    before = repr(PART)
    ids(PART)
    canonical(PART, "fr")
    assert repr(PART) == before


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("en-US", "en-US"),
        ("EN-us", "en-US"),
        ("en", "en-US"),
        ("en-GB", "en-US"),
        ("fr-CA, en;q=0.9", "fr"),
        ("es, de;q=0.1", "de-CH"),
        ("en;q=0, fr;q=0.1", "fr"),
        ("es", "en-US"),
        ("*", "en-US"),
        (None, "en-US"),
        ("", "en-US"),
        ("fr;q=bad, de", "de-CH"),
        (";;,,q=", "en-US"),
    ],
)
def test_the_best_language_is_chosen(header: str | None, tag: str) -> None:
    assert one_language(NAMES, accepted_languages(header)) == _one(tag)


def test_no_language_is_made_up() -> None:
    assert one_language({}, accepted_languages("en")) == {}
