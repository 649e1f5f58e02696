"""Optimistic concurrency by entity tags (Communication 3.1; IEEE 9274.1.1 4.1.4)."""

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from conformance.communication.asking import PLACES, Place, read, refused, write
from support.served import Served

WRONG = '"' + "1" * 40 + '"'
ALL = pytest.mark.parametrize("resource", sorted(PLACES))
PROFILES = pytest.mark.parametrize("resource", ["Agent Profile", "Activity Profile"])
BEFORE: dict[str, Any] = {"name": "before", "location": {"name": "here"}}
AFTER: dict[str, Any] = {"name": "after"}


def there(lrs: httpx.Client, resource: str) -> Place:
    """Return the place of a document that is there."""
    place = PLACES[resource]()
    write(lrs, place, BEFORE)
    return place


def send(lrs: httpx.Client, method: str, place: Place, **headers: str) -> httpx.Response:
    """Send a change under preconditions."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = None if method == "DELETE" else AFTER
    return lrs.request(method, place.path, params=place.parameters, json=body, headers=named)


def changed(method: str) -> dict[str, Any] | None:
    """Return the document after the change."""
    return {"PUT": AFTER, "POST": {**BEFORE, **AFTER}, "DELETE": None}[method]


def content(lrs: httpx.Client, place: Place) -> dict[str, Any] | None:
    """Return the document, None when there is none."""
    found = lrs.get(place.path, params=place.parameters)
    return None if found.status_code == 404 else found.json()


@ALL
@pytest.mark.requirement("Communication 3.1.s4.b1", "GET of a document has an ETag")
@pytest.mark.requirement("Communication 3.1.s4.b4", "the ETag is in quotes")
def test_a_document_has_a_quoted_tag(lrs: httpx.Client, resource: str) -> None:
    assert re.fullmatch(r'"[^"]+"', read(lrs, there(lrs, resource)).headers["etag"])


@ALL
@pytest.mark.requirement("Communication 3.1.s4.b2", "the ETag is the SHA-1 of the content in lower-case hexadecimal")
def test_the_tag_is_the_sha_1_of_the_content(lrs: httpx.Client, resource: str) -> None:
    found = read(lrs, there(lrs, resource))
    assert found.headers["etag"] == f'"{hashlib.sha1(found.content).hexdigest()}"'


@ALL
@pytest.mark.requirement("Communication 3.1.s4.b2", "a change of the content changes the ETag")
def test_a_change_changes_the_tag(lrs: httpx.Client, resource: str) -> None:
    place = there(lrs, resource)
    before = read(lrs, place).headers["etag"]
    write(lrs, place, AFTER)
    assert read(lrs, place).headers["etag"] != before


METHODS = pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])


@pytest.mark.requirement("IEEE 9274.1.1 4.1.4", "If-Match is handled on PUT, POST and DELETE")
@ALL
@METHODS
@pytest.mark.requirement("Communication 3.1.s4.b5", "If-Match with the current ETag lets PUT, POST and DELETE through")
def test_if_match_that_holds_lets_the_change_through(lrs: httpx.Client, resource: str, method: str) -> None:
    place = there(lrs, resource)
    assert send(lrs, method, place, If_Match=read(lrs, place).headers["etag"]).status_code == 204
    assert content(lrs, place) == changed(method)


@pytest.mark.requirement("IEEE 9274.1.1 4.1.4", "If-Match that fails on PUT, POST or DELETE: 412, nothing changed")
@ALL
@METHODS
@pytest.mark.requirement("Communication 3.1.s4.b9", "If-Match with another ETag is 412")
@pytest.mark.requirement("Communication 3.1.s4.b10", "nothing is changed when a precondition fails")
@pytest.mark.parametrize("tag", [WRONG, '"1234"', "1234", f'{WRONG}, "2"'])
def test_if_match_that_fails_changes_nothing(lrs: httpx.Client, resource: str, method: str, tag: str) -> None:
    place = there(lrs, resource)
    refused(send(lrs, method, place, If_Match=tag), 412)
    assert content(lrs, place) == BEFORE


@ALL
@METHODS
@pytest.mark.requirement("Communication 3.1.s4.b5", "If-Match is a list of ETags, or * for any, as RFC 2616 has it")
def test_if_match_takes_lists_and_any(lrs: httpx.Client, resource: str, method: str) -> None:
    for shape in ("{}", "*", f"{WRONG}, {{}}"):
        place = there(lrs, resource)
        tag = read(lrs, place).headers["etag"]
        assert send(lrs, method, place, If_Match=shape.format(tag)).status_code == 204


@ALL
@METHODS
@pytest.mark.requirement("Communication 3.1.s4.b5", "If-Match holds for no document that is not there")
@pytest.mark.parametrize("tag", ["*", WRONG])
def test_if_match_fails_where_nothing_is(lrs: httpx.Client, resource: str, method: str, tag: str) -> None:
    place = PLACES[resource]()
    refused(send(lrs, method, place, If_Match=tag), 412)
    assert content(lrs, place) is None


@ALL
@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.requirement("Communication 3.1.s4.b6", "If-None-Match * lets a new document through")
def test_if_none_match_lets_a_new_document_through(lrs: httpx.Client, resource: str, method: str) -> None:
    place = PLACES[resource]()
    assert send(lrs, method, place, If_None_Match="*").status_code == 204
    assert content(lrs, place) == AFTER


@ALL
@METHODS
@pytest.mark.requirement("Communication 3.1.s4.b6", "If-None-Match * is 412 where a document is")
def test_if_none_match_fails_where_a_document_is(lrs: httpx.Client, resource: str, method: str) -> None:
    place = there(lrs, resource)
    refused(send(lrs, method, place, If_None_Match="*"), 412)
    assert content(lrs, place) == BEFORE


@ALL
@pytest.mark.requirement("Communication 3.1.s4.b6", "If-None-Match may name the ETags that must not be")
def test_if_none_match_takes_tags(lrs: httpx.Client, resource: str) -> None:
    place = there(lrs, resource)
    refused(send(lrs, "PUT", place, If_None_Match=read(lrs, place).headers["etag"]), 412)
    assert send(lrs, "PUT", place, If_None_Match=WRONG).status_code == 204


@PROFILES
@pytest.mark.requirement("Communication 3.1.s4.b13", "PUT without preconditions where a profile is: 409")
@pytest.mark.requirement("Communication 3.1.s4.b14", "the 409 explains: look at the resource, then send If-Match")
@pytest.mark.requirement("Communication 3.1.s4.b15", "the 409 changes nothing")
def test_a_blind_put_onto_a_profile_is_a_conflict(lrs: httpx.Client, resource: str) -> None:
    place = there(lrs, resource)
    reply = send(lrs, "PUT", place)
    refused(reply, 409)
    assert "If-Match" in reply.json()["message"]
    assert "ETag" in reply.json()["message"]
    assert content(lrs, place) == BEFORE


@pytest.mark.requirement(
    "IEEE 9274.1.1 4.1.4", "PUT without preconditions where a state is: 409, nothing changed", versions=("2.0.0",)
)
def test_a_blind_put_onto_a_state_is_a_conflict(lrs: httpx.Client) -> None:
    place = there(lrs, "State")
    refused(send(lrs, "PUT", place), 409)
    assert content(lrs, place) == BEFORE


@pytest.mark.requirement(
    "Communication 3.1.s3", "State takes PUT, POST and DELETE without preconditions", versions=("1.0.3",)
)
@METHODS
def test_state_needs_no_preconditions(lrs: httpx.Client, method: str) -> None:
    place = there(lrs, "State")
    assert send(lrs, method, place).status_code == 204
    assert content(lrs, place) == changed(method)


@PROFILES
@pytest.mark.requirement(
    "Communication 3.1.s3.b1", "PUT of a profile without If-Match or If-None-Match is 400", versions=("1.0.3",)
)
def test_a_blind_put_of_a_new_profile_is_refused(lrs: httpx.Client, resource: str) -> None:
    place = PLACES[resource]()
    refused(send(lrs, "PUT", place))
    assert content(lrs, place) is None


@ALL
@pytest.mark.requirement("IEEE 9274.1.1 4.1.4", "PUT of a new document needs no preconditions", versions=("2.0.0",))
def test_a_put_of_a_new_document_needs_no_preconditions(lrs: httpx.Client, resource: str) -> None:
    place = PLACES[resource]()
    assert send(lrs, "PUT", place).status_code == 204
    assert content(lrs, place) == AFTER


@PROFILES
@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.requirement("Communication 3.1.s3.b2", "POST and DELETE of a profile need no preconditions")
def test_post_and_delete_of_a_profile_need_no_preconditions(lrs: httpx.Client, resource: str, method: str) -> None:
    place = there(lrs, resource)
    assert send(lrs, method, place).status_code == 204
    assert content(lrs, place) == changed(method)


@ALL
@pytest.mark.requirement("Communication 3.1.s1", "of changes by many at once under one ETag, one is made")
def test_one_of_many_writers_wins(lrs: httpx.Client, shared_served: Served, resource: str) -> None:
    place = there(lrs, resource)
    headers = {"If-Match": read(lrs, place).headers["etag"]}

    def change(number: int) -> int:
        return lrs.put(place.path, params=place.parameters, json={"writer": number}, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(change, range(8)))
    assert sorted(answers) == [204, *[412] * 7]
    assert content(lrs, place) == {"writer": answers.index(204)}


@ALL
@pytest.mark.requirement("Communication 3.1.s1", "merges by many at once lose nothing")
def test_merges_at_once_lose_nothing(lrs: httpx.Client, resource: str) -> None:
    place = there(lrs, resource)

    def merge(number: int) -> int:
        return lrs.post(place.path, params=place.parameters, json={str(number): number}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(merge, range(16))) == {204}
    assert content(lrs, place) == {**BEFORE, **{str(number): number for number in range(16)}}
