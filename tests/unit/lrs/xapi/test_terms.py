"""By what a statement is found."""

from typing import Any
from uuid import UUID

from lrs.xapi.terms import agent_identifier, authority_identifier, index
from unit.lrs.xapi.statement_samples import SMALLEST, inside_a_substatement

REF = "aa97b177-9383-4934-8543-0f91a7a02836"


def _values(body: dict[str, Any], kind: str) -> set[str]:
    return {value for found, value in index(body).terms if found == kind}


def _mbox(name: str) -> dict[str, str]:
    return {"mbox": f"mailto:{name}@example.com"}


def test_the_smallest_statement_is_found_by_verb_agent_and_activity() -> None:
    assert set(index(SMALLEST).terms) == {
        ("verb", "http://example.com/verbs/completed"),
        ("agent", "mbox:mailto:learner@example.com"),
        ("related_agent", "mbox:mailto:learner@example.com"),
        ("activity", "http://example.com/activities/course"),
        ("related_activity", "http://example.com/activities/course"),
    }


def test_members_of_a_group_and_an_object_agent_are_agents_too() -> None:
    group = {"objectType": "Group", **_mbox("team"), "member": [_mbox("a"), {"openid": "http://o.example/1"}]}
    body = {**SMALLEST, "actor": group, "object": {"objectType": "Agent", **_mbox("tutor")}}
    expected = {f"mbox:mailto:{name}@example.com" for name in ("team", "a", "tutor")} | {"openid:http://o.example/1"}
    assert _values(body, "agent") == expected == _values(body, "related_agent")
    assert not _values(body, "activity")


def test_authority_and_context_make_related_agents_and_activities() -> None:
    body = {
        **SMALLEST,
        "authority": _mbox("key"),
        "context": {
            "registration": REF.upper(),
            "instructor": _mbox("tutor"),
            "team": {"objectType": "Group", "member": [_mbox("mate")]},
            "contextAgents": [{"objectType": "contextAgent", "agent": _mbox("peer")}],
            "contextGroups": [{"objectType": "contextGroup", "group": {"objectType": "Group", **_mbox("club")}}],
            "contextActivities": {"parent": {"id": "http://x.y/p"}, "category": [{"id": "http://x.y/c"}]},
        },
    }
    names = ("learner", "key", "tutor", "mate", "peer", "club")
    assert _values(body, "related_agent") == {f"mbox:mailto:{name}@example.com" for name in names}
    assert _values(body, "agent") == {"mbox:mailto:learner@example.com"}
    assert _values(body, "related_activity") == {"http://example.com/activities/course", "http://x.y/p", "http://x.y/c"}
    assert _values(body, "registration") == {REF}


def test_what_a_substatement_names_is_related_only() -> None:
    part = {
        "actor": _mbox("inner"),
        "verb": {"id": "http://x.y/inner"},
        "object": {"id": "http://x.y/a"},
        "context": {"instructor": _mbox("tutor"), "contextActivities": {"other": [{"id": "http://x.y/o"}]}},
    }
    body = inside_a_substatement(part)
    assert _values(body, "agent") == {"mbox:mailto:learner@example.com"}
    assert _values(body, "related_agent") == {f"mbox:mailto:{n}@example.com" for n in ("learner", "inner", "tutor")}
    assert _values(body, "related_activity") == {"http://x.y/a", "http://x.y/o"}
    assert not _values(body, "activity")
    assert _values(body, "verb") == {"http://example.com/verbs/completed"}


def test_a_reference_is_followed_and_a_voiding_one_voids() -> None:
    body = {**SMALLEST, "object": {"objectType": "StatementRef", "id": REF.upper()}}
    assert (index(body).refers_to, index(body).voids) == (UUID(REF), None)
    body["verb"] = {"id": "http://adlnet.gov/expapi/verbs/voided"}
    assert (index(body).refers_to, index(body).voids) == (UUID(REF), UUID(REF))


def test_two_writings_of_one_identifier_are_one() -> None:
    assert agent_identifier({"mbox": "mailto:A.b@EXAMPLE.com"}) == "mbox:mailto:A.b@example.com"
    assert agent_identifier({"mbox_sha1sum": "AB" * 20}) == "sha1:" + "ab" * 20
    assert agent_identifier({"openid": "http://Open.id/1"}) == "openid:http://Open.id/1"
    assert agent_identifier({"account": {"name": "n", "homePage": "http://h"}}) == "account:http://h\x00n"
    assert agent_identifier({"objectType": "Group", "member": []}) is None


def test_the_authority_finds_its_own_statement_only() -> None:
    body = {**SMALLEST, "authority": {"objectType": "Agent", **_mbox("lrp")}}
    assert index(body).own_terms == (("authority", "mbox:mailto:lrp@example.com"),)
    assert not _values(body, "authority")


def test_an_authority_of_two_agents_is_one_identifier_whatever_their_order() -> None:
    agents = [_mbox("user"), {"account": {"homePage": "http://example.com/token", "name": "consumer"}}]
    groups = [{"objectType": "Group", "member": agents}, {"objectType": "Group", "member": agents[::-1]}]
    assert authority_identifier(groups[0]) == authority_identifier(groups[1])
    assert authority_identifier(groups[0]) != authority_identifier(agents[0])
