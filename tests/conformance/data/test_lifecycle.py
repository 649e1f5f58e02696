"""What is stored stays, and what is voided is found only where the specification says (Data 2.3)."""

import httpx
import pytest

from conformance.communication.asking import VOIDED, get, new_id, new_iri, query, reference, statement, store, voiding

requirement = pytest.mark.requirement


def void(lrs: httpx.Client) -> tuple[str, str, str]:
    """Store a statement and one that voids it; return their ids and the verb of the first."""
    verb = new_iri("verbs")
    (voided,) = store(lrs, statement(verb={"id": verb}))
    (voider,) = store(lrs, voiding(voided))
    return voided, voider, verb


@requirement("Data 2.3.1.s1", "a stored statement is not changed by another with its id")
def test_another_statement_with_the_same_id_changes_nothing(lrs: httpx.Client):
    (kept,) = store(lrs, statement(verb={"id": "http://example.com/verbs/first"}))
    before = get(lrs, kept)
    other = statement(id=kept, verb={"id": "http://example.com/verbs/second"})
    assert lrs.post("statements", json=other).status_code == 409
    assert lrs.put("statements", params={"statementId": kept}, json=other).status_code == 409
    assert get(lrs, kept) == before


@requirement("Data 2.3.1.s1", "the same statement sent again is taken and changes nothing")
def test_the_same_statement_again_changes_nothing(lrs: httpx.Client):
    again = statement(id=new_id(), timestamp="2026-01-02T03:04:05Z")
    store(lrs, again)
    before = get(lrs, again["id"])
    assert lrs.post("statements", json=again).status_code == 200
    assert lrs.put("statements", params={"statementId": again["id"]}, json=again).status_code == 204
    assert get(lrs, again["id"]) == before


@requirement("Data 2.3.2", "a statement with the verb voided and a StatementRef is taken (XAPI-00019, XAPI-00020)")
def test_a_voiding_statement_is_taken(lrs: httpx.Client):
    voided, voider, _ = void(lrs)
    found = get(lrs, voider)
    assert found["verb"]["id"] == VOIDED
    assert found["object"] == reference(voided)


@requirement("Data 2.3.2.s2.b1", "a voiding statement whose object is no StatementRef is refused (XAPI-00017)")
@pytest.mark.parametrize(
    "target",
    [
        {"id": "http://example.com/a"},
        {"objectType": "Activity", "id": "http://example.com/a"},
        {"objectType": "Agent", "mbox": "mailto:a@example.com"},
        {"objectType": "Group", "mbox": "mailto:a@example.com"},
        {"objectType": "SubStatement", **statement()},
    ],
)
def test_voiding_something_else_than_a_statement_is_refused(lrs: httpx.Client, target: dict):
    refused = lrs.post("statements", json=statement(verb={"id": VOIDED}, object=target))
    assert refused.status_code == 400
    assert refused.json()["faults"][0]["pointer"] == "/object"


@requirement(
    "Data 2.3.2.s2.b3", "a voided statement is found by voidedStatementId, and not by statementId (XAPI-00018)"
)
def test_a_voided_statement_is_found_by_voided_statement_id_alone(lrs: httpx.Client):
    voided, _, _ = void(lrs)
    assert lrs.get("statements", params={"statementId": voided}).status_code == 404
    assert lrs.get("statements", params={"voidedStatementId": voided}).json()["id"] == voided


@requirement("Data 2.3.2.s2.b3", "a voided statement is left out of what a query finds (XAPI-00018)")
def test_a_query_finds_the_voiding_statement_and_not_the_voided(lrs: httpx.Client):
    voided, voider, verb = void(lrs)
    found = [one["id"] for one in query(lrs, verb=verb)]
    assert voider in found
    assert voided not in found


@requirement("Data 2.3.2.s2.b3", "a statement that is not voided is not found by voidedStatementId")
def test_a_statement_that_is_not_voided_has_no_voided_statement_id(lrs: httpx.Client):
    (kept,) = store(lrs, statement())
    assert lrs.get("statements", params={"voidedStatementId": kept}).status_code == 404


@requirement("Data 2.3.2.s2.b7", "a voiding statement is not voided (XAPI-00016)")
def test_a_voiding_statement_stays_when_another_would_void_it(lrs: httpx.Client):
    voided, voider, _ = void(lrs)
    answer = lrs.post("statements", json=voiding(voider))
    assert answer.status_code in (200, 400)
    assert get(lrs, voider)["id"] == voider
    assert lrs.get("statements", params={"voidedStatementId": voided}).status_code == 200


@requirement("Data 2.3.2.s2.b7", "a statement that is voided already may be voided again, to no effect (XAPI-00016)")
def test_voiding_twice_is_as_voiding_once(lrs: httpx.Client):
    voided, _, _ = void(lrs)
    store(lrs, voiding(voided))
    assert lrs.get("statements", params={"voidedStatementId": voided}).status_code == 200


@requirement("Data 2.3.2.s3.b1", "a statement may be voided before it is there")
def test_a_statement_that_comes_after_its_voiding_is_voided(lrs: httpx.Client):
    late = new_id()
    store(lrs, voiding(late))
    store(lrs, statement(id=late))
    assert lrs.get("statements", params={"statementId": late}).status_code == 404
    assert lrs.get("statements", params={"voidedStatementId": late}).json()["id"] == late


@requirement("Data 2.3.2", "the verb voided voids in a statement, and not in a SubStatement")
def test_a_substatement_voids_nothing(lrs: httpx.Client):
    (kept,) = store(lrs, statement())
    store(lrs, statement(object={"objectType": "SubStatement", **voiding(kept)}))
    assert get(lrs, kept)["id"] == kept
