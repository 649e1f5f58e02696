from collections.abc import Callable
from uuid import uuid4

import httpx

Make = Callable[..., dict]


def test_a_posted_statement_is_durable_and_readable_when_its_id_comes_back(http: httpx.Client, statement: Make):
    answer = http.post("statements", json=statement())
    assert answer.status_code == 200
    (statement_id,) = answer.json()
    stored = http.get("statements", params={"statementId": statement_id})
    assert stored.status_code == 200
    body = stored.json()
    assert body["id"] == statement_id
    assert {"timestamp", "stored", "authority", "version"} <= body.keys()
    assert body["authority"]["account"]["name"] == "course"


def test_a_put_statement_has_the_id_of_the_parameter(http: httpx.Client, statement: Make):
    statement_id = str(uuid4())
    assert http.put("statements", params={"statementId": statement_id}, json=statement()).status_code == 204
    assert http.get("statements", params={"statementId": statement_id}).json()["id"] == statement_id
