"""Statements as JSON or as multipart/mixed with the content of their attachments (Communication 1.5)."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from conformance.communication.asking import (
    BOUNDARY,
    JSON,
    Attached,
    get,
    joined,
    mixed,
    new_id,
    part,
    parts_of,
    refused,
    send_mixed,
    statement,
)

ONE = Attached(b"here is a simple attachment")
TWO = Attached(b"here is another simple attachment")
THREE = Attached(b"and one that nobody asked for")
BINARY = Attached(bytes(range(256)) * 40 + b"\r\n--" + b"-------8675308\r\n\r\n--")
URL = {"fileUrl": "http://example.com/file.txt"}


def with_attachments(*described: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return a statement with those attachment objects."""
    return statement(attachments=list(described), **members)


def stays_out(lrs: httpx.Client, make: Callable[[dict[str, Any]], bytes], *described: dict[str, Any]) -> None:
    """Hold that a body is refused with 400 and that its statement is not stored."""
    sent = with_attachments(*described, id=new_id())
    refused(send_mixed(lrs, make(sent)))
    assert lrs.get("statements", params={"statementId": sent["id"]}).status_code == 404


@pytest.mark.requirement("Communication 1.5.1.s1.b1", "application/json carries batches without attachments")
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_json_without_attachments_is_taken(lrs: httpx.Client, method: str) -> None:
    sent = statement(id=new_id())
    parameters = {"statementId": sent["id"]} if method == "PUT" else {}
    assert lrs.request(method, "statements", params=parameters, json=sent).is_success


@pytest.mark.requirement("Communication 1.5.1.s1.b2", "application/json carries attachments that have a fileUrl")
def test_json_with_file_urls_is_taken(lrs: httpx.Client) -> None:
    sent = with_attachments(ONE.described(**URL), TWO.described(**URL))
    assert lrs.post("statements", json=[sent]).status_code == 200


@pytest.mark.requirement(
    "Communication 1.5.2.s2.b1", "application/json with an attachment that has no fileUrl is refused"
)
def test_json_with_an_attachment_without_file_url_is_refused(lrs: httpx.Client) -> None:
    refused(lrs.post("statements", json=with_attachments(ONE.described(**URL), TWO.described())))


@pytest.mark.requirement("Communication 1.5", "statements come as application/json or multipart/mixed, or are refused")
@pytest.mark.parametrize(
    "kind",
    [f"multipart/form-data; boundary={BOUNDARY}", "text/plain", "application/x-www-form-urlencoded", "application/xml"],
)
@pytest.mark.parametrize("form", ["json", "mixed"])
def test_other_content_types_are_refused(lrs: httpx.Client, kind: str, form: str) -> None:
    described = ONE.described(**URL) if form == "json" else ONE.described()
    sent = with_attachments(described, id=new_id())
    body = mixed(sent, ONE.part()) if form == "mixed" else httpx.Request("POST", "http://x", json=sent).content
    refused(send_mixed(lrs, body, kind))
    assert lrs.get("statements", params={"statementId": sent["id"]}).status_code == 404


@pytest.mark.requirement("IEEE 9274.1.1 4.1.3", "multipart/mixed with attachments is taken")
@pytest.mark.requirement("Communication 1.5.2.s3.b4", "multipart/mixed carries statements and their attachments")
@pytest.mark.parametrize("attached", [ONE, BINARY], ids=["text", "bytes"])
def test_attachments_are_taken_and_come_back_as_they_were(lrs: httpx.Client, attached: Attached) -> None:
    sent = with_attachments(attached.described(), id=new_id())
    assert send_mixed(lrs, mixed(sent, attached.part())).json() == [sent["id"]]
    reply = lrs.get("statements", params={"statementId": sent["id"], "attachments": "true"})
    [(first, _), (headers, content)] = parts_of(reply)
    assert first["content-type"] == JSON
    assert content == attached.content
    assert headers == {
        "content-type": "text/plain",
        "content-transfer-encoding": "binary",
        "x-experience-api-hash": attached.sha2,
    }


