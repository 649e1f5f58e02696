"""All strings are UTF-8 (Communication 1.4)."""

import gzip
import json

import httpx
import pytest

from conformance.communication.asking import JSON, get, new_id, new_iri, query, refused, state, statement, store

DISPLAY = {"en": "attended", "ja": "出席した", "ko": "참석", "ru": "присутствовал", "und": "🎓 zero\u200bwidth ñ"}


@pytest.mark.requirement("Communication 1.4.s1.b1", "strings are sent and returned as UTF-8")
@pytest.mark.parametrize("ascii_only", [True, False], ids=["escaped", "as they are"])
def test_every_character_comes_back(lrs: httpx.Client, ascii_only: bool) -> None:
    verb = {"id": new_iri("verbs"), "display": DISPLAY}
    body = json.dumps(statement(verb=verb), ensure_ascii=ascii_only).encode()
    sent = lrs.post("statements", content=body, headers={"Content-Type": JSON})
    assert sent.status_code == 200
    [found] = query(lrs, verb=verb["id"])
    assert found["verb"] == verb


@pytest.mark.requirement("Communication 1.4.s1.b1", "parameters are UTF-8 under their percent-encoding")
def test_parameters_are_utf_8(lrs: httpx.Client) -> None:
    activity = new_iri("активность/日本")
    [sent] = store(lrs, statement(object={"id": activity}))
    assert [found["id"] for found in query(lrs, activity=activity)] == [sent]


@pytest.mark.requirement("Communication 1.4.s1.b1", "document ids are UTF-8")
def test_document_ids_are_utf_8(lrs: httpx.Client) -> None:
    place = state()
    given = {**place.parameters, "stateId": "état/日本 &=?"}
    assert lrs.post(place.path, params=given, json={"a": 1}).status_code == 204
    assert lrs.get(place.path, params=given).json() == {"a": 1}
    assert lrs.get(place.path, params=place.without("stateId")).json() == ["état/日本 &=?"]


@pytest.mark.requirement("Communication 1.4.s1.b1", "a body that is not UTF-8 is refused")
def test_other_encodings_are_refused(lrs: httpx.Client) -> None:
    statement_id = new_id()
    body = json.dumps(statement(id=statement_id, result={"response": "été"}), ensure_ascii=False).encode("latin-1")
    refused(lrs.post("statements", content=body, headers={"Content-Type": JSON}))
    assert lrs.get("statements", params={"statementId": statement_id}).status_code == 404


@pytest.mark.requirement("Communication 1.4.s1.b1", "a charset parameter of the Content-Type is taken")
def test_a_charset_beside_the_type_is_taken(lrs: httpx.Client) -> None:
    statement_id = new_id()
    sent = lrs.post(
        "statements",
        content=json.dumps(statement(id=statement_id)),
        headers={"Content-Type": "application/json; charset=utf-8"},
    )
    assert sent.status_code == 200
    assert get(lrs, statement_id)["id"] == statement_id


@pytest.mark.requirement("Communication 1.4.s1.b1", "a byte order mark is refused, and named")
def test_a_byte_order_mark_is_named(lrs: httpx.Client) -> None:
    body = b"\xef\xbb\xbf" + json.dumps(statement()).encode()
    reply = lrs.post("statements", content=body, headers={"Content-Type": JSON})
    refused(reply)
    assert "byte order mark" in reply.json()["message"]


@pytest.mark.requirement("Communication 1.4", "a statement that comes as gzip is the statement in it")
def test_a_statement_may_come_as_gzip(lrs: httpx.Client) -> None:
    sent = statement(id=new_id(), result={"response": "été"})
    packed = gzip.compress(json.dumps(sent).encode())
    headers = {"Content-Type": JSON, "Content-Encoding": "gzip"}
    assert lrs.post("statements", content=packed, headers=headers).json() == [sent["id"]]
    assert get(lrs, sent["id"])["result"] == sent["result"]


@pytest.mark.requirement("Communication 1.4", "a document that comes as gzip is kept as the document in it")
def test_a_document_may_come_as_gzip(lrs: httpx.Client) -> None:
    place = state()
    headers = {"Content-Type": "text/plain", "Content-Encoding": "gzip"}
    packed = gzip.compress(b"suspend data")
    assert lrs.put(place.path, params=place.parameters, content=packed, headers=headers).status_code == 204
    found = lrs.get(place.path, params=place.parameters)
    assert (found.content, found.headers["content-type"]) == (b"suspend data", "text/plain")


@pytest.mark.requirement("Communication 1.4", "an encoding that cannot be unpacked is refused, and nothing is stored")
@pytest.mark.parametrize(("encoding", "status"), [("br", 415), ("gzip", 400)])
def test_what_cannot_be_unpacked_is_refused(lrs: httpx.Client, encoding: str, status: int) -> None:
    place = state()
    reply = lrs.put(place.path, params=place.parameters, content=b"plain", headers={"Content-Encoding": encoding})
    assert reply.status_code == status
    assert reply.json()["faults"][0]["message"]
    assert lrs.get(place.path, params=place.parameters).status_code == 404
