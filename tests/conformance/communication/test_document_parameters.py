"""Which parameters each document resource asks for (Communication 2.3, 2.6 and 2.7)."""

import json
from typing import Any

import httpx
import pytest

from conformance.communication.asking import PLACES, Place, new_agent, new_id, read, refused, state, write

METHODS = ["PUT", "POST", "GET", "DELETE"]
SECTIONS = {"State": "2.3.s3", "Agent Profile": "2.6.s3", "Activity Profile": "2.7.s3"}
REQUIRED = [
    pytest.param(
        resource,
        name,
        method,
        marks=pytest.mark.requirement(
            f"Communication {SECTIONS[resource]}.table1", f"{name} is required: without it 400"
        ),
    )
    for resource, names in {
        "State": ["activityId", "agent", "stateId"],
        "Agent Profile": ["agent", "profileId"],
        "Activity Profile": ["activityId", "profileId"],
    }.items()
    for name in names
    for method in METHODS
    if not (name.endswith("Id") and name != "activityId" and method == "GET")
    and not (name == "stateId" and method == "DELETE")
]
WRONG: dict[str, list[str]] = {
    "activityId": ["true", "no scheme", ""],
    "agent": [
        "not JSON",
        "true",
        "",
        "[]",
        "{}",
        '{"objectType":"Agent","name":"nobody"}',
        '{"mbox":"ada@example.com"}',
        '{"mbox":"mailto:a@example.com","openid":"http://a.example.com/"}',
        '{"objectType":"Group","member":[{"mbox":"mailto:a@example.com"}]}',
        '{"objectType":"Agent","account"%22{"homePage":"http://example.com/","name":"x"}}',
    ],
    "registration": ["true", "not a uuid", ""],
}
TYPED = [
    pytest.param(
        resource,
        name,
        value,
        marks=pytest.mark.requirement(f"Communication {SECTIONS[resource]}.table1", f"{name} is of its type, or 400"),
    )
    for resource, names in {
        "State": ["activityId", "agent", "registration"],
        "Agent Profile": ["agent"],
        "Activity Profile": ["activityId"],
    }.items()
    for name in names
    for value in WRONG[name]
]


def send(lrs: httpx.Client, method: str, path: str, parameters: dict[str, str]) -> httpx.Response:
    """Send a request that is right but for its parameters."""
    writes = method in ("PUT", "POST")
    headers = {"If-None-Match": "*"} if method == "PUT" else {}
    return lrs.request(method, path, params=parameters, json={"a": 1} if writes else None, headers=headers)


@pytest.mark.parametrize(("resource", "name", "method"), REQUIRED)
def test_a_missing_parameter_is_refused(lrs: httpx.Client, resource: str, name: str, method: str) -> None:
    place = PLACES[resource]()
    refused(send(lrs, method, place.path, place.without(name)))


@pytest.mark.parametrize(("resource", "name", "value"), TYPED)
def test_a_parameter_of_another_type_is_refused(lrs: httpx.Client, resource: str, name: str, value: str) -> None:
    place = PLACES[resource]()
    for method in METHODS:
        refused(send(lrs, method, place.path, {**place.parameters, name: value}))


@pytest.mark.requirement("Communication 2.3.s3.table1.row3", "registration is a part of the scope of a state")
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_state_of_a_registration_is_another_one(lrs: httpx.Client, method: str) -> None:
    plain = state()
    within = Place(plain.path, {**plain.parameters, "registration": new_id()}, plain.id_name)
    assert send(lrs, method, within.path, within.parameters).status_code == 204
    assert lrs.get(plain.path, params=plain.parameters).status_code == 404
    write(lrs, plain, {"b": 2})
    assert read(lrs, within).json() == {"a": 1}
    assert lrs.delete(within.path, params=within.parameters).status_code == 204
    assert lrs.get(within.path, params=within.parameters).status_code == 404
    assert read(lrs, plain).json() == {"b": 2}


