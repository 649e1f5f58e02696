import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin
from uuid import uuid4

import httpx
import pytest

Make = Callable[..., dict]


def page(http: httpx.Client, **params: object) -> list[str]:
    answer = http.get("statements", params=params)
    assert answer.status_code == 200, answer.text
    return [statement["id"] for statement in answer.json()["statements"]]


def keep(http: httpx.Client, *statements: dict) -> list[str]:
    return [http.post("statements", json=statement).json()[0] for statement in statements]


def test_statements_come_newest_first_unless_asked_otherwise(http: httpx.Client, statement: Make):
    ids = keep(http, *[statement() for _ in range(3)])
    assert page(http) == ids[::-1]
    assert page(http, ascending="true") == ids


def test_filters_find_by_actor_verb_activity_and_registration(http: httpx.Client, statement: Make):
    registration = str(uuid4())
    plain, other, verb, activity, registered = keep(
        http,
        statement(),
        statement(actor={"mbox": "mailto:bob@example.com"}),
        statement(verb={"id": "http://example.com/verb"}),
        statement(object={"id": "http://example.com/other"}),
        statement(context={"registration": registration}),
    )
    bob = json.dumps({"mbox": "mailto:bob@example.com"})
    assert page(http, agent=bob) == [other]
    assert page(http, verb="http://example.com/verb") == [verb]
    assert page(http, activity="http://example.com/other") == [activity]
    assert page(http, registration=registration) == [registered]
    assert page(http, agent=bob, verb="http://example.com/verb") == []
    assert plain in page(http)


def test_related_filters_look_into_the_context(http: httpx.Client, statement: Make):
    bob = {"mbox": "mailto:bob@example.com"}
    context = {"instructor": bob, "contextActivities": {"parent": [{"id": "http://example.com/parent"}]}}
    (found,) = keep(http, statement(context=context))
    assert page(http, agent=json.dumps(bob)) == []
    assert page(http, agent=json.dumps(bob), related_agents="true") == [found]
    assert page(http, activity="http://example.com/parent") == []
    assert page(http, activity="http://example.com/parent", related_activities="true") == [found]


def test_since_is_exclusive_and_until_inclusive(http: httpx.Client, statement: Make):
    first, second, third = keep(http, *[statement() for _ in range(3)])
    middle = http.get("statements", params={"statementId": second}).json()["stored"]
    assert page(http, since=middle) == [third]
    assert page(http, until=middle) == [second, first]


def test_a_statement_that_refers_to_a_match_is_found_too(http: httpx.Client, statement: Make):
    (target,) = keep(http, statement(verb={"id": "http://example.com/verb"}))
    (referring,) = keep(http, statement(object={"objectType": "StatementRef", "id": target}))
    assert page(http, verb="http://example.com/verb") == [referring, target]


@pytest.mark.parametrize("params", [{}, {"ascending": "true"}, {"verb": "http://adlnet.gov/expapi/verbs/completed"}])
def test_the_pages_together_are_the_whole_result_even_while_more_is_stored(
    http: httpx.Client, statement: Make, params: dict
):
    ids = [str(uuid4()) for _ in range(11)]
    http.post("statements", json=[statement(id=statement_id) for statement_id in ids])
    seen, url = [], "statements"
    query: dict | None = {"limit": "4"} | params
    pages = 0
    while url:
        answer = http.get(url, params=query).json()
        seen += [found["id"] for found in answer["statements"]]
        assert not answer["more"] or answer["more"].startswith("/xAPI/statements?")
        url, query = answer["more"] and urljoin(str(http.base_url), answer["more"]), None
        http.post("statements", json=statement())
        pages += 1
    assert pages == 3
    assert sorted(seen) == sorted(ids)


