"""The Person of an Agent, and what is known of an Activity."""

from lrs.xapi.activity import activity_object, definitions_in, merge_definition
from lrs.xapi.person import person
from unit.lrs.xapi.statement_samples import SMALLEST, changed, inside_a_substatement


def test_a_person_has_every_attribute_as_an_array_once() -> None:
    account = {"homePage": "http://x.y", "name": "1"}
    agents = [
        {"objectType": "Agent", "name": "A", "mbox": "mailto:a@example.com"},
        {"name": "B", "mbox": "mailto:a@example.com"},
        {"name": "A", "account": account},
    ]
    assert person(agents) == {
        "objectType": "Person",
        "name": ["A", "B"],
        "mbox": ["mailto:a@example.com"],
        "account": [account],
    }


def test_an_unknown_agent_is_a_person_with_what_the_request_said() -> None:
    assert person([{"openid": "http://o.id/1"}]) == {"objectType": "Person", "openid": ["http://o.id/1"]}


def test_languages_add_up_and_other_properties_take_the_latest_value() -> None:
    known = {"name": {"en": "old", "fr": "vieux"}, "type": "http://x.y/1", "moreInfo": "http://x.y/m"}
    seen = {"name": {"en": "new", "de": "neu"}, "type": "http://x.y/2", "description": {"en": "d"}}
    assert merge_definition(known, seen) == {
        "name": {"en": "new", "fr": "vieux", "de": "neu"},
        "type": "http://x.y/2",
        "moreInfo": "http://x.y/m",
        "description": {"en": "d"},
    }


def test_extensions_and_component_descriptions_add_up() -> None:
    known = {"choices": [{"id": "a", "description": {"en": "A"}}, {"id": "b"}], "extensions": {"http://x.y/1": 1}}
    seen = {"choices": [{"id": "b"}, {"id": "a", "description": {"fr": "Â"}}], "extensions": {"http://x.y/2": 2}}
    assert merge_definition(known, seen) == {
        "choices": [{"id": "b"}, {"id": "a", "description": {"en": "A", "fr": "Â"}}],
        "extensions": {"http://x.y/1": 1, "http://x.y/2": 2},
    }


def test_definitions_are_found_in_the_object_the_context_and_a_substatement() -> None:
    parent = {"id": "http://x.y/p", "definition": {"name": {"en": "P"}}}
    part = changed(
        SMALLEST,
        {
            "/object/definition": {"name": {"en": "O"}},
            "/context": {"contextActivities": {"parent": parent, "other": [{"id": "http://x.y/o"}]}},
        },
        [],
    )
    found = [(part["object"]["id"], {"name": {"en": "O"}}), ("http://x.y/p", {"name": {"en": "P"}})]
    assert list(definitions_in(part)) == found
    assert list(definitions_in(inside_a_substatement(part))) == found
    assert list(definitions_in({**SMALLEST, "object": {"objectType": "Agent", "mbox": "mailto:a@b"}})) == []


def test_an_unknown_activity_is_still_an_activity() -> None:
    assert activity_object("http://x.y/a") == {"objectType": "Activity", "id": "http://x.y/a"}
    assert activity_object("http://x.y/a", {"type": "http://x.y/t"})["definition"] == {"type": "http://x.y/t"}
