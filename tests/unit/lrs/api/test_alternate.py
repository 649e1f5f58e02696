from urllib.parse import quote

import pytest

from lrs.api.alternate import is_alternate, refuse_surplus, unfold
from lrs.xapi.faults import InvalidQuery, InvalidRequest

POST_HEADERS = {"content-type": "text/plain", "content-length": "99", "origin": "https://course.example"}


def test_a_post_with_a_method_parameter_is_alternate_whatever_its_content_type():
    assert is_alternate("POST", {"method": "PUT"})
    assert not is_alternate("POST", {})
    assert not is_alternate("PUT", {"method": "PUT"})


def test_form_fields_named_like_headers_become_headers_and_the_rest_parameters():
    form = b"Authorization=Basic%20eA%3D%3D&X-Experience-API-Version=1.0.2&statementId=abc&content=%7B%7D"
    unfolded = unfold({"method": "PUT"}, POST_HEADERS, form)
    assert unfolded.method == "PUT"
    assert unfolded.headers["authorization"] == "Basic eA=="
    assert unfolded.headers["x-experience-api-version"] == "1.0.2"
    assert unfolded.parameters == {"statementId": "abc"}
    assert unfolded.content == b"{}"


def test_the_content_type_of_the_form_is_not_that_of_the_content():
    assert "content-type" not in unfold({"method": "PUT"}, POST_HEADERS, b"content=x").headers
    named = unfold({"method": "PUT"}, POST_HEADERS, b"content=x&Content-Type=image%2Fpng")
    assert named.headers["content-type"] == "image/png"


def test_headers_of_the_post_hold_where_the_form_is_silent():
    assert unfold({"method": "GET"}, POST_HEADERS, b"").headers["origin"] == "https://course.example"


def test_content_comes_out_byte_for_byte():
    content = bytes(range(256))
    assert unfold({"method": "PUT"}, {}, b"content=" + quote(content).encode()).content == content


def test_an_unknown_method_is_refused():
    with pytest.raises(InvalidRequest, match="method"):
        unfold({"method": "PATCH"}, {}, b"")


def test_a_second_parameter_in_the_url_is_surplus_and_refused():
    unfolded = unfold({"method": "GET", "launch": "x"}, {}, b"verb=y")
    assert unfolded.parameters == {"verb": "y"}
    assert unfolded.surplus == ("launch",)
    with pytest.raises(InvalidRequest, match="only the method parameter"):
        refuse_surplus(unfolded.surplus)
    refuse_surplus(())


def test_a_field_given_twice_is_refused():
    with pytest.raises(InvalidQuery, match="more than once"):
        unfold({"method": "GET"}, {}, b"verb=a&verb=b")
