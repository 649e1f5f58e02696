"""The alternate request syntax: any request as a form that is posted (Communication 1.3); 2.0 has none of it."""

import base64
import json
from urllib.parse import urlencode

import httpx
import pytest

from conformance.communication.asking import (
    JSON,
    PLACES,
    get,
    new_agent,
    new_id,
    new_iri,
    read,
    refused,
    state,
    statement,
    store,
    write,
)
from support.served import Served

FORM = "application/x-www-form-urlencoded"
ONLY = ("1.0.3",)


def tunnel(lrs: httpx.Client, path: str, method: str, kind: str = FORM, **fields: str) -> httpx.Response:
    """Send the form that stands for a request; a field name's underscores are hyphens."""
    named = {name.replace("__", "-"): value for name, value in fields.items()}
    return lrs.post(f"{path}?method={method}", content=urlencode(named), headers={"Content-Type": kind})


@pytest.mark.requirement("Communication 1.3.s3.b15", "GET of statements is served as a posted form", versions=ONLY)
def test_get_as_a_form_returns_a_statement_result(lrs: httpx.Client) -> None:
    store(lrs, statement())
    found = tunnel(lrs, "statements", "GET", limit="1")
    assert found.status_code == 200
    assert len(found.json()["statements"]) == 1
    assert "more" in found.json()


@pytest.mark.requirement("Communication 2.1.2.s2.b3", "a POST that lists is told from one that adds", versions=ONLY)
def test_a_posted_form_that_lists_stores_nothing(lrs: httpx.Client) -> None:
    verb = new_iri("verbs")
    assert tunnel(lrs, "statements", "GET", verb=verb).json()["statements"] == []
    [added] = store(lrs, statement(verb={"id": verb}))
    listed = tunnel(lrs, "statements", "GET", verb=verb).json()["statements"]
    assert [found["id"] for found in listed] == [added]


@pytest.mark.requirement("Communication 1.3.s3.b15", "HEAD as a posted form has no body", versions=ONLY)
def test_head_as_a_form_has_no_body(lrs: httpx.Client) -> None:
    headed = tunnel(lrs, "statements", "HEAD", limit="1")
    assert (headed.status_code, headed.content) == (200, b"")


@pytest.mark.requirement("Communication 1.3.s3.b4", "content is sent in the form field content", versions=ONLY)
def test_put_as_a_form_stores_its_content(lrs: httpx.Client) -> None:
    statement_id = new_id()
    put = tunnel(lrs, "statements", "PUT", statementId=statement_id, content=json.dumps(statement()))
    assert put.status_code == 204
    assert get(lrs, statement_id)["actor"]["name"] == "Ada"


@pytest.mark.requirement("Communication 1.3.s3.b5", "content is read as UTF-8", versions=ONLY)
def test_content_is_read_as_utf_8(lrs: httpx.Client) -> None:
    statement_id = new_id()
    sent = statement(verb={"id": new_iri("verbs"), "display": {"ja": "出席した", "fr": "été présent & à l'heure"}})
    put = tunnel(lrs, "statements", "PUT", statementId=statement_id, content=json.dumps(sent, ensure_ascii=False))
    assert put.status_code == 204
    assert get(lrs, statement_id)["verb"] == sent["verb"]


@pytest.mark.requirement("Communication 1.3.s3.b15", "POST of statements is served as a posted form", versions=ONLY)
def test_post_as_a_form_stores_a_batch(lrs: httpx.Client) -> None:
    given = [new_id(), new_id()]
    posted = tunnel(lrs, "statements", "POST", content=json.dumps([statement(id=one) for one in given]))
    assert (posted.status_code, posted.json()) == (200, given)


@pytest.mark.requirement(
    "Communication 1.3.s3.b7", "credentials and version may stand in the form alone", versions=ONLY
)
def test_credentials_and_version_may_stand_in_the_form(bare: httpx.Client, shared_served: Served) -> None:
    secret = base64.b64encode(f"{shared_served.key}:{shared_served.secret}".encode()).decode()
    fields = {"Authorization": f"Basic {secret}", "X__Experience__API__Version": "1.0.3"}
    put = tunnel(bare, "statements", "PUT", statementId=new_id(), content=json.dumps(statement()), **fields)
    assert put.status_code == 204
    assert put.headers["x-experience-api-version"] == "1.0.3"


