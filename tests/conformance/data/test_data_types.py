"""What an LRS may and must not do to IRIs, durations and timestamps (Data 4.3 to 4.6, IEEE 9274.1.1 4.2.7)."""

from datetime import UTC, datetime

import httpx
import pytest

from conformance.communication.asking import get, new_id, statement, store

requirement = pytest.mark.requirement


def description(lrs: httpx.Client, activity: str) -> httpx.Response:
    """Return what the LRS says of an Activity."""
    return lrs.get("activities", params={"activityId": activity})


@requirement("IEEE 9274.1.1 4.2.7", "IRIs are compared as strings: no path is resolved", versions=("2.0.0",))
def test_an_iri_with_dots_is_another_iri(lrs: httpx.Client):
    slug = new_id()
    plain, dotted = f"http://example.com/path/{slug}", f"http://example.com/path/../{slug}"
    store(lrs, statement(object={"id": dotted, "definition": {"name": {"en": "dotted"}}}))
    assert description(lrs, dotted).json()["definition"]["name"] == {"en": "dotted"}
    assert description(lrs, plain).json() == {"objectType": "Activity", "id": plain}


@requirement("Data 4.3.s1", "IRIs that differ in case or in percent signs are different")
def test_iris_are_not_normalised(lrs: httpx.Client):
    slug = new_id()
    asked, other = f"http://example.com/{slug}/a~b", f"http://example.com/{slug}/a%7Eb"
    one, _ = store(lrs, statement(object={"id": asked}), statement(object={"id": other}))
    found = lrs.get("statements", params={"activity": asked}).json()["statements"]
    assert [each["id"] for each in found] == [one]


@requirement("Data 4.6.s1.b4", "a duration finer than 0.01 seconds is taken, and may be cut but not rounded")
@pytest.mark.parametrize("inner", [False, True], ids=["statement", "substatement"])
def test_a_fine_duration_is_not_rounded(lrs: httpx.Client, inner: bool):
    part = statement(result={"duration": "P1DT12H36M0.12567S"})
    (own,) = store(lrs, statement(object={"objectType": "SubStatement", **part}) if inner else part)
    found = get(lrs, own)
    assert (found["object"] if inner else found)["result"]["duration"] in ("P1DT12H36M0.12567S", "P1DT12H36M0.12S")


@requirement("Data 4.5.s1.b4", "a timestamp with an offset names the same instant when it comes back")
@pytest.mark.parametrize("sent", ["2023-05-04T12:00:00-05:00", "2023-05-04T22:45:00+05:45", "2023-05-04T17:00:00Z"])
def test_an_offset_keeps_the_instant(lrs: httpx.Client, sent: str):
    (own,) = store(lrs, statement(timestamp=sent))
    assert datetime.fromisoformat(get(lrs, own)["timestamp"]) == datetime(2023, 5, 4, 17, tzinfo=UTC)


@requirement(
    "IEEE 9274.1.1 4.2.2.5",
    "agents and groups of contextAgents and contextGroups are related agents",
    versions=("2.0.0",),
)
def test_context_agents_and_groups_are_found_as_related_agents(lrs: httpx.Client):
    agent, group, member = (f"mailto:{new_id()}@example.com" for _ in range(3))
    context = {
        "contextAgents": [{"objectType": "contextAgent", "agent": {"mbox": agent}}],
        "contextGroups": [
            {
                "objectType": "contextGroup",
                "group": {"objectType": "Group", "mbox": group, "member": [{"mbox": member}]},
            }
        ],
    }
    (own,) = store(lrs, statement(context=context))
    asked = [f'{{"mbox": "{agent}"}}', f'{{"objectType": "Group", "mbox": "{group}"}}', f'{{"mbox": "{member}"}}']
    for each in asked:
        found = lrs.get("statements", params={"agent": each, "related_agents": "true"}).json()["statements"]
        assert [one["id"] for one in found] == [own], each
        assert lrs.get("statements", params={"agent": each}).json()["statements"] == []
