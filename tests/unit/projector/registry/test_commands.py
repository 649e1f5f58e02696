"""Commands of the registry: everything is checked before anything is in the log, and a version never changes."""

from copy import deepcopy
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
import pytest

from integration.projector.course import FRAMEWORK, FRAMEWORK_ID, POLICY
from projector.registry.append import By
from projector.registry.catalogue import FRAMEWORK_PUBLISHED, POLICY_ACTIVATED
from projector.registry.commands import activate_policy, publish_framework
from projector.registry.faults import InvalidDocument, VersionConflict
from projector.registry.people import merge_persons, set_trust
from unit.projector.registry.listed_log import ListedLog

BY = By("ada", "because")
ADA = {"mbox": "mailto:ada@example.org", "name": "Ada"}
BOB = {"account": {"homePage": "https://example.org", "name": "bob"}}


def new_id() -> UUID:
    return uuid5(NAMESPACE_URL, "the only one")


def changed(document: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {**deepcopy(document), **members}


@pytest.fixture
def log() -> ListedLog:
    return ListedLog()


def test_a_framework_and_its_policy_are_facts_with_who_and_why(log: ListedLog) -> None:
    publish_framework(log, FRAMEWORK, BY)
    change = activate_policy(log, POLICY, BY, effective_from="2026-02-01T00:00:00+01:00")
    assert (change.position, change.is_new) == (2, True)
    assert [entry.topic for entry in log.entries] == [FRAMEWORK_PUBLISHED, POLICY_ACTIVATED]
    assert log.entries[0].entry_id == uuid5(NAMESPACE_URL, f"{FRAMEWORK_ID}#1")
    fact = orjson.loads(log.entries[1].payload)
    assert (fact["who"], fact["why"], fact["mode"]) == ("ada", "because", "reevaluate")
    assert fact["effectiveFrom"] == "2026-01-31T23:00:00Z"
    assert fact["policy"] == POLICY


def test_the_same_version_again_changes_nothing_and_says_so(log: ListedLog) -> None:
    first = publish_framework(log, FRAMEWORK, BY)
    again = publish_framework(log, deepcopy(FRAMEWORK), By("bob", "again"))
    assert (again.position, again.is_new, first.is_new) == (first.position, False, True)
    assert len(log.entries) == 1


def test_other_content_under_a_published_version_is_refused(log: ListedLog) -> None:
    publish_framework(log, FRAMEWORK, BY)
    with pytest.raises(VersionConflict, match="a version never changes"):
        publish_framework(log, changed(FRAMEWORK, title="Another"), BY)
    activate_policy(log, POLICY, BY)
    with pytest.raises(VersionConflict):
        activate_policy(log, POLICY, BY, effective_from="2030-01-01T00:00:00Z")
    assert len(log.entries) == 2


@pytest.mark.parametrize(
    ("members", "pointer", "said"),
    [
        ({"items": []}, "/items", "at least 1 item"),
        ({"version": 2**60}, "/version", "beyond those of JSON"),
        ({"items": [{"id": "no iri", "statement": "x"}, *FRAMEWORK["items"]]}, "/items/0/id", "pattern"),
        ({"version": ""}, "/version", "pattern"),
        ({"color": "red"}, "/color", "not permitted"),
        ({"apiVersion": "mastrail/v2"}, "/apiVersion", "mastrail/v1"),
        ({"items": [{"id": "urn:a", "statement": "x"}] * 2}, "/items/1/id", "stands twice"),
        ({"items": [{"id": "urn:a", "statement": "x", "parent": "urn:b"}]}, "/items/0/parent", "is no item"),
        (
            {
                "items": [
                    {"id": "urn:a", "statement": "x", "parent": "urn:b"},
                    {"id": "urn:b", "statement": "x", "parent": "urn:a"},
                ]
            },
            ["/items/0/parent", "/items/1/parent"],
            "its own ancestor",
        ),
    ],
)
def test_a_bad_framework_is_refused_with_pointer_and_reason(
    log: ListedLog, members: dict[str, Any], pointer: str | list[str], said: str
) -> None:
    with pytest.raises(InvalidDocument) as refused:
        publish_framework(log, changed(FRAMEWORK, **members), BY)
    pointers = [pointer] if isinstance(pointer, str) else pointer
    assert [(fault.pointer, said in fault.message) for fault in refused.value.faults] == [(at, True) for at in pointers]
    assert log.entries == []


def test_every_fault_of_a_framework_is_listed(log: ListedLog) -> None:
    with pytest.raises(InvalidDocument) as refused:
        publish_framework(log, changed(FRAMEWORK, title=1, version=2), BY)
    assert sorted(fault.pointer for fault in refused.value.faults) == ["/title", "/version"]


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"masteryLevel": "expert"}, "/masteryLevel"),
        ({"version": "one"}, "/version"),
        ({"framework": {"id": FRAMEWORK_ID, "version": "9"}}, "/framework"),
        ({"competency": f"{FRAMEWORK_ID}/items/other"}, "/competency"),
        ({"method": {"type": "guess"}}, "/method"),
    ],
)
def test_a_bad_policy_is_refused_with_its_pointer(log: ListedLog, members: dict[str, Any], pointer: str) -> None:
    publish_framework(log, FRAMEWORK, BY)
    with pytest.raises(InvalidDocument) as refused:
        activate_policy(log, changed(POLICY, **members), BY)
    assert refused.value.faults[0].pointer.startswith(pointer)
    assert len(log.entries) == 1


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("effective_from", "tomorrow", "effectiveFrom is an RFC 3339 time"), ("mode", "perhaps", "mode is one of carry")],
)
def test_a_bad_activation_is_refused(log: ListedLog, name: str, value: str, said: str) -> None:
    publish_framework(log, FRAMEWORK, BY)
    with pytest.raises(InvalidDocument, match=said):
        activate_policy(log, POLICY, BY, **{name: value})


