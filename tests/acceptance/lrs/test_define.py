"""The scope ``define`` (Communication 4.2): without it statements are stored but change nothing that is known."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from mastrail.checks.scan import Stretch, scan

Make = Callable[..., dict]
COURSE = "http://example.com/course"
AGENT = {"mbox": "mailto:ada@example.com"}


@pytest.fixture(params=["sqlite", "postgresql"])
def lrs(serve: Callable, request: pytest.FixtureRequest) -> Any:
    """A served store of each kind."""
    named = request.param == "postgresql"
    return serve(location=request.getfixturevalue("postgres_database_url") if named else "sqlite")


def about_course(statement: Make, name: str, **members: object) -> dict:
    return statement(object={"id": COURSE, "definition": {"name": {"en": name}}}, **members)


def definition(http: httpx.Client) -> dict | None:
    return http.get("activities", params={"activityId": COURSE}).json().get("definition")


def test_statements_without_the_scope_are_stored_and_define_nothing(lrs: Any, http: httpx.Client, statement: Make):
    with lrs.client(authorization=lrs.key("statements/write")) as narrow:
        (sent,) = narrow.post("statements", json=about_course(statement, "Mistaken")).json()
    stored = http.get("statements", params={"statementId": sent}).json()
    assert stored["object"]["definition"] == {"name": {"en": "Mistaken"}}
    assert definition(http) is None
    assert http.get("statements", params={"activity": COURSE}).json()["statements"][0]["id"] == sent
    last, _ = lrs.store.head()
    assert scan(lrs.store, Stretch(0, last), None).index == []


@pytest.mark.parametrize("scopes", [("statements/write", "define"), ("all",)])
def test_statements_with_the_scope_define(lrs: Any, http: httpx.Client, statement: Make, scopes: tuple[str, ...]):
    with lrs.client(authorization=lrs.key("statements/write")) as narrow:
        narrow.post("statements", json=about_course(statement, "Mistaken"))
        with lrs.client(authorization=lrs.key(*scopes)) as author:
            author.post("statements", json=about_course(statement, "Course"))
        narrow.post("statements", json=about_course(statement, "Mistaken again"))
    assert definition(http) == {"name": {"en": "Course"}}


def test_the_canonical_format_shows_what_was_defined(lrs: Any, http: httpx.Client, statement: Make):
    http.post("statements", json=about_course(statement, "Course"))
    with lrs.client(authorization=lrs.key("statements/write")) as narrow:
        (sent,) = narrow.post("statements", json=about_course(statement, "Mistaken")).json()
    shown = http.get("statements", params={"statementId": sent, "format": "canonical"}).json()
    assert shown["object"]["definition"]["name"] == {"en": "Course"}


def test_a_voided_statement_that_did_not_define_stays_so(lrs: Any, http: httpx.Client, statement: Make):
    with lrs.client(authorization=lrs.key("statements/write")) as narrow:
        sent = str(uuid4())
        narrow.put("statements", params={"statementId": sent}, json=about_course(statement, "Mistaken", id=sent))
        verb = {"id": "http://adlnet.gov/expapi/verbs/voided"}
        voiding = statement(verb=verb, object={"objectType": "StatementRef", "id": sent})
        assert narrow.post("statements", json=voiding).status_code == 200
    assert http.get("statements", params={"voidedStatementId": sent}).status_code == 200
    assert definition(http) is None


def test_a_person_has_no_name_from_who_may_not_define(lrs: Any, http: httpx.Client, statement: Make):
    http.post("statements", json=statement(actor=AGENT | {"name": "Ada"}))
    with lrs.client(authorization=lrs.key("statements/write")) as narrow:
        narrow.post("statements", json=statement(actor=AGENT | {"name": "Nobody"}))
    assert http.get("agents", params={"agent": '{"mbox":"mailto:ada@example.com"}'}).json()["name"] == ["Ada"]


def test_many_statements_without_the_scope_hide_nothing_that_is_known(lrs: Any, http: httpx.Client, statement: Make):
    http.post("statements", json=about_course(statement, "Course"))
    with lrs.client(authorization=lrs.key("statements/write")) as narrow:
        sent = narrow.post("statements", json=[about_course(statement, "Mistaken") for _ in range(30)]).json()
    shown = http.get("statements", params={"statementId": sent[-1], "format": "canonical"}).json()
    assert shown["object"]["definition"]["name"] == {"en": "Course"}


@pytest.mark.parametrize("later", ["another name", "a voiding"])
def test_what_was_asked_for_before_is_brought_up_to_date(lrs: Any, http: httpx.Client, statement: Make, later: str):
    (first,) = http.post("statements", json=about_course(statement, "Course")).json()
    assert definition(http) == {"name": {"en": "Course"}}
    assert definition(http) == {"name": {"en": "Course"}}
    if later == "a voiding":
        voided = {"objectType": "StatementRef", "id": first}
        http.post("statements", json=statement(verb={"id": "http://adlnet.gov/expapi/verbs/voided"}, object=voided))
        assert definition(http) is None
    else:
        http.post("statements", json=about_course(statement, "Lesson"))
        assert definition(http) == {"name": {"en": "Lesson"}}
