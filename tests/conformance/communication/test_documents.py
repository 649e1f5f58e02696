"""What the three document resources have in common (Communication 2.2)."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from conformance.communication.asking import JSON, OCTETS, PLACES, Place, new_id, read, refused, write

pytestmark = pytest.mark.parametrize("resource", sorted(PLACES))


def put_new(lrs: httpx.Client, place: Place, content: bytes, kind: str) -> httpx.Response:
    """PUT a document that is not there yet."""
    headers = {"Content-Type": kind, "If-None-Match": "*"}
    return lrs.put(place.path, params=place.parameters, content=content, headers=headers)


def post(lrs: httpx.Client, place: Place, content: bytes, kind: str) -> httpx.Response:
    """POST a document as it is."""
    return lrs.post(place.path, params=place.parameters, content=content, headers={"Content-Type": kind})


@pytest.mark.requirement("Communication 2.2.s3.table1", "each resource is at its endpoint and takes POST: 204")
def test_post_stores_a_new_document(lrs: httpx.Client, resource: str) -> None:
    place = PLACES[resource]()
    reply = lrs.post(place.path, params=place.parameters, json={"name": "x", "location": {"name": "y"}})
    assert (reply.status_code, reply.content) == (204, b"")
    assert read(lrs, place).json() == {"name": "x", "location": {"name": "y"}}


@pytest.mark.requirement(
    "Communication 2.2.s4.b2", "Activities and Agents that nothing is known of are no reason to refuse"
)
def test_unknown_activities_and_agents_are_taken(lrs: httpx.Client, resource: str) -> None:
    for _ in range(3):
        write(lrs, PLACES[resource](), {"a": 1})


@pytest.mark.requirement("Communication 1.5.b1", "documents have any content type and come back byte for byte")
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "text/plain"),
        (b"/ asdf / undefined", OCTETS),
        (bytes(range(256)), OCTETS),
        (b"1", "application/x-www-form-urlencoded"),
        (b"<a>\xc3\xa9</a>\r\n", "application/xml; charset=utf-8"),
        (b'{ "a" : 1.0e1,  "b":[ ] }', JSON),
        (b'[1, "two"]', "application/vnd.example+json"),
        (b"not json", "not/json"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_documents_come_back_as_they_were(
    lrs: httpx.Client, resource: str, content: bytes, kind: str, method: str
) -> None:
    place = PLACES[resource]()
    send = put_new if method == "PUT" else post
    assert send(lrs, place, content, kind).status_code == 204
    found = read(lrs, place)
    assert (found.content, found.headers["content-type"]) == (content, kind)


@pytest.mark.requirement("IEEE 9274.1.1 4.1.6.2", "a document has Last-Modified")
@pytest.mark.requirement("Communication 2.2.s6.b1", "a document's Last-Modified is when it was last modified")
def test_last_modified_is_the_time_of_the_change(lrs: httpx.Client, resource: str) -> None:
    place = PLACES[resource]()
    write(lrs, place, {"a": 1})
    modified = parsedate_to_datetime(read(lrs, place).headers["last-modified"])
    assert abs(datetime.now(UTC) - modified) < timedelta(seconds=30)


@pytest.mark.requirement("Communication 2.2.s6.b2", "a list's Last-Modified is that of its latest document")
def test_last_modified_of_a_list_is_that_of_its_latest_document(lrs: httpx.Client, resource: str) -> None:
    place = PLACES[resource]()
    latest = place.sibling()
    for one in (place, latest):
        write(lrs, one, {"a": 1})
    listed = lrs.get(place.path, params=place.without(place.id_name))
    assert listed.headers["last-modified"] == read(lrs, latest).headers["last-modified"]


@pytest.mark.requirement("Communication 2.2.s7", "POST merges JSON objects: properties of the posted one are set")
@pytest.mark.parametrize(
    ("stored", "posted", "merged"),
    [
        ({"x": "foo", "y": "bar"}, {"x": "bash", "z": "faz"}, {"x": "bash", "y": "bar", "z": "faz"}),
        ({"car": "MKX"}, {"car": "MKZ"}, {"car": "MKZ"}),
        ({"car": "Honda"}, {"type": "Civic"}, {"car": "Honda", "type": "Civic"}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3}}),
        ({"a": {"b": {"c": 1}}, "d": "e"}, {"a": {"b": {"f": 2}}}, {"a": {"b": {"f": 2}}, "d": "e"}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1}, {"a": None}, {"a": None}),
        ({"a": 1}, {}, {"a": 1}),
        ({}, {"é": "日本"}, {"é": "日本"}),
    ],
)
def test_post_merges_one_level_deep(lrs: httpx.Client, resource: str, stored: Any, posted: Any, merged: Any) -> None:
    place = PLACES[resource]()
    write(lrs, place, stored)
    write(lrs, place, posted)
    assert read(lrs, place).json() == merged
    assert read(lrs, place).headers["content-type"] == JSON


@pytest.mark.requirement("Communication 2.2.s8.b1", "POST of another type, or onto one, is refused and changes nothing")
@pytest.mark.parametrize(
    ("there", "posted"),
    [
        ((b'{"a": 1}', JSON), (b"abcdefg", "not/json")),
        ((b'{"a": 1}', JSON), (b"abc", "application/x-www-form-urlencoded")),
        ((b'{"a": 1}', JSON), (b'{"b": 2}', OCTETS)),
        ((b"/ asdf / undefined", OCTETS), (b'{"b": 2}', JSON)),
        ((b'{"a": 1}', "text/plain"), (b'{"b": 2}', JSON)),
        ((b'{"a": 1}', JSON), (b'{"b": 2}{', JSON)),
        ((b'{"a": 1}', JSON), (b"[1]", JSON)),
        ((b'{"a": 1}', JSON), (b"7", JSON)),
        ((b'{"a": 1}', JSON), (b"null", JSON)),
        ((b'{"a": 1}', JSON), (b"", JSON)),
        ((b"[1]", JSON), (b'{"b": 2}', JSON)),
        ((b"broken {", JSON), (b'{"b": 2}', JSON)),
    ],
)
def test_what_cannot_be_merged_is_refused(
    lrs: httpx.Client, resource: str, there: tuple[bytes, str], posted: tuple[bytes, str]
) -> None:
    place = PLACES[resource]()
    assert put_new(lrs, place, *there).status_code == 204
    tag = read(lrs, place).headers["etag"]
    refused(post(lrs, place, *posted))
    found = read(lrs, place)
    assert (found.content, found.headers["content-type"], found.headers["etag"]) == (*there, tag)


@pytest.mark.requirement(
    "Communication 2.2.s8.b1", "a posted JSON document that is no object is refused, also where none is"
)
@pytest.mark.parametrize("posted", [b"[1]", b'"text"', b"{", b""])
def test_a_posted_json_document_that_is_no_object_is_refused(lrs: httpx.Client, resource: str, posted: bytes) -> None:
    place = PLACES[resource]()
    refused(post(lrs, place, posted, JSON))
    assert lrs.get(place.path, params=place.parameters).status_code == 404


@pytest.mark.requirement("Communication 3.2.s2.b4", "a document that is not there is 404")
def test_a_document_that_is_not_there_is_not_found(lrs: httpx.Client, resource: str) -> None:
    place = PLACES[resource]()
    refused(lrs.get(place.path, params=place.parameters), 404)


@pytest.mark.requirement("Communication 2.2.s3", "DELETE forgets a document and returns 204, there or not")
def test_delete_forgets_one_document(lrs: httpx.Client, resource: str) -> None:
    place, other = PLACES[resource](), PLACES[resource]().sibling()
    for one in (place, other):
        write(lrs, one, {"a": 1})
    for _ in range(2):
        reply = lrs.delete(place.path, params=place.parameters)
        assert (reply.status_code, reply.content) == (204, b"")
        refused(lrs.get(place.path, params=place.parameters), 404)
    assert read(lrs, other).json() == {"a": 1}


@pytest.mark.requirement(
    "Communication 2.2.s2.table1.row1", "ids are unique in the scope of their Agent and Activity only"
)
def test_one_id_names_different_documents_in_different_scopes(lrs: httpx.Client, resource: str) -> None:
    name = new_id()
    places = [
        Place(one.path, {**one.parameters, one.id_name: name}, one.id_name)
        for one in (PLACES[resource](), PLACES[resource]())
    ]
    for number, place in enumerate(places):
        write(lrs, place, {"n": number})
    assert [read(lrs, place).json() for place in places] == [{"n": 0}, {"n": 1}]


@pytest.mark.requirement("Communication 2.2.s2.table1.row1", "an id is any string, and case counts")
@pytest.mark.parametrize("name", ["bookmark", "Bookmark", "http://example.com/id", "a b&c=d", "ü" * 200, "%41", "0"])
def test_an_id_is_any_string(lrs: httpx.Client, resource: str, name: str) -> None:
    base = PLACES[resource]()
    place = Place(base.path, {**base.parameters, base.id_name: name}, base.id_name)
    write(lrs, place, {"a": name})
    assert read(lrs, place).json() == {"a": name}
    assert lrs.get(place.path, params=place.without(place.id_name)).json() == [name]


@pytest.mark.requirement("Communication 2.3.s4", "GET without an id returns an array of ids")
def test_get_without_an_id_lists_the_ids_of_the_scope(lrs: httpx.Client, resource: str) -> None:
    place = PLACES[resource]()
    scope = place.without(place.id_name)
    empty = lrs.get(place.path, params=scope)
    assert (empty.status_code, empty.json()) == (200, [])
    other = place.sibling()
    for one in (place, other, PLACES[resource]()):
        write(lrs, one, {"a": 1})
    listed = lrs.get(place.path, params=scope)
    assert listed.headers["content-type"] == JSON
    assert sorted(listed.json()) == sorted([place.document_id, other.document_id])


@pytest.mark.requirement("Communication 2.3.s4.table1.row4", "since lists the documents stored or updated after it")
def test_since_lists_what_came_after_it(lrs: httpx.Client, resource: str) -> None:
    place = PLACES[resource]()
    write(lrs, place, {"a": 1})
    scope = place.without(place.id_name)

    def listed(moment: datetime) -> list[str]:
        found = lrs.get(place.path, params={**scope, "since": moment.isoformat().replace("+00:00", "Z")})
        assert found.status_code == 200
        names: list[str] = found.json()
        return names

    now = datetime.now(UTC)
    assert listed(now - timedelta(minutes=1)) == [place.document_id]
    assert listed(now + timedelta(seconds=2)) == []


@pytest.mark.requirement("Communication 2.3.s4.table1.row4", "since is a timestamp")
@pytest.mark.parametrize("since", ["not a timestamp", "true", "", "2012-06-01T19:09:13-00:00"])
def test_a_since_that_is_no_timestamp_is_refused(lrs: httpx.Client, resource: str, since: str) -> None:
    place = PLACES[resource]()
    refused(lrs.get(place.path, params={**place.without(place.id_name), "since": since}))


@pytest.mark.requirement("Communication 3.2.s3.b7", "parameters that a method does not have are refused")
@pytest.mark.parametrize(
    ("method", "name"), [("GET", "colour"), ("PUT", "since"), ("POST", "since"), ("DELETE", "since"), ("POST", "verb")]
)
def test_a_parameter_out_of_place_is_refused(lrs: httpx.Client, resource: str, method: str, name: str) -> None:
    place = PLACES[resource]()
    parameters = {**place.parameters, name: "2012-06-01T19:09:13Z"}
    refused(
        lrs.request(method, place.path, params=parameters, headers={"If-None-Match": "*"} if method == "PUT" else {})
    )


@pytest.mark.requirement("Communication 3.2.s3.b8", "a parameter in another case is refused")
def test_a_parameter_in_another_case_is_refused(lrs: httpx.Client, resource: str) -> None:
    place = PLACES[resource]()
    write(lrs, place, {"a": 1})
    for name in place.parameters:
        given = {**place.without(name), name[0].upper() + name[1:]: place.parameters[name]}
        refused(lrs.get(place.path, params=given))


@pytest.mark.requirement(
    "Communication 3.2.s3.b8", "parameters whose values are encoded no more than they must be are taken"
)
def test_values_may_be_sent_with_few_characters_encoded(lrs: httpx.Client, resource: str) -> None:
    place = PLACES[resource]()
    write(lrs, place, {"a": 1})
    sent = "&".join(f"{name}={value}" for name, value in place.parameters.items() if name != "agent")
    agent = str(httpx.QueryParams({"agent": place.parameters["agent"]})) if "agent" in place.parameters else ""
    assert lrs.get(f"{place.path}?{sent}&{agent}".rstrip("&")).json() == {"a": 1}


@pytest.mark.requirement("IEEE 9274.1.1 4.1.6.2", "Last-Modified moves on with a change", versions=("2.0.0",))
def test_last_modified_moves_on_with_a_change(lrs: httpx.Client, resource: str) -> None:
    place = PLACES[resource]()
    write(lrs, place, {"a": 1})
    before = parsedate_to_datetime(read(lrs, place).headers["last-modified"])
    time.sleep(1.05)
    write(lrs, place, {"a": 2})
    assert parsedate_to_datetime(read(lrs, place).headers["last-modified"]) > before