@pytest.mark.parametrize(("who", "why"), [("", "x"), ("x", " "), ("x", "y" * 3000)])
def test_who_and_why_are_not_optional(who: str, why: str) -> None:
    with pytest.raises(InvalidDocument, match="must be given"):
        By(who, why)


@pytest.mark.parametrize("agent", [{}, {"name": "Ada"}, {"mbox": 1}, {**ADA, **BOB}, {"account": {"name": "x"}}])
def test_somebody_without_one_identifier_is_refused(log: ListedLog, agent: dict[str, Any]) -> None:
    with pytest.raises(InvalidDocument) as refused:
        set_trust(log, agent, 2, BY, new_id=new_id)
    assert refused.value.faults[0].pointer == "/authority"


def test_nobody_is_merged_with_themselves_and_no_trust_is_beyond_three(log: ListedLog) -> None:
    with pytest.raises(InvalidDocument, match="themselves"):
        merge_persons(log, ADA, {"mbox": "mailto:ada@example.org"}, BY, new_id=new_id)
    with pytest.raises(InvalidDocument, match="0 to 3"):
        set_trust(log, ADA, 4, BY, new_id=new_id)
    assert log.entries == []


def policy_of(name: str, stands_on: str | None, version: str = "1.0.0", begins: str = "2021-01-01") -> dict[str, Any]:
    document = changed(
        POLICY,
        id=f"https://example.org/policies/{name}",
        version=version,
        competency=f"urn:{name}",
        effectiveFrom=f"{begins}T00:00:00Z",
    )
    if stands_on:
        document["prerequisites"] = {"expr": {"competency": f"urn:{stands_on}"}}
    return document


@pytest.fixture
def letters(log: ListedLog) -> ListedLog:
    items = [{"id": f"urn:{name}", "statement": name} for name in "abc"]
    publish_framework(log, changed(FRAMEWORK, items=items), BY)
    return log


def test_policies_that_stand_on_each_other_in_a_circle_are_refused(letters: ListedLog) -> None:
    activate_policy(letters, policy_of("a", "b"), BY)
    activate_policy(letters, policy_of("b", "c"), BY)
    with pytest.raises(InvalidDocument, match="circle"):
        activate_policy(letters, policy_of("c", "a"), BY)
    with pytest.raises(InvalidDocument, match="not its own prerequisite"):
        activate_policy(letters, policy_of("c", "c"), BY)
    activate_policy(letters, policy_of("c", None), BY)
    assert len(letters.entries) == 4


def test_a_circle_that_would_close_at_a_later_date_is_refused_too(letters: ListedLog) -> None:
    activate_policy(letters, policy_of("a", None), BY)
    activate_policy(letters, policy_of("a", "b", "2.0.0", "2030-01-01"), BY)
    activate_policy(letters, policy_of("a", None, "3.0.0", "2031-01-01"), BY)
    with pytest.raises(InvalidDocument, match="circle"):
        activate_policy(letters, policy_of("b", "a"), BY)
    activate_policy(letters, policy_of("b", "c"), BY)
    assert len(letters.entries) == 5
