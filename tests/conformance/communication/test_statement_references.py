"""Statements that refer to others, and voided statements, in queries (Communication 2.1.3.s3 and 2.1.4)."""

import httpx
import pytest

from conformance.communication.asking import (
    about,
    every_page,
    flat,
    get,
    ids,
    new_agent,
    new_id,
    new_iri,
    reference,
    refused,
    statement,
    store,
    substatement,
    voiding,
)


@pytest.mark.requirement("Communication 2.1.3.s3", "a statement that targets a match is a match")
@pytest.mark.parametrize("by", ["agent", "verb", "activity", "registration", "related_agents", "related_activities"])
def test_what_targets_a_match_is_found(lrs: httpx.Client, by: str) -> None:
    agent, verb, activity, registration = new_agent(), new_iri("verbs"), new_iri("activities"), new_id()
    context = {
        "registration": registration,
        "instructor": agent,
        "contextActivities": {"grouping": [{"id": activity}]},
    }
    related = by.startswith("related")
    plain = {"actor": agent, "object": {"id": activity}} if not related else {}
    [target] = store(lrs, statement(verb=about(verb), context=context, **plain))
    [one] = store(lrs, statement(object=reference(target)))
    asked = {
        "agent": {"agent": agent},
        "verb": {"verb": verb},
        "activity": {"activity": activity},
        "registration": {"registration": registration},
        "related_agents": {"agent": agent, "related_agents": True},
        "related_activities": {"activity": activity, "related_activities": True},
    }[by]
    assert ids(lrs, **asked) == [one, target]


@pytest.mark.requirement("Communication 2.1.3.s3", "targets are followed recursively")
def test_a_chain_of_references_is_followed(lrs: httpx.Client) -> None:
    verb = new_iri("verbs")
    chain = store(lrs, statement(verb=about(verb)))
    for _ in range(4):
        chain += store(lrs, statement(object=reference(chain[-1])))
    assert ids(lrs, verb=verb) == chain[::-1]


@pytest.mark.requirement("Communication 2.1.3.s3", "a reference may come before what it refers to")
def test_a_reference_to_what_comes_later_is_followed(lrs: httpx.Client) -> None:
    verb, later = new_iri("verbs"), new_id()
    [first] = store(lrs, statement(object=reference(later)))
    [second] = store(lrs, statement(object=reference(first)))
    assert ids(lrs, verb=verb) == []
    store(lrs, statement(id=later, verb=about(verb)))
    assert ids(lrs, verb=verb) == [later, second, first]


@pytest.mark.requirement("Communication 2.1.3.s3", "a chain within one batch is followed")
def test_references_within_a_batch_are_followed(lrs: httpx.Client) -> None:
    verb, first, second = new_iri("verbs"), new_id(), new_id()
    store(
        lrs,
        statement(id=second, object=reference(first)),
        statement(id=first, verb=about(verb)),
    )
    assert ids(lrs, verb=verb) == [first, second]


@pytest.mark.requirement("Communication 2.1.3.s3", "each filter may be met by the statement itself or by its target")
def test_filters_may_be_met_by_different_statements(lrs: httpx.Client) -> None:
    verb, agent = new_iri("verbs"), new_agent()
    [target] = store(lrs, statement(verb=about(verb)))
    [one] = store(lrs, statement(actor=agent, object=reference(target)))
    assert ids(lrs, verb=verb, agent=agent) == [one]


@pytest.mark.requirement("Communication 2.1.3.s3", "since, until and limit apply to the targeting statement")
def test_time_and_limit_apply_to_the_targeting_statement(lrs: httpx.Client) -> None:
    verb = new_iri("verbs")
    [target] = store(lrs, statement(verb=about(verb)))
    [one] = store(lrs, statement(object=reference(target)))
    stored = get(lrs, target)["stored"]
    assert ids(lrs, verb=verb, since=stored) == [one]
    assert ids(lrs, verb=verb, until=stored) == [target]
    assert ids(lrs, verb=verb, limit="1") == [one]
    assert ids(lrs, verb=verb, limit="1", ascending=True) == [target]
    assert flat(every_page(lrs, {"verb": verb, "limit": "1"})) == [one, target]


