"""Documents: merging, entity tags and preconditions (Communication 2.2 and 3.1)."""

import hashlib

import pytest

from lrs.xapi.document import Preconditions, Resource, check_preconditions, etag, merge, must_be_object_if_json
from lrs.xapi.faults import InvalidRequest, PreconditionFailed, StateConflict
from lrs.xapi.version import Version

JSON = "application/json; charset=utf-8"
ONE, TWO = Version.V1_0_3, Version.V2_0_0
CURRENT = etag(b"document")


def test_an_entity_tag_is_the_quoted_sha1() -> None:
    assert etag(b"x") == f'"{hashlib.sha1(b"x").hexdigest()}"'


def test_merging_sets_top_level_properties_and_keeps_bytes() -> None:
    stored = b'{ "x": {"a": 1.0, "b": 2}, "y" : [1,  2] }'
    assert merge(stored, JSON, b'{"x":{"c":3},"z":1e2}', "Application/JSON") == b'{"x":{"c":3},"y":[1,  2],"z":1e2}'


@pytest.mark.parametrize(
    ("stored", "stored_type", "posted", "posted_type"),
    [
        (b"{}", "text/plain", b"{}", JSON),
        (b"{}", JSON, b"{}", "text/plain"),
        (b"[]", JSON, b"{}", JSON),
        (b"{}", JSON, b"[1]", JSON),
        (b"{}", JSON, b'"x"', JSON),
        (b"{}", JSON, b'{"a":', JSON),
        (b"{}", JSON, b"", JSON),
        (b"{}", JSON, b'{"a":"\xff"}', JSON),
        (b"{}", JSON, b'{"a":' + b"[" * 100_000, JSON),
    ],
)
def test_only_a_json_object_merges_with_a_json_object(
    stored: bytes, stored_type: str, posted: bytes, posted_type: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        merge(stored, stored_type, posted, posted_type)
    assert caught.value.faults[0].rule == "Communication 2.2.s8.b1"


def test_a_first_post_of_json_must_be_an_object_and_of_anything_else_may_be_anything() -> None:
    must_be_object_if_json(b'{"a":1}', JSON)
    must_be_object_if_json(b"\xff\x00", "application/octet-stream")
    with pytest.raises(InvalidRequest):
        must_be_object_if_json(b"[1]", JSON)


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("resource", list(Resource))
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_if_match_must_name_the_current_document(version: Version, resource: Resource, method: str) -> None:
    for header in (CURRENT, CURRENT.strip('"'), f'"other", {CURRENT}', f"W/{CURRENT}", "*"):
        check_preconditions(version, resource, method, Preconditions(if_match=header), CURRENT)
    for header, current in (('"other"', CURRENT), (CURRENT, None), ("*", None), ("", CURRENT)):
        with pytest.raises(PreconditionFailed):
            check_preconditions(version, resource, method, Preconditions(if_match=header), current)


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("resource", list(Resource))
def test_if_none_match_must_not_name_the_current_document(version: Version, resource: Resource) -> None:
    for header, current in (("*", None), ('"other"', CURRENT)):
        check_preconditions(version, resource, "PUT", Preconditions(if_none_match=header), current)
    for header in ("*", CURRENT):
        with pytest.raises(PreconditionFailed):
            check_preconditions(version, resource, "PUT", Preconditions(if_none_match=header), CURRENT)


@pytest.mark.parametrize("resource", [Resource.AGENT_PROFILE, Resource.ACTIVITY_PROFILE])
def test_a_put_of_a_profile_without_a_header(resource: Resource) -> None:
    for version in Version:
        with pytest.raises(StateConflict, match="If-Match"):
            check_preconditions(version, resource, "PUT", Preconditions(), CURRENT)
    with pytest.raises(InvalidRequest, match="needs If-Match"):
        check_preconditions(ONE, resource, "PUT", Preconditions(), None)
    check_preconditions(TWO, resource, "PUT", Preconditions(), None)


def test_a_put_of_state_without_a_header() -> None:
    check_preconditions(ONE, Resource.STATE, "PUT", Preconditions(), CURRENT)
    check_preconditions(TWO, Resource.STATE, "PUT", Preconditions(), None)
    with pytest.raises(StateConflict):
        check_preconditions(TWO, Resource.STATE, "PUT", Preconditions(), CURRENT)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_other_changes_need_no_header(method: str) -> None:
    for version in Version:
        for resource in Resource:
            check_preconditions(version, resource, method, Preconditions(), CURRENT)
            check_preconditions(version, resource, method, Preconditions(), None)
