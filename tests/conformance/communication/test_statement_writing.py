"""PUT and POST of statements (Communication 2.1.1 and 2.1.2)."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from conformance.communication.asking import about, get, new_id, new_iri, refused, statement, store


def put(lrs: httpx.Client, sent: Any, **parameters: str) -> httpx.Response:
    """PUT one statement."""
    return lrs.put("statements", params=parameters, json=sent)


@pytest.mark.requirement("Communication 2.1.1.s1", "PUT stores one statement under its id and returns 204")
@pytest.mark.parametrize("with_id", [True, False], ids=["id in both", "id in the URL"])
def test_put_stores_a_statement(lrs: httpx.Client, with_id: bool) -> None:
    statement_id = new_id()
    sent = statement(id=statement_id) if with_id else statement()
    reply = put(lrs, sent, statementId=statement_id)
    assert (reply.status_code, reply.content) == (204, b"")
    assert get(lrs, statement_id)["id"] == statement_id


@pytest.mark.requirement("Communication 2.1.1.s1.table1.row1", "PUT without statementId is refused")
def test_put_without_statement_id_is_refused(lrs: httpx.Client) -> None:
    refused(put(lrs, statement(id=new_id())))


@pytest.mark.requirement("Communication 2.1.1.s1.table1.row1", "the statementId of a PUT is a UUID")
@pytest.mark.parametrize("given", ["true", "[object Object]", "", "12345678", "{}"])
def test_put_under_an_id_that_is_no_uuid_is_refused(lrs: httpx.Client, given: str) -> None:
    refused(put(lrs, statement(), statementId=given))


@pytest.mark.requirement("Communication 2.1.1.s3.b3", "the id of the statement is the statementId of the PUT")
def test_put_of_a_statement_with_another_id_is_refused(lrs: httpx.Client) -> None:
    given, other = new_id(), new_id()
    refused(put(lrs, statement(id=other), statementId=given))
    for one in (given, other):
        assert lrs.get("statements", params={"statementId": one}).status_code == 404


@pytest.mark.requirement("Communication 2.1.1.s1", "PUT takes one statement, not a batch")
@pytest.mark.parametrize("many", [1, 2])
def test_put_of_an_array_is_refused(lrs: httpx.Client, many: int) -> None:
    refused(put(lrs, [statement()] * many, statementId=new_id()))


@pytest.mark.requirement("Communication 2.1.1.s1", "PUT has no other parameter")
def test_put_with_another_parameter_is_refused(lrs: httpx.Client) -> None:
    refused(put(lrs, statement(), statementId=new_id(), verb=new_iri("verbs")))


FIRSTS = ["PUT", "POST"]


def send(lrs: httpx.Client, method: str, sent: dict[str, Any]) -> httpx.Response:
    """Send a statement that has an id by either method."""
    return put(lrs, sent, statementId=sent["id"]) if method == "PUT" else lrs.post("statements", json=sent)


@pytest.mark.requirement("Communication 2.1.1.s2.b2", "a statement is never changed by another one with its id")
@pytest.mark.parametrize("first", FIRSTS)
@pytest.mark.parametrize("second", FIRSTS)
@pytest.mark.parametrize("verb", [None, "different value"], ids=["valid", "invalid"])
def test_a_known_id_keeps_its_statement(lrs: httpx.Client, first: str, second: str, verb: str | None) -> None:
    sent = statement(id=new_id())
    assert send(lrs, first, sent).is_success
    before = get(lrs, sent["id"])
    answered = send(lrs, second, {**sent, "verb": about(verb or new_iri("verbs"))})
    assert answered.status_code == (400 if verb else 409)
    assert get(lrs, sent["id"]) == before


@pytest.mark.requirement("Communication 2.1.1.s2.b3", "another statement under a known id is a conflict: 409")
@pytest.mark.parametrize("method", FIRSTS)
def test_another_statement_under_a_known_id_is_a_conflict(lrs: httpx.Client, method: str) -> None:
    sent = statement(id=new_id())
    store(lrs, sent)
    refused(send(lrs, method, statement(id=sent["id"], object={"id": new_iri("activities")})), 409)


@pytest.mark.requirement("Communication 2.1.2.s2.b4", "the same statement sent again changes nothing")
@pytest.mark.parametrize(("method", "status"), [("PUT", 204), ("POST", 200)])
def test_the_same_statement_again_is_taken_and_changes_nothing(lrs: httpx.Client, method: str, status: int) -> None:
    sent = statement(id=new_id(), verb=about(new_iri("verbs")))
    store(lrs, sent)
    before = get(lrs, sent["id"])
    assert send(lrs, method, sent).status_code == status
    assert get(lrs, sent["id"]) == before
    assert len(lrs.get("statements", params={"verb": sent["verb"]["id"]}).json()["statements"]) == 1


@pytest.mark.requirement("Communication 2.1.2.s2.b5", "a batch that conflicts in one statement is not stored")
def test_a_batch_with_one_conflict_stays_out(lrs: httpx.Client) -> None:
    known, fresh = statement(id=new_id()), statement(id=new_id())
    store(lrs, known)
    refused(lrs.post("statements", json=[fresh, {**known, "verb": about(new_iri("verbs"))}]), 409)
    assert lrs.get("statements", params={"statementId": fresh["id"]}).status_code == 404


@pytest.mark.requirement("IEEE 9274.1.1 4.1.6.1", "a batch with the same id twice is refused")
@pytest.mark.requirement("Communication 2.1.2.s2.b6", "a batch with the same id twice is refused")
@pytest.mark.parametrize("equal", [True, False])
def test_a_batch_with_one_id_twice_is_refused(lrs: httpx.Client, equal: bool) -> None:
    one = statement(id=new_id())
    other = one if equal else {**one, "verb": about(new_iri("verbs"))}
    refused(lrs.post("statements", json=[one, other]))
    assert lrs.get("statements", params={"statementId": one["id"]}).status_code == 404


@pytest.mark.requirement(
    "Communication 2.1.2.s1", "POST stores a statement or a batch and returns 200 and the ids in order"
)
def test_post_returns_the_ids_in_order(lrs: httpx.Client) -> None:
    given = [new_id() for _ in range(5)]
    reply = lrs.post("statements", json=[statement(id=one) for one in given])
    assert (reply.status_code, reply.json()) == (200, given)
    assert reply.headers["content-type"] == "application/json"


@pytest.mark.requirement("Communication 2.1.2.s1", "POST takes a statement that is not in an array")
@pytest.mark.parametrize("with_id", [True, False])
def test_post_of_a_single_statement_returns_an_array(lrs: httpx.Client, with_id: bool) -> None:
    sent = statement(id=new_id()) if with_id else statement()
    [statement_id] = lrs.post("statements", json=sent).json()
    assert str(UUID(statement_id)) == statement_id
    assert statement_id == sent.get("id", statement_id)
    assert get(lrs, statement_id)["id"] == statement_id


@pytest.mark.requirement("Communication 2.1.2.s1", "statements without ids are given one each")
def test_post_makes_the_ids_that_are_missing(lrs: httpx.Client) -> None:
    given = new_id()
    made = store(lrs, statement(), statement(id=given), statement())
    assert made[1] == given
    assert len(set(made)) == 3


@pytest.mark.requirement("Communication 2.1.2.s1", "POST has no parameter")
@pytest.mark.parametrize("parameter", ["statementId", "verb", "colour"])
def test_post_with_a_parameter_is_refused(lrs: httpx.Client, parameter: str) -> None:
    refused(lrs.post("statements", params={parameter: new_id()}, json=statement()))


@pytest.mark.requirement("Communication 2.1.2.s1", "a body that is no statement is refused")
@pytest.mark.parametrize("body", ["", "{", "null", "true", "7", '"text"', "[1]", "[null]", "{}", "[[]]", "[{}, {}]"])
def test_a_body_that_is_no_statement_is_refused(lrs: httpx.Client, body: str) -> None:
    refused(lrs.post("statements", content=body, headers={"Content-Type": "application/json"}))


@pytest.mark.requirement("Communication 2.1.2.s2.b1", "a statement can be read once it is answered for")
def test_what_was_answered_for_is_there(lrs: httpx.Client) -> None:
    for _ in range(10):
        [one] = store(lrs, statement())
        assert get(lrs, one)["id"] == one


@pytest.mark.requirement("IEEE 9274.1.1 4.1.6.1", "Last-Modified matches the stored time")
@pytest.mark.requirement("Communication 2.1.3.s2.b8", "Last-Modified of a statement is its stored time, to the second")
def test_last_modified_is_the_stored_time(lrs: httpx.Client) -> None:
    [one] = store(lrs, statement())
    reply = lrs.get("statements", params={"statementId": one})
    stored = datetime.fromisoformat(reply.json()["stored"])
    assert parsedate_to_datetime(reply.headers["last-modified"]) == stored.replace(microsecond=0)


@pytest.mark.requirement("IEEE 9274.1.1 4.2.1", "a property that no statement has is refused")
@pytest.mark.parametrize("name", ["dummy", "Actor", "extensions"])
def test_an_unknown_property_is_refused(lrs: httpx.Client, name: str) -> None:
    refused(lrs.post("statements", json=statement(**{name: {"http://example.com/x": 1}})))


@pytest.mark.requirement("IEEE 9274.1.1 4.2.4.2", "a timestamp that is missing is the stored time")
def test_a_missing_timestamp_is_the_stored_time(lrs: httpx.Client) -> None:
    [one] = store(lrs, statement())
    found = get(lrs, one)
    assert datetime.fromisoformat(found["timestamp"]) == datetime.fromisoformat(found["stored"])


@pytest.mark.requirement("IEEE 9274.1.1 4.2.4.2", "a timestamp in the near future is taken: clocks differ")
def test_a_timestamp_in_the_future_is_taken(lrs: httpx.Client) -> None:
    later = (datetime.now(UTC) + timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
    [one] = store(lrs, statement(timestamp=later))
    assert get(lrs, one)["timestamp"] == later


@pytest.mark.requirement("Communication 2.1.2.s1", "a large batch is stored whole, in order")
def test_a_large_batch_is_stored_in_order(lrs: httpx.Client) -> None:
    verb = about(new_iri("verbs"))
    given = store(lrs, *[statement(verb=verb, object={"id": new_iri("activities")}) for _ in range(250)])
    found = lrs.get("statements", params={"verb": verb["id"], "limit": "250", "ascending": "true"})
    assert [one["id"] for one in found.json()["statements"]] == given
    assert json.loads(found.text)["more"] == ""