@pytest.mark.requirement("Communication 1.5.2.s3.b4", "PUT takes multipart/mixed as POST does")
def test_put_takes_attachments(lrs: httpx.Client) -> None:
    sent = with_attachments(ONE.described(), id=new_id())
    kind = {"Content-Type": f"multipart/mixed; boundary={BOUNDARY}"}
    parameters = {"statementId": sent["id"]}
    assert lrs.put("statements", params=parameters, content=mixed(sent, ONE.part()), headers=kind).status_code == 204
    assert get(lrs, sent["id"])["attachments"] == sent["attachments"]


@pytest.mark.requirement("Communication 1.5.2.s3.b4", "a batch may have attachments in some of its statements")
def test_a_batch_with_attachments_is_taken(lrs: httpx.Client) -> None:
    batch = [with_attachments(ONE.described()), statement(), with_attachments(TWO.described(), ONE.described())]
    assert len(send_mixed(lrs, mixed(batch, ONE.part(), TWO.part())).json()) == 3


@pytest.mark.requirement("Communication 1.5.2.s2.b2.b5", "one copy of content serves every statement of the batch")
def test_content_that_two_statements_name_is_sent_once(lrs: httpx.Client) -> None:
    sent = [with_attachments(ONE.described(), id=new_id()) for _ in range(2)]
    assert send_mixed(lrs, mixed(sent, ONE.part())).status_code == 200
    for one in sent:
        reply = lrs.get("statements", params={"statementId": one["id"], "attachments": "true"})
        assert parts_of(reply)[1][1] == ONE.content


@pytest.mark.requirement("Communication 1.5.2.s3.b8", "multipart/mixed without any attachment is taken")
def test_multipart_without_attachments_is_taken(lrs: httpx.Client) -> None:
    assert send_mixed(lrs, mixed(statement())).status_code == 200


@pytest.mark.requirement("IEEE 9274.1.1 4.1.3", "multipart/mixed with fileUrls only is taken")
@pytest.mark.requirement("Communication 1.5.2.s3.b9", "multipart/mixed with fileUrls only is taken")
def test_multipart_with_file_urls_only_is_taken(lrs: httpx.Client) -> None:
    assert send_mixed(lrs, mixed(with_attachments(ONE.described(**URL)))).status_code == 200


@pytest.mark.requirement("Communication 1.5.2.s3.b5", "an attachment with neither content nor fileUrl is refused")
def test_an_attachment_without_its_part_is_refused(lrs: httpx.Client) -> None:
    stays_out(lrs, lambda sent: mixed(sent, ONE.part()), ONE.described(), TWO.described())


@pytest.mark.requirement("Communication 1.5.2.s2.b2.b2", "a part that no statement names is refused")
def test_a_part_that_no_statement_names_is_refused(lrs: httpx.Client) -> None:
    described = (ONE.described(), TWO.described())
    stays_out(lrs, lambda sent: mixed(sent, ONE.part(), TWO.part(), THREE.part()), *described)


@pytest.mark.requirement("Communication 1.5.2.s2.b2", "a multipart body begins with its boundary")
def test_a_body_without_its_first_boundary_is_refused(lrs: httpx.Client) -> None:
    opening = f"--{BOUNDARY}\r\n".encode()
    stays_out(lrs, lambda sent: mixed(sent, ONE.part()).removeprefix(opening), ONE.described())


@pytest.mark.requirement("Communication 1.5.2.s2.b2", "a boundary stands before every part")
def test_a_missing_boundary_between_parts_is_refused(lrs: httpx.Client) -> None:
    between = f"--{BOUNDARY}\r\nContent-Type: text/plain".encode()
    stays_out(lrs, lambda sent: mixed(sent, ONE.part()).replace(between, b"Content-Type: text/plain"), ONE.described())


@pytest.mark.requirement("Communication 1.5.2.s2.b2", "the Content-Type names the boundary, and it is that of the body")
@pytest.mark.parametrize(
    "kind", ["multipart/mixed;", "multipart/mixed", "multipart/mixed; boundary=", "multipart/mixed; boundary=other"]
)
def test_a_boundary_that_is_not_that_of_the_body_is_refused(lrs: httpx.Client, kind: str) -> None:
    refused(send_mixed(lrs, mixed(with_attachments(ONE.described()), ONE.part()), kind))


