"""All strings are UTF-8 (Communication 1.4)."""

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