@pytest.mark.requirement("Communication 2.1.3.s3", "a StatementRef in the context does not make a match")
def test_a_reference_in_the_context_is_not_followed(lrs: httpx.Client) -> None:
    verb = new_iri("verbs")
    [target] = store(lrs, statement(verb=about(verb)))
    store(lrs, statement(context={"statement": reference(target)}))
    assert ids(lrs, verb=verb) == [target]


@pytest.mark.requirement("Communication 2.1.3.s3", "a StatementRef inside a SubStatement does not make a match")
def test_a_reference_inside_a_substatement_is_not_followed(lrs: httpx.Client) -> None:
    verb = new_iri("verbs")
    [target] = store(lrs, statement(verb=about(verb)))
    store(lrs, statement(object=substatement(object=reference(target))))
    assert ids(lrs, verb=verb) == [target]


@pytest.mark.requirement("Communication 2.1.3.s3", "the rules do not apply to a statement asked for by its id")
def test_an_id_returns_its_own_statement_only(lrs: httpx.Client) -> None:
    [target] = store(lrs, statement())
    [one] = store(lrs, statement(object=reference(target)))
    assert get(lrs, target)["id"] == target
    assert get(lrs, one)["object"] == reference(target)


@pytest.mark.requirement("Communication 2.1.3.s3", "statements that refer to themselves or in a circle end the search")
def test_circles_of_references_are_found_once(lrs: httpx.Client) -> None:
    verb, first, second = new_iri("verbs"), new_id(), new_id()
    store(lrs, statement(id=first, object=reference(second)))
    store(lrs, statement(id=second, verb=about(verb), object=reference(first)))
    assert ids(lrs, verb=verb) == [second, first]


@pytest.mark.requirement("Communication 2.1.4.s1.b1", "a voided statement is not found by statementId")
def test_a_voided_statement_is_not_found_by_its_id(lrs: httpx.Client) -> None:
    [one] = store(lrs, statement())
    store(lrs, voiding(one))
    refused(lrs.get("statements", params={"statementId": one}), 404)


@pytest.mark.requirement("Communication 2.1.4.s1.b1", "a voided statement is in no result")
@pytest.mark.parametrize("first", ["target", "voiding"])
def test_a_voided_statement_is_in_no_result(lrs: httpx.Client, first: str) -> None:
    verb, target = new_iri("verbs"), new_id()
    sent = [statement(id=target, verb=about(verb)), voiding(target)]
    for one in sent if first == "target" else reversed(sent):
        store(lrs, one)
    assert target not in ids(lrs, verb=verb)


@pytest.mark.requirement("Communication 2.1.4.s1.b2", "what targets a voided statement is found, the voiding one too")
def test_what_targets_a_voided_statement_is_found(lrs: httpx.Client) -> None:
    verb = new_iri("verbs")
    [voided] = store(lrs, statement(verb=about(verb)))
    before = get(lrs, voided)["stored"]
    [voids] = store(lrs, voiding(voided))
    [refers] = store(lrs, statement(verb=about(verb), object=reference(voided)))
    assert ids(lrs, verb=verb) == [refers, voids]
    assert ids(lrs, verb=verb, since=before) == [refers, voids]
    assert ids(lrs, verb=verb, until=get(lrs, refers)["stored"]) == [refers, voids]
    assert ids(lrs, verb=verb, limit="1") == [refers]


@pytest.mark.requirement("Communication 2.1.4.s1.b2", "a voiding statement is found by its own id")
def test_a_voiding_statement_is_found_by_its_id(lrs: httpx.Client) -> None:
    [one] = store(lrs, statement())
    [voids] = store(lrs, voiding(one))
    assert get(lrs, voids)["object"] == reference(one)