@pytest.mark.requirement(
    "Communication 1.3.s3.b7", "a version in the form is the version of the request", versions=ONLY
)
def test_a_version_in_the_form_holds_over_the_header(lrs: httpx.Client) -> None:
    content = json.dumps(statement())
    refused(tunnel(lrs, "statements", "PUT", statementId=new_id(), content=content, X__Experience__API__Version="0.8"))


@pytest.mark.requirement(
    "Communication 1.3.s3.b7", "If-Match and If-None-Match in the form are preconditions", versions=ONLY
)
@pytest.mark.parametrize("name", ["If__Match", "If__None__Match"])
def test_preconditions_in_the_form_are_held(lrs: httpx.Client, name: str) -> None:
    place = PLACES["Agent Profile"]()
    write(lrs, place, {"a": 1})
    tag = read(lrs, place).headers["etag"]
    wrong, right = ('"' + "1" * 40 + '"', tag) if name == "If__Match" else ("*", '"' + "1" * 40 + '"')
    sent = {**place.parameters, "content": '{"b": 2}', "Content__Type": JSON}
    assert tunnel(lrs, place.path, "PUT", **sent, **{name: wrong}).status_code == 412
    assert read(lrs, place).json() == {"a": 1}
    assert tunnel(lrs, place.path, "PUT", **sent, **{name: right}).status_code == 204
    assert read(lrs, place).json() == {"b": 2}


@pytest.mark.requirement("Communication 1.3.s3.b10", "the Content-Type field is the type of the content", versions=ONLY)
def test_the_content_type_field_is_that_of_the_content(lrs: httpx.Client) -> None:
    place = state()
    kept = {**place.parameters, "content": "bookmark=7&x", "Content__Type": "text/plain", "Content__Length": "12"}
    assert tunnel(lrs, place.path, "PUT", **kept).status_code == 204
    assert (read(lrs, place).headers["content-type"], read(lrs, place).text) == ("text/plain", "bookmark=7&x")


@pytest.mark.requirement("Communication 1.3.s3.b15", "every method of every document resource is served", versions=ONLY)
@pytest.mark.parametrize("resource", sorted(PLACES))
def test_documents_are_written_read_and_deleted_by_forms(lrs: httpx.Client, resource: str) -> None:
    place = PLACES[resource]()
    content = {"content": '{"a": 1}', "Content__Type": JSON}
    assert tunnel(lrs, place.path, "PUT", **place.parameters, **content, If__None__Match="*").status_code == 204
    assert tunnel(lrs, place.path, "POST", **place.parameters, **{**content, "content": '{"b": 2}'}).status_code == 204
    assert tunnel(lrs, place.path, "GET", **place.parameters).json() == {"a": 1, "b": 2}
    assert tunnel(lrs, place.path, "GET", **place.without(place.id_name)).json() == [place.document_id]
    assert tunnel(lrs, place.path, "DELETE", **place.parameters).status_code == 204
    assert tunnel(lrs, place.path, "GET", **place.parameters).status_code == 404


@pytest.mark.requirement("Communication 1.3.s3.b15", "the reading resources are served as forms", versions=ONLY)
def test_agents_activities_and_about_are_read_by_forms(lrs: httpx.Client) -> None:
    agent = new_agent()
    assert tunnel(lrs, "agents", "GET", agent=json.dumps(agent)).json()["mbox"] == [agent["mbox"]]
    activity = new_iri("activities")
    assert tunnel(lrs, "activities", "GET", activityId=activity).json()["id"] == activity
    assert "1.0.3" in tunnel(lrs, "about", "GET").json()["version"]