def test_a_more_link_follows_the_same_rules(http: httpx.Client, statement: Make, lrs: Any):
    keep(http, statement(), statement())
    more = http.get("statements", params={"limit": "1"}).json()["more"]
    url = urljoin(lrs.url, more)
    assert http.get(url).status_code == 200
    assert http.get(url + "x").status_code == 400
    assert http.get(url + "&verb=http%3A%2F%2Fexample.com").status_code == 400
    with lrs.client(authorization=None) as stranger:
        assert stranger.get(url).status_code == 401
    with lrs.client(version=None) as unversioned:
        assert unversioned.get(url).status_code == 400


def test_a_more_link_keeps_format_and_attachments(http: httpx.Client, statement: Make):
    keep(http, statement(actor={"name": "Ada", "mbox": "mailto:ada@example.com"}), statement())
    more = http.get("statements", params={"limit": "1", "format": "ids"}).json()["more"]
    (found,) = http.get(urljoin(str(http.base_url), more)).json()["statements"]
    assert "name" not in found["actor"]


def test_the_number_of_statements_in_a_page_is_bounded(serve: Callable, statement: Make):
    lrs = serve(page_statements=2, max_page_statements=3)
    with lrs.client() as http:
        http.post("statements", json=[statement() for _ in range(5)])
        assert len(page(http)) == 2
        assert len(page(http, limit=100)) == 3
        assert len(page(http, limit=0)) == 3


def test_formats_show_ids_or_one_language(http: httpx.Client, statement: Make):
    display = {"en-US": "completed", "de": "abgeschlossen"}
    sent = statement(
        actor={"name": "Ada", "mbox": "mailto:ada@example.com"},
        verb={"id": "http://adlnet.gov/expapi/verbs/completed", "display": display},
    )
    (statement_id,) = keep(http, sent)
    by_id = {"statementId": statement_id}
    ids = http.get("statements", params=by_id | {"format": "ids"}).json()
    assert ids["actor"] == {"mbox": "mailto:ada@example.com"}
    german = {"Accept-Language": "de, en;q=0.5"}
    canonical = http.get("statements", params=by_id | {"format": "canonical"}, headers=german).json()
    assert canonical["verb"]["display"] == {"de": "abgeschlossen"}
    assert http.get("statements", params=by_id | {"format": "exact"}).json()["verb"]["display"] == display


@pytest.mark.parametrize(
    "params",
    [
        {"unknown": "1"},
        {"Verb": "http://example.com/v"},
        {"verb": "no scheme"},
        {"agent": "{}"},
        {"agent": "{"},
        {"registration": "7"},
        {"since": "yesterday"},
        {"limit": "-1"},
        {"limit": "many"},
        {"format": "IDS"},
        {"ascending": "1"},
        {"attachments": "yes"},
        {"statementId": "7"},
        {"statementId": str(uuid4()), "voidedStatementId": str(uuid4())},
        {"statementId": str(uuid4()), "limit": "1"},
        {"verb": ["http://example.com/a", "http://example.com/b"]},
        {"more": "forged"},
    ],
)
def test_queries_that_break_a_rule_are_refused_by_name(http: httpx.Client, params: dict):
    refused = http.get("statements", params=params)
    assert refused.status_code == 400
    assert refused.json()["error"] == "InvalidQuery"
    assert refused.json()["faults"]


def test_head_answers_as_get_without_a_body(http: httpx.Client, statement: Make):
    (statement_id,) = keep(http, statement())
    for params in ({}, {"statementId": statement_id}, {"statementId": str(uuid4())}):
        get, head = http.get("statements", params=params), http.head("statements", params=params)
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers["content-length"] == get.headers["content-length"]
        assert head.headers.get("last-modified") == get.headers.get("last-modified")
        assert "x-experience-api-consistent-through" in head.headers


def test_last_modified_is_when_the_statement_was_stored(http: httpx.Client, statement: Make):
    (statement_id,) = keep(http, statement())
    found = http.get("statements", params={"statementId": statement_id})
    assert found.headers["last-modified"].split()[4] == found.json()["stored"][11:19]
