import json
from collections.abc import Callable
from uuid import UUID, uuid4

import httpx
import pytest

Make = Callable[..., dict]
CONSISTENT_THROUGH = "x-experience-api-consistent-through"


def stored_ids(http: httpx.Client) -> list[str]:
    return [statement["id"] for statement in http.get("statements").json()["statements"]]


def test_a_posted_statement_is_readable_when_its_id_comes_back(http: httpx.Client, statement: Make):
    answer = http.post("statements", json=statement())
    assert answer.status_code == 200
    (statement_id,) = answer.json()
    stored = http.get("statements", params={"statementId": statement_id}).json()
    assert stored["id"] == statement_id
    assert {"timestamp", "stored", "authority", "version"} <= stored.keys()
    assert stored["authority"]["account"]["name"] == "course"


def test_an_id_that_the_store_makes_is_of_a_version_that_every_client_knows(http: httpx.Client, statement: Make):
    ids = http.post("statements", json=[statement() for _ in range(50)]).json()
    assert {UUID(made).version for made in ids} == {4}
    assert len(set(ids)) == 50


def test_a_put_statement_has_the_id_of_the_parameter(http: httpx.Client, statement: Make):
    statement_id = str(uuid4())
    put = http.put("statements", params={"statementId": statement_id}, json=statement())
    assert (put.status_code, put.content) == (204, b"")
    assert http.get("statements", params={"statementId": statement_id}).json()["id"] == statement_id


def test_a_batch_answers_with_the_ids_in_order(http: httpx.Client, statement: Make):
    ids = [str(uuid4()) for _ in range(20)]
    answer = http.post("statements", json=[statement(id=statement_id) for statement_id in ids])
    assert answer.status_code == 200
    assert answer.json() == ids


def test_an_empty_batch_stores_nothing(http: httpx.Client):
    answer = http.post("statements", json=[])
    assert (answer.status_code, answer.json()) == (200, [])


def test_one_bad_statement_keeps_the_whole_batch_out_and_every_fault_is_listed(http: httpx.Client, statement: Make):
    nameless = statement(actor={"name": "nobody"})
    twisted = statement(result={"score": {"scaled": 2}}, verb={"id": "completed"})
    refused = http.post("statements", json=[statement(), nameless, statement(), twisted])
    assert refused.status_code == 400
    body = refused.json()
    assert body["error"] == "InvalidStatement"
    assert {(fault["statementIndex"], fault["pointer"]) for fault in body["faults"]} == {
        (1, "/actor"),
        (3, "/result/score/scaled"),
        (3, "/verb/id"),
    }
    assert all(fault["rule"] and fault["message"] for fault in body["faults"])
    assert stored_ids(http) == []


def test_an_error_never_repeats_what_a_person_is(http: httpx.Client, statement: Make):
    refused = http.post("statements", json=statement(actor={"mbox": "ada-lovelace@example.com"}))
    assert refused.status_code == 400
    assert "ada-lovelace" not in refused.text


def test_the_same_statement_again_succeeds_and_changes_nothing(http: httpx.Client, statement: Make):
    sent = statement(id=str(uuid4()))
    http.post("statements", json=sent)
    before = http.get("statements", params={"statementId": sent["id"]}).content
    again = http.post("statements", json=sent)
    assert (again.status_code, again.json()) == (200, [sent["id"]])
    assert http.put("statements", params={"statementId": sent["id"]}, json=sent).status_code == 204
    assert http.get("statements", params={"statementId": sent["id"]}).content == before


def test_a_known_statement_does_not_keep_the_rest_of_its_batch_out(http: httpx.Client, statement: Make):
    known, new = statement(id=str(uuid4())), statement(id=str(uuid4()))
    http.post("statements", json=known)
    assert http.post("statements", json=[known, new]).json() == [known["id"], new["id"]]
    assert sorted(stored_ids(http)) == sorted([known["id"], new["id"]])


def test_other_content_under_a_known_id_is_a_conflict_that_names_the_id(http: httpx.Client, statement: Make):
    known, new = statement(id=str(uuid4())), statement(id=str(uuid4()))
    http.post("statements", json=known)
    other = known | {"verb": {"id": "http://adlnet.gov/expapi/verbs/failed"}}
    refused = http.post("statements", json=[new, other])
    assert refused.status_code == 409
    assert refused.json()["error"] == "StatementConflict"
    assert [(fault["statementIndex"], known["id"] in fault["message"]) for fault in refused.json()["faults"]] == [
        (1, True)
    ]
    assert stored_ids(http) == [known["id"]]
    assert http.put("statements", params={"statementId": known["id"]}, json=other).status_code == 409


def test_the_same_id_twice_in_a_batch_is_refused(http: httpx.Client, statement: Make):
    sent = statement(id=str(uuid4()))
    assert http.post("statements", json=[sent, sent]).status_code == 400
    assert stored_ids(http) == []


