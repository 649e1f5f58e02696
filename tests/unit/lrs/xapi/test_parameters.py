"""The parameters of the document, agents and activities resources, per method."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from lrs.xapi.faults import InvalidQuery
from lrs.xapi.parameters import (
    ActivityProfileParameters,
    AgentProfileParameters,
    StateParameters,
    parse_activities,
    parse_activity_profile,
    parse_agent_profile,
    parse_agents,
    parse_state,
)
from lrs.xapi.version import Version

ID = "aa97b177-9383-4934-8543-0f91a7a02836"
AGENT = ("agent", '{"name":"A","mbox":"mailto:a@example.com"}')
ACTIVITY = ("activityId", "http://x.y/a")
SINCE = ("since", "2020-01-01T00:00:00Z")
ONE = Version.V1_0_3


def _faults(parse: Callable[..., Any], *arguments: Any) -> list[str]:
    with pytest.raises(InvalidQuery) as caught:
        parse(*arguments)
    return [fault.message for fault in caught.value.faults]


def test_state_is_addressed_by_activity_agent_registration_and_id() -> None:
    pairs = [ACTIVITY, AGENT, ("registration", ID.upper()), ("stateId", "bookmark")]
    expected = StateParameters("http://x.y/a", "mbox:mailto:a@example.com", ID, "bookmark")
    for method in ("PUT", "POST", "GET", "HEAD", "DELETE"):
        assert parse_state(method, pairs, ONE) == expected


def test_reading_and_deleting_may_mean_every_state() -> None:
    assert parse_state("GET", [ACTIVITY, AGENT, SINCE], ONE).since == datetime(2020, 1, 1, tzinfo=UTC)
    assert parse_state("DELETE", [ACTIVITY, AGENT], ONE).state_id is None
    assert _faults(parse_state, "PUT", [ACTIVITY, AGENT], ONE) == ["stateId is missing"]
    assert _faults(parse_state, "DELETE", [ACTIVITY, AGENT, SINCE], ONE) == [
        "DELETE on the State resource has no parameter since"
    ]


@pytest.mark.parametrize("method", ["PUT", "POST", "GET", "DELETE"])
def test_state_refuses_what_is_missing_or_malformed(method: str) -> None:
    assert _faults(parse_state, method, [("stateId", "s")], ONE) == ["activityId is missing", "agent is missing"]
    malformed = [("activityId", "1"), ("agent", "true"), ("registration", "1"), ("stateId", "s")]
    assert _faults(parse_state, method, malformed, ONE) == [
        "activityId is not an IRI with a scheme",
        "agent: the agent is not an object",
        "registration is not a UUID in standard string form",
    ]


def test_only_two_lets_an_identified_group_own_documents() -> None:
    group = ("agent", '{"objectType":"Group","mbox":"mailto:g@example.com"}')
    assert _faults(parse_state, "GET", [ACTIVITY, group], ONE)
    assert parse_state("GET", [ACTIVITY, group], Version.V2_0_0).agent == "mbox:mailto:g@example.com"


def test_an_agent_profile_is_addressed_by_agent_and_id() -> None:
    pairs = [AGENT, ("profileId", "p")]
    for method in ("PUT", "POST", "GET", "HEAD", "DELETE"):
        assert parse_agent_profile(method, pairs, ONE) == AgentProfileParameters("mbox:mailto:a@example.com", "p")
    assert parse_agent_profile("GET", [AGENT, SINCE], ONE).profile_id is None
    assert _faults(parse_agent_profile, "DELETE", [AGENT], ONE) == ["profileId is missing"]
    assert _faults(parse_agent_profile, "POST", [], ONE) == ["agent is missing", "profileId is missing"]
    assert _faults(parse_agent_profile, "GET", [AGENT, ("since", "x")], ONE) == ["since is not a timestamp"]


def test_an_activity_profile_is_addressed_by_activity_and_id() -> None:
    pairs = [ACTIVITY, ("profileId", "p")]
    for method in ("PUT", "POST", "GET", "HEAD", "DELETE"):
        assert parse_activity_profile(method, pairs, ONE) == ActivityProfileParameters("http://x.y/a", "p")
    assert parse_activity_profile("HEAD", [ACTIVITY], ONE).profile_id is None
    assert _faults(parse_activity_profile, "PUT", [ACTIVITY, SINCE], ONE) == [
        "PUT on the Activity Profile resource has no parameter since",
        "profileId is missing",
    ]


def test_a_person_is_asked_for_by_an_agent_and_not_by_a_group() -> None:
    parameters = parse_agents([AGENT], ONE)
    assert parameters.agent == {"name": "A", "mbox": "mailto:a@example.com"}
    assert parameters.identifier == "mbox:mailto:a@example.com"
    assert _faults(parse_agents, [("agent", '{"objectType":"Group","mbox":"mailto:g@example.com"}')], ONE)
    assert _faults(parse_agents, [], ONE) == ["agent is missing"]


def test_an_activity_is_asked_for_by_its_id() -> None:
    assert parse_activities([ACTIVITY], ONE).activity_id == "http://x.y/a"
    assert _faults(parse_activities, [("activityid", "http://x.y/a")], ONE) == [
        "the Activities resource has no parameter activityid; it is spelt activityId",
        "activityId is missing",
    ]