@pytest.mark.requirement("Communication 1.5.2.s2.b2", "a body that does not end with its boundary is refused")
def test_a_body_that_breaks_off_is_refused(lrs: httpx.Client) -> None:
    stays_out(lrs, lambda sent: mixed(sent, ONE.part())[: -len(BOUNDARY) - 6], ONE.described())


@pytest.mark.requirement("Communication 1.5.2.s2.b2", "RFC 2046: a quoted boundary, a preamble, an epilogue")
@pytest.mark.parametrize("kind", [f'multipart/mixed; boundary="{BOUNDARY}"', f"Multipart/Mixed;boundary={BOUNDARY}"])
@pytest.mark.parametrize(("start", "end"), [(b"", b"\r\n"), (b"\r\n", b""), (b"In parts:\r\n", b"\r\nEnd.")])
def test_every_way_of_writing_the_boundary_is_taken(lrs: httpx.Client, kind: str, start: bytes, end: bytes) -> None:
    sent = with_attachments(ONE.described(), id=new_id())
    first = part({"Content-Type": JSON}, httpx.Request("POST", "http://x", json=sent).content)
    assert send_mixed(lrs, joined(first, ONE.part(), start=start, end=end), kind).json() == [sent["id"]]


@pytest.mark.requirement("Communication 1.5.2.s6", "a boundary may have every character that RFC 2046 allows")
def test_the_boundary_of_the_specifications_example_is_taken(lrs: httpx.Client) -> None:
    boundary = "abcABC0123'()+_,-./:=?"
    sent = with_attachments(ONE.described(), id=new_id())
    body = mixed(sent, ONE.part()).replace(BOUNDARY.encode(), boundary.encode())
    assert send_mixed(lrs, body, f'multipart/mixed; boundary="{boundary}"').json() == [sent["id"]]


@pytest.mark.requirement("Communication 1.5.2.s2.b2", "RFC 2046: what stands before the first boundary is no part")
def test_statements_before_the_first_boundary_are_not_taken(lrs: httpx.Client) -> None:
    def before(sent: dict[str, Any]) -> bytes:
        content = httpx.Request("POST", "http://x", json=sent).content
        return joined(ONE.part(), start=b"Content-Type: application/json\r\n\r\n" + content + b"\r\n")

    stays_out(lrs, before, ONE.described())


def run_on(statements: Any, *attached: Attached) -> bytes:
    """Return a body without a line break between the content of an attachment and the next boundary."""
    first, *others = (one.part() for one in attached)
    return mixed(statements, first + b"".join(b"--" + BOUNDARY.encode() + b"\r\n" + other for other in others))


@pytest.mark.requirement("Communication 1.5.2.s2.b3", "parts that clients run together are told apart by their hashes")
def test_attachments_without_a_line_break_between_them_are_taken(lrs: httpx.Client) -> None:
    attached = (ONE, BINARY, Attached(b"a file that ends its last line\r\n"), TWO)
    [statement_id] = send_mixed(lrs, run_on(with_attachments(*(one.described() for one in attached)), *attached)).json()
    _, *read = parts_of(lrs.get("statements", params={"statementId": statement_id, "attachments": "true"}))
    assert [(headers["x-experience-api-hash"], content) for headers, content in read] == [
        (one.sha2, one.content) for one in attached
    ]


@pytest.mark.requirement("Communication 1.5.2.s2.b3", "parts run together of which one lacks its hash are refused")
def test_attachments_run_together_without_their_hashes_are_refused(lrs: httpx.Client) -> None:
    def swapped(sent: dict[str, Any]) -> bytes:
        return run_on(sent, ONE, TWO).replace(TWO.content, THREE.content)

    stays_out(lrs, swapped, ONE.described(), TWO.described())


@pytest.mark.requirement("Communication 1.5.2.s2.b2", "headers of parts need no space after the colon")
def test_part_headers_without_spaces_are_taken(lrs: httpx.Client) -> None:
    sent = with_attachments(ONE.described(), id=new_id())
    body = mixed(sent, ONE.part())
    for name in (b"Content-Type", b"Content-Transfer-Encoding", b"X-Experience-API-Hash"):
        body = body.replace(name + b": ", name.lower() + b":")
    assert send_mixed(lrs, body).json() == [sent["id"]]


