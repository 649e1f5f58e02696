import logging
from collections.abc import Iterator

import orjson
import pytest

import lrs.log.faults
import lrs.xapi.faults
from lrs.api.errors import MAX_FAULTS, STATUS, MethodNotAllowed, error_reply
from lrs.api.messages import Reply
from lrs.xapi.faults import EncodingNotTaken, Fault, InvalidStatement, NotFound, Overloaded, Refusal, Unauthenticated


def subclasses(root: type[Exception]) -> Iterator[type[Exception]]:
    for child in root.__subclasses__():
        yield child
        yield from subclasses(child)


def body(reply: Reply) -> dict:
    assert isinstance(reply.body, bytes)
    return orjson.loads(reply.body)


def test_every_refusal_and_every_fault_of_the_store_has_a_status():
    known = {*subclasses(Refusal), *subclasses(lrs.log.faults.StoreFault)}
    own = {error for error in known if error.__module__.startswith("lrs.")}
    assert {error.__name__ for error in own - set(STATUS)} == set()


def test_the_body_lists_every_fault_with_its_place_and_rule():
    faults = [Fault("verb is missing", "", "Data 2.4.3", 1), Fault("id is no UUID", "/id", "Data 2.4.1", 4)]
    reply = error_reply(InvalidStatement("two faults", faults))
    assert reply.status == 400
    assert body(reply) == {
        "error": "InvalidStatement",
        "message": "two faults",
        "faults": [
            {"statementIndex": 1, "pointer": "", "rule": "Data 2.4.3", "message": "verb is missing"},
            {"statementIndex": 4, "pointer": "/id", "rule": "Data 2.4.1", "message": "id is no UUID"},
        ],
    }


def test_a_very_long_list_of_faults_says_how_many_were_left_out():
    reply = error_reply(InvalidStatement("many", [Fault(str(n)) for n in range(MAX_FAULTS + 3)]))
    assert len(body(reply)["faults"]) == MAX_FAULTS
    assert body(reply)["faultsLeftOut"] == 3


def test_an_unforeseen_error_says_nothing_of_its_cause_and_is_logged_once(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.ERROR):
        reply = error_reply(RuntimeError("mailto:ada@example.com"))
    assert reply.status == 500
    assert b"ada@example.com" not in reply.body
    assert [record.getMessage() for record in caplog.records] == ["request failed"]


@pytest.mark.parametrize(
    ("error", "header"),
    [
        (Overloaded("full", 7), ("Retry-After", "7")),
        (lrs.log.faults.StoreUnavailable("gone"), ("Retry-After", "1")),
        (lrs.log.faults.OutcomeUnknown("cut"), ("Retry-After", "1")),
        (lrs.log.faults.StoreFull("full"), ("Retry-After", "1")),
        (lrs.log.faults.StoreReadOnly("damaged"), ("Retry-After", "1")),
        (MethodNotAllowed("no", ("GET", "HEAD")), ("Allow", "GET, HEAD")),
        (EncodingNotTaken("packed"), ("Accept-Encoding", "gzip")),
        (Unauthenticated("who"), ("WWW-Authenticate", 'Basic realm="xAPI", charset="UTF-8"')),
    ],
)
def test_some_refusals_say_in_a_header_what_to_do(error: Exception, header: tuple[str, str]):
    assert header in error_reply(error).headers


def test_a_lost_commit_is_not_told_as_nothing_stored():
    assert b"may be carried out or not" in error_reply(lrs.log.faults.OutcomeUnknown("cut")).body


def test_a_plain_refusal_has_no_such_header():
    assert error_reply(NotFound("nothing there")).headers == ()
