import json
from collections.abc import Callable

import httpx
import pytest

Make = Callable[..., dict]
COURSE = "http://example.com/course"


def test_an_activity_has_every_language_it_was_described_in(http: httpx.Client, statement: Make):
    german = {"name": {"de": "Kurs"}, "type": "http://adlnet.gov/expapi/activities/course"}
    english = {"name": {"en": "Course"}, "description": {"en": "all of it"}}
    for definition in (german, english):
        http.post("statements", json=statement(object={"id": COURSE, "definition": definition}))
    assert http.get("activities", params={"activityId": COURSE}).json() == {
        "objectType": "Activity",
        "id": COURSE,
        "definition": {
            "name": {"de": "Kurs", "en": "Course"},
            "description": {"en": "all of it"},
            "type": "http://adlnet.gov/expapi/activities/course",
        },
    }


@pytest.mark.parametrize("client", ["http", "http2"])
def test_an_activity_that_nobody_spoke_of_is_an_activity(client: str, request: pytest.FixtureRequest):
    answer = request.getfixturevalue(client).get("activities", params={"activityId": "http://example.com/unknown"})
    assert answer.status_code == 200
    assert answer.json() == {"objectType": "Activity", "id": "http://example.com/unknown"}


def test_a_person_has_every_name_of_the_agent(http: httpx.Client, statement: Make):
    for name in ("Ada", "Ada Lovelace"):
        http.post("statements", json=statement(actor={"mbox": "mailto:ada@example.com", "name": name}))
    found = http.get("agents", params={"agent": '{"mbox":"mailto:ada@example.com"}'}).json()
    assert found["objectType"] == "Person"
    assert sorted(found["name"]) == ["Ada", "Ada Lovelace"]
    assert found["mbox"] == ["mailto:ada@example.com"]


def test_an_agent_that_nobody_spoke_of_is_a_person(http: httpx.Client):
    agent = {"account": {"homePage": "http://example.com", "name": "7"}}
    found = http.get("agents", params={"agent": json.dumps(agent)}).json()
    assert found == {"objectType": "Person", "account": [agent["account"]]}


@pytest.mark.parametrize("resource", ["agents", "activities"])
@pytest.mark.parametrize("params", [{}, {"agent": "{}"}, {"activityId": "x"}, {"agent": "[]", "activityId": "x"}])
def test_a_description_of_nothing_is_refused(http: httpx.Client, resource: str, params: dict):
    assert http.get(resource, params=params).status_code == 400


def test_head_of_a_description_has_no_body(http: httpx.Client):
    head = http.head("activities", params={"activityId": COURSE})
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 0