@pytest.mark.requirement("Communication 1.5.2.s2.b2.b1", "the first part holds the statements as application/json")
@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream"])
def test_a_first_part_that_is_not_json_is_refused(lrs: httpx.Client, kind: str) -> None:
    stays_out(lrs, lambda sent: mixed(sent, ONE.part(), content_type=kind), ONE.described())


@pytest.mark.requirement("Communication 1.5.2.s2.b2.b1", "all statements stand in the first part")
def test_statements_in_two_parts_are_refused(lrs: httpx.Client) -> None:
    def twice(sent: dict[str, Any]) -> bytes:
        content = httpx.Request("POST", "http://x", json=sent).content
        return mixed(sent, part({"Content-Type": JSON}, content), ONE.part())

    stays_out(lrs, twice, ONE.described())


@pytest.mark.requirement("Communication 1.5.2.s2.b2.b3", "every part but the first has X-Experience-API-Hash")
def test_a_part_without_a_hash_is_refused(lrs: httpx.Client) -> None:
    stays_out(lrs, lambda sent: mixed(sent, ONE.part(X_Experience_API_Hash=None)), ONE.described())


@pytest.mark.requirement("Communication 1.5.2.s1.b4", "the hash of a part is the SHA-2 of its content")
def test_a_hash_that_is_not_of_the_content_is_refused(lrs: httpx.Client) -> None:
    stays_out(lrs, lambda sent: mixed(sent, ONE.part(X_Experience_API_Hash=TWO.sha2)), ONE.described())
    stays_out(lrs, lambda sent: mixed(sent, ONE.part(X_Experience_API_Hash=TWO.sha2)), TWO.described())


@pytest.mark.requirement(
    "Communication 1.5.2.s2.b2.b4", "every part but the first has Content-Transfer-Encoding binary"
)
@pytest.mark.parametrize("encoding", [None, "base64", "8bit"])
def test_a_part_that_is_not_binary_is_refused(lrs: httpx.Client, encoding: str | None) -> None:
    stays_out(lrs, lambda sent: mixed(sent, ONE.part(Content_Transfer_Encoding=encoding)), ONE.described())


@pytest.mark.requirement("Communication 1.5.2.s3.b1", "attachments are returned when the client asks for them")
def test_attachments_are_returned_with_a_page(lrs: httpx.Client) -> None:
    verb = {"id": f"http://example.com/verbs/{new_id()}"}
    sent = with_attachments(ONE.described(), TWO.described(), verb=verb)
    [statement_id] = send_mixed(lrs, mixed(sent, ONE.part(), TWO.part())).json()
    reply = lrs.get("statements", params={"verb": verb["id"], "attachments": "true"})
    (_, first), *others = parts_of(reply)
    assert httpx.Response(200, content=first).json()["statements"][0]["id"] == statement_id
    assert [content for _, content in others] == [ONE.content, TWO.content]


@pytest.mark.requirement(
    "Communication 2.1.3.s2.b6", "with attachments=true the reply is multipart, attachments or none"
)
@pytest.mark.parametrize("by", ["statementId", "verb"])
def test_a_reply_with_attachments_asked_for_is_multipart(lrs: httpx.Client, by: str) -> None:
    verb = {"id": f"http://example.com/verbs/{new_id()}"}
    [statement_id] = lrs.post("statements", json=statement(verb=verb)).json()
    asked = {"statementId": statement_id} if by == "statementId" else {"verb": verb["id"]}
    [(headers, content)] = parts_of(lrs.get("statements", params={**asked, "attachments": "true"}))
    body = httpx.Response(200, content=content).json()
    assert headers["content-type"] == JSON
    assert (body if by == "statementId" else body["statements"][0])["id"] == statement_id


@pytest.mark.requirement("Communication 2.1.3.s2.b7", "without attachments=true the reply is JSON and has no content")
@pytest.mark.parametrize("parameters", [{}, {"attachments": "false"}], ids=["absent", "false"])
def test_content_is_not_returned_unless_asked_for(lrs: httpx.Client, parameters: dict[str, str]) -> None:
    [statement_id] = send_mixed(lrs, mixed(with_attachments(ONE.described()), ONE.part())).json()
    reply = lrs.get("statements", params={"statementId": statement_id, **parameters})
    assert reply.headers["content-type"] == JSON
    assert reply.json()["attachments"] == [ONE.described()]
    assert ONE.content not in reply.content