@pytest.mark.requirement("Communication 1.3.s3.b13", "parameters other than method stand in the form", versions=ONLY)
def test_other_parameters_in_the_url_are_refused(lrs: httpx.Client) -> None:
    statement_id = new_id()
    body = urlencode({"statementId": statement_id, "content": json.dumps(statement())})
    sent = lrs.post(f"statements?method=PUT&statementId={statement_id}", content=body, headers={"Content-Type": FORM})
    refused(sent)


@pytest.mark.requirement("Communication 1.3.s3.b14", "form fields are held to what parameters are", versions=ONLY)
def test_a_form_field_that_is_no_parameter_is_refused(lrs: httpx.Client) -> None:
    refused(tunnel(lrs, "statements", "GET", colour="green"))
    refused(tunnel(lrs, "statements", "GET", StatementId=new_id()))


@pytest.mark.requirement("Communication 1.3.s3.b1", "the syntax is that of POST alone", versions=ONLY)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_the_method_parameter_on_another_method_is_refused(lrs: httpx.Client, method: str) -> None:
    form = urlencode({"X-Experience-API-Version": "1.0.3", "content": json.dumps(statement())})
    refused(lrs.request(method, "statements?method=POST", content=form, headers={"Content-Type": FORM}))


@pytest.mark.requirement("Communication 1.3.s3.b2", "the method parameter names a method", versions=ONLY)
@pytest.mark.parametrize("method", ["", "PATCH", "nothing"])
def test_an_unknown_method_is_refused(lrs: httpx.Client, method: str) -> None:
    refused(tunnel(lrs, "statements", method, limit="1"))


@pytest.mark.requirement("Communication 1.3.s3.b4", "a PUT without content is refused", versions=ONLY)
def test_a_put_without_content_is_refused(lrs: httpx.Client) -> None:
    refused(lrs.post("statements?method=PUT"))
    refused(tunnel(lrs, "statements", "PUT", statementId=new_id()))


@pytest.mark.requirement("Communication 1.3.s3.b4", "a form that is not url-encoded is refused", versions=ONLY)
def test_json_in_place_of_a_form_is_refused(lrs: httpx.Client) -> None:
    fields = {"statementId": new_id(), "content": json.dumps(statement()), "X-Experience-API-Version": "1.0.3"}
    sent = lrs.post("statements?method=PUT", content=json.dumps(fields), headers={"Content-Type": FORM})
    refused(sent)


@pytest.mark.requirement(
    "Communication 1.3.s3.b9", "the Content-Type of the POST itself does not matter", versions=ONLY
)
@pytest.mark.parametrize("kind", ["text/plain", "text/plain;charset=UTF-8", JSON])
def test_forms_are_known_by_the_method_parameter_alone(lrs: httpx.Client, kind: str) -> None:
    statement_id = new_id()
    sent = {"statementId": statement_id, "content": json.dumps(statement())}
    assert tunnel(lrs, "statements", "PUT", kind, **sent).status_code == 204
    assert get(lrs, statement_id)["id"] == statement_id


@pytest.mark.requirement(
    "IEEE 9274.1.1 4.1.2", "2.0 has no alternate request syntax: it is refused", versions=("2.0.0",)
)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_the_alternate_syntax_is_refused(lrs: httpx.Client, method: str) -> None:
    statement_id = new_id()
    sent = tunnel(lrs, "statements", method, statementId=statement_id, content=json.dumps(statement()))
    assert 400 <= sent.status_code <= 499
    assert lrs.get("statements", params={"statementId": statement_id}).status_code == 404


@pytest.mark.requirement(
    "IEEE 9274.1.1 4.1.2", "2.0 has no alternate request syntax: it is refused", versions=("2.0.0",)
)
@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", "statements?method=GET"),
        ("POST", "statements?method=PUT&statementId=undefined"),
        ("PUT", "statements?method=POST"),
    ],
)
def test_the_method_parameter_is_refused(lrs: httpx.Client, method: str, url: str) -> None:
    assert lrs.request(method, url).status_code == 400
    as_json = lrs.request(method, url, json={"content": statement(), "X-Experience-API-Version": "0.8"})
    assert as_json.status_code == 400
