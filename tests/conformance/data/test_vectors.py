"""Every requirement of the vector files: what it accepts is stored and comes back equal, what it refuses is a 400.

What is accepted goes in as one batch; what is refused goes one statement at a time, and the refusal names the place.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from conformance.data.cases import Case, as_it_comes_back, cases, file, says_where
from conformance.data.wire import Wire
from conformance.versions import VERSIONS
from support.served import Served

FILES = (
    "formatting",
    "identifiers",
    "agents",
    "groups",
    "verbs",
    "objects",
    "interactions",
    "results",
    "contexts",
    "assigned",
    "attachments",
    "special_types",
    "new_in_2_0",
)


def asked(kind: str) -> pytest.MarkDecorator:
    """Return what runs a test for each requirement with cases of ``kind``, in each version that it holds for."""
    found = [
        pytest.param(one, version, id=f"{version}-{one['section']}: {one['text']}", marks=marker(one))
        for name in FILES
        for one in file(name)
        if one.get(kind)
        for version in one.get("versions", VERSIONS)
    ]
    return pytest.mark.parametrize(("requirement", "xapi_version"), found)


def marker(one: Mapping[str, Any]) -> pytest.MarkDecorator:
    """Return the marker of a requirement."""
    return pytest.mark.requirement(one["section"], one["text"], versions=tuple(one.get("versions", VERSIONS)))


@pytest.fixture(scope="module")
def wires() -> Iterator[Callable[[Served], Wire]]:
    """Return a finder of the one connection to a store."""
    opened: list[Wire] = []

    @cache
    def find(served: Served) -> Wire:
        opened.append(Wire(served))
        return opened[-1]

    yield find
    for wire in opened:
        wire.connection.close()


@pytest.fixture
def wire(wires: Callable[[Served], Wire], shared_served: Served) -> Wire:
    """The connection to the store of the test."""
    return wires(shared_served)


@pytest.fixture
def count(record_property: Callable[[str, object], None]) -> Callable[[int, list[str]], None]:
    """Return a way to say how many cases were asked and which of them failed; the test fails when one did."""

    def say(cases_asked: int, failed: list[str]) -> None:
        record_property("cases", cases_asked)
        record_property("failed_cases", len(failed))
        assert cases_asked > 0
        assert not failed, "\n".join(failed)

    return say


@asked("accepted")
def test_what_is_right_is_stored_and_comes_back_equal(
    wire: Wire, xapi_version: str, requirement: dict, count: Callable[[int, list[str]], None]
):
    sent = list(cases(requirement, "accepted", xapi_version))
    status, body = wire.post([case.statement for case in sent], xapi_version)
    if status != 200:
        wrong = {fault.get("statementIndex"): fault for fault in body["faults"]}
        count(
            len(sent), [f"{status} {sent[at].what if at is not None else ''}: {fault}" for at, fault in wrong.items()]
        )
    newest = wire.get(xapi_version, limit=len(sent))["statements"]
    found = {statement["id"]: statement for statement in newest}
    unlike = [unlike_what_was_sent(case, found[one]) for case, one in zip(sent, body, strict=True)]
    count(len(sent), [verdict for verdict in unlike if verdict])


@asked("refused")
def test_what_is_wrong_is_refused_and_the_place_is_named(
    wire: Wire, xapi_version: str, requirement: dict, count: Callable[[int, list[str]], None]
):
    sent = list(cases(requirement, "refused", xapi_version))
    verdicts = [not_refused_there(case, *wire.post(case.statement, xapi_version)) for case in sent]
    count(len(sent), [verdict for verdict in verdicts if verdict])


def unlike_what_was_sent(case: Case, found: Mapping[str, Any]) -> str:
    """Return which properties came back otherwise than they were sent, or nothing."""
    unlike = [key for key, value in as_it_comes_back(case.statement).items() if found.get(key) != value]
    return f"{case.what}: {unlike} came back otherwise" if unlike else ""


def not_refused_there(case: Case, status: int, body: Any) -> str:
    """Return what went wrong when the statement should have been refused, or nothing."""
    if status != 400:
        return f"{case.what}: {status} {body}"
    return "" if says_where(body["faults"], case.place) else f"{case.what}: refused for another reason: {body}"