def test_what_came_in_comes_out_as_it_was_written(http: httpx.Client):
    sent = (
        b'{"id":"6690e6c9-3ef0-4ed3-8b37-7f3964730bee", "actor":{"mbox":"mailto:ada@example.com"},'
        b'"verb":{"id":"http://example.com/\xc3\xa9"},"object":{"id":"http://example.com/x"},'
        b'"result":{"duration":"PT0.0S","score":{"raw":1.50},"extensions":{"http://example.com/e":[null,1e2,-0.0]}}}'
    )
    assert http.post("statements", content=sent, headers={"Content-Type": "application/json"}).status_code == 200
    found = http.get("statements", params={"statementId": "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"})
    assert found.content.startswith(sent[:-1])


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b'{"actor":', b"[1]", b"7", b'"text"', b"null", b"\xff\xfe{}", b"[" * 100_000, b'{"a":' * 5000],
)
def test_a_body_that_is_no_statement_is_refused_as_a_whole(http: httpx.Client, body: bytes):
    refused = http.post("statements", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 400
    assert refused.json()["faults"]
    assert stored_ids(http) == []


def test_nesting_deeper_than_the_limit_is_refused(http: httpx.Client, statement: Make):
    deep: object = 1
    for _ in range(80):
        deep = [deep]
    sent = statement(result={"extensions": {"http://example.com/deep": deep}})
    refused = http.post("statements", json=sent)
    assert refused.status_code == 400
    assert "deeper" in refused.json()["message"]


@pytest.mark.parametrize("params", [{}, {"statementId": "7"}, {"statementId": str(uuid4()), "other": "1"}])
def test_a_put_without_a_good_id_or_with_unknown_parameters_is_refused(
    http: httpx.Client, statement: Make, params: dict
):
    assert http.put("statements", params=params, json=statement()).status_code == 400


def test_a_put_whose_body_has_another_id_or_is_an_array_is_refused(http: httpx.Client, statement: Make):
    named = {"statementId": str(uuid4())}
    assert http.put("statements", params=named, json=statement(id=str(uuid4()))).status_code == 400
    assert http.put("statements", params=named, json=[statement()]).status_code == 400


def test_a_post_with_a_parameter_is_refused(http: httpx.Client, statement: Make):
    assert http.post("statements", params={"statementId": str(uuid4())}, json=statement()).status_code == 400


def test_another_content_type_is_refused_and_none_is_advised_against(http: httpx.Client, statement: Make):
    content = json.dumps(statement())
    assert http.post("statements", content=content, headers={"Content-Type": "text/plain"}).status_code == 400
    assert http.post("statements", content=content).status_code == 200


def test_an_authority_that_a_client_claims_is_replaced(http: httpx.Client, statement: Make):
    (statement_id,) = http.post("statements", json=statement(authority={"mbox": "mailto:eve@example.com"})).json()
    stored = http.get("statements", params={"statementId": statement_id}).json()
    assert "mbox" not in stored["authority"]


def test_a_voided_statement_is_gone_but_can_be_asked_for(http: httpx.Client, statement: Make):
    sent = statement(id=str(uuid4()))
    http.post("statements", json=sent)
    voiding = statement(
        verb={"id": "http://adlnet.gov/expapi/verbs/voided"}, object={"objectType": "StatementRef", "id": sent["id"]}
    )
    (voiding_id,) = http.post("statements", json=voiding).json()
    assert http.get("statements", params={"statementId": sent["id"]}).status_code == 404
    assert http.get("statements", params={"voidedStatementId": sent["id"]}).json()["id"] == sent["id"]
    assert http.get("statements", params={"statementId": voiding_id}).status_code == 200
    assert http.get("statements", params={"voidedStatementId": voiding_id}).status_code == 404
    assert stored_ids(http) == [voiding_id]


def test_the_second_version_takes_what_the_first_does_not_know(http2: httpx.Client, statement: Make):
    agent = {"objectType": "contextAgent", "agent": {"mbox": "mailto:bob@example.com"}}
    assert http2.post("statements", json=statement(context={"contextAgents": [agent]})).status_code == 200
    (stored,) = http2.get("statements").json()["statements"]
    assert stored["context"]["contextAgents"] == [agent]
    assert stored["version"] == "2.0.0"


def test_the_first_version_refuses_what_only_the_second_knows(http: httpx.Client, statement: Make):
    agent = {"objectType": "contextAgent", "agent": {"mbox": "mailto:bob@example.com"}}
    assert http.post("statements", json=statement(context={"contextAgents": [agent]})).status_code == 400


@pytest.mark.parametrize(
    ("method", "params", "body"),
    [
        ("POST", {}, b"[]"),
        ("POST", {}, b"nonsense"),
        ("PUT", {}, b"{}"),
        ("GET", {}, b""),
        ("GET", {"statementId": str(uuid4())}, b""),
        ("GET", {"unknown": "1"}, b""),
        ("DELETE", {}, b""),
    ],
)
def test_every_reply_about_statements_says_through_when_it_is_consistent(
    http: httpx.Client, method: str, params: dict, body: bytes
):
    reply = http.request(
        method, "statements", params=params, content=body, headers={"Content-Type": "application/json"}
    )
    assert reply.headers[CONSISTENT_THROUGH].endswith("Z")
    assert len(reply.headers.get_list("date")) == 1


def test_what_a_write_promises_does_not_reach_its_own_instant(http: httpx.Client, statement: Make):
    posted = http.post("statements", json=statement())
    (stored,) = http.get("statements").json()["statements"]
    assert posted.headers[CONSISTENT_THROUGH] < stored["stored"]
    assert http.get("statements").headers[CONSISTENT_THROUGH] >= stored["stored"]