@pytest.mark.requirement("Communication 2.3.s4", "state ids are listed for the registration, if one is given")
def test_state_ids_are_listed_by_registration(lrs: httpx.Client) -> None:
    plain = state()
    first, second = new_id(), new_id()
    for registration in (first, second):
        one = plain.sibling()
        place = Place(
            one.path, {**one.parameters, "registration": registration, "stateId": f"of {registration}"}, "stateId"
        )
        write(lrs, place, {"a": 1})
    scope = plain.without("stateId")
    assert lrs.get(plain.path, params={**scope, "registration": first}).json() == [f"of {first}"]
    assert sorted(lrs.get(plain.path, params=scope).json()) == sorted([f"of {first}", f"of {second}"])


@pytest.mark.requirement(
    "Communication 2.3.s4.table1.row4", "the + of an offset in since may stand in the URL as it is"
)
@pytest.mark.parametrize("resource", PLACES)
def test_the_plus_of_an_offset_needs_no_percent_encoding(lrs: httpx.Client, resource: str) -> None:
    place = PLACES[resource]()
    write(lrs, place, {"a": 1})
    scope = httpx.QueryParams(place.without(place.id_name))
    found = lrs.get(f"{place.path}?{scope}&since=2012-06-01T19:09:13.245+02:00")
    assert found.json() == [place.document_id]


@pytest.mark.requirement("Communication 2.3.s5", "DELETE without stateId forgets all state of the context: 204")
def test_delete_without_an_id_forgets_the_context(lrs: httpx.Client) -> None:
    place, elsewhere = state(), state()
    for one in (place, place.sibling(), elsewhere):
        write(lrs, one, {"a": 1})
    scope = place.without("stateId")
    assert lrs.delete(place.path, params=scope).status_code == 204
    assert lrs.get(place.path, params=scope).json() == []
    assert read(lrs, elsewhere).json() == {"a": 1}


@pytest.mark.requirement("Communication 2.3.s5.table1.row3", "DELETE of a registration's state leaves the others")
def test_delete_of_a_registration_leaves_the_others(lrs: httpx.Client) -> None:
    plain, registration = state(), new_id()
    within = Place(plain.path, {**plain.parameters, "registration": registration}, "stateId")
    for one in (plain, within):
        write(lrs, one, {"a": 1})
    assert lrs.delete(plain.path, params=within.without("stateId")).status_code == 204
    assert read(lrs, plain).json() == {"a": 1}
    assert lrs.get(within.path, params=within.parameters).status_code == 404


@pytest.mark.requirement(
    "Communication 2.6.s3.table1.row1", "an Agent is known by what identifies it, however it is written"
)
@pytest.mark.parametrize("resource", ["State", "Agent Profile"])
def test_an_agent_is_known_by_its_identifier(lrs: httpx.Client, resource: str) -> None:
    place = PLACES[resource]()
    write(lrs, place, {"a": 1})
    agent: dict[str, Any] = json.loads(place.parameters["agent"])
    written = {name: agent[name] for name in reversed(agent) if name != "objectType"} | {"name": "Someone"}
    again = Place(place.path, {**place.parameters, "agent": json.dumps(written, indent=1)}, place.id_name)
    assert read(lrs, again).json() == {"a": 1}


@pytest.mark.requirement(
    "IEEE 9274.1.1 4.1.6.2", "the agent of a document is an Agent or an identified Group", versions=("2.0.0",)
)
@pytest.mark.parametrize("resource", ["State", "Agent Profile"])
def test_an_identified_group_may_have_documents(lrs: httpx.Client, resource: str) -> None:
    base = PLACES[resource]()
    team = {"objectType": "Group", "mbox": new_agent()["mbox"]}
    place = Place(base.path, {**base.parameters, "agent": json.dumps(team)}, base.id_name)
    write(lrs, place, {"a": 1})
    assert read(lrs, place).json() == {"a": 1}


@pytest.mark.requirement(
    "Communication 2.6.s4", "the agent of a document is an Agent, not a Group", versions=("1.0.3",)
)
@pytest.mark.parametrize("resource", ["State", "Agent Profile"])
def test_a_group_has_no_documents(lrs: httpx.Client, resource: str) -> None:
    base = PLACES[resource]()
    team = {"objectType": "Group", "mbox": new_agent()["mbox"]}
    refused(lrs.get(base.path, params={**base.parameters, "agent": json.dumps(team)}))
