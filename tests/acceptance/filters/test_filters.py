"""Every combination of filters, page by page over HTTP, finds what a look at every statement finds (Communication 2.1.3)."""

import json
from typing import Any
from uuid import UUID, uuid4

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acceptance.filters.naive import VOIDED, answer
from support.served import Served

PEOPLE = ("ann", "bob", "cho")
NAMES = ("x", "y", "z")
REGISTRATIONS = (1, 2)


def mbox(name: str) -> dict[str, Any]:
    return {"mbox": f"mailto:{name}@SCOPE.example"}


def activity(name: str) -> dict[str, Any]:
    return {"id": f"https://SCOPE.example/activities/{name}"}


someone = st.sampled_from(PEOPLE).map(mbox)
groups = st.lists(someone, min_size=1, max_size=2).map(lambda who: {"objectType": "Group", "member": who})
activities = st.sampled_from(NAMES).map(activity)
verbs = st.sampled_from(NAMES).map(lambda name: {"id": f"https://SCOPE.example/verbs/{name}"})
contexts = st.fixed_dictionaries(
    {},
    optional={
        "registration": st.sampled_from(REGISTRATIONS).map(lambda number: f"REGISTRATION-{number}"),
        "instructor": someone | groups,
        "contextActivities": st.dictionaries(
            st.sampled_from(("parent", "grouping", "category", "other")), st.lists(activities, min_size=1, max_size=2)
        ),
    },
)
objects = activities | someone.map(lambda who: {"objectType": "Agent", **who})
substatements = st.fixed_dictionaries(
    {"objectType": st.just("SubStatement"), "actor": someone, "verb": verbs, "object": objects},
    optional={"context": contexts},
)
references = st.integers(0, 11).map(lambda place: {"objectType": "StatementRef", "id": place})
plain = st.fixed_dictionaries(
    {"actor": someone | groups, "verb": verbs, "object": objects | substatements | references},
    optional={"context": contexts},
)
voiding = st.fixed_dictionaries({"actor": someone, "verb": st.just({"id": VOIDED}), "object": references})
queries = st.fixed_dictionaries(
    {"limit": st.integers(1, 5)},
    optional={
        "agent": st.sampled_from(PEOPLE),
        "verb": st.sampled_from(NAMES),
        "activity": st.sampled_from(NAMES),
        "registration": st.sampled_from(REGISTRATIONS),
        "related_agents": st.booleans(),
        "related_activities": st.booleans(),
        "ascending": st.booleans(),
        "since": st.integers(0, 11),
        "until": st.integers(0, 11),
    },
).filter(lambda query: {"agent", "verb", "activity", "registration"} & set(query))


def scoped(value: Any, scope: str, ids: list[str]) -> Any:
    """Return a drawn value with the names of one example: a domain, registrations and statement ids of its own."""
    text = json.dumps(value).replace("SCOPE", scope)
    for number in REGISTRATIONS:
        text = text.replace(f"REGISTRATION-{number}", str(UUID(int=UUID(ids[0]).int ^ number)))
    made = json.loads(text)
    if isinstance(made, dict) and made["object"].get("objectType") == "StatementRef":
        made["object"]["id"] = ids[made["object"]["id"]]
    return made


def asked(query: dict[str, Any], scope: str, ids: list[str], stored: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the query in the words of the example: what the naive model is asked."""
    words: dict[str, Any] = {name: query[name] for name in query if name.startswith("related") or name == "ascending"}
    if "agent" in query:
        words["agent"] = f"mailto:{query['agent']}@{scope}.example"
    for name, folder in (("verb", "verbs"), ("activity", "activities")):
        if name in query:
            words[name] = f"https://{scope}.example/{folder}/{query[name]}"
    if "registration" in query:
        words["registration"] = str(UUID(int=UUID(ids[0]).int ^ query["registration"]))
    for name in ("since", "until"):
        if name in query:
            words[name] = stored[query[name] % len(stored)]["stored"]
    return words


def every_page(client: httpx.Client, words: dict[str, Any], limit: int) -> list[str]:
    """Return the ids of every page of the query, following ``more``."""
    parameters = {name: json.dumps(value) if isinstance(value, bool) else value for name, value in words.items()}
    if "agent" in words:
        parameters["agent"] = json.dumps({"mbox": words["agent"]})
    page = client.get("/xAPI/statements", params={**parameters, "limit": str(limit)}).json()
    found = [one["id"] for one in page["statements"]]
    while page["more"]:
        page = client.get(page["more"]).json()
        assert 0 < len(page["statements"]) <= limit
        found += [one["id"] for one in page["statements"]]
    return found


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    drawn=st.lists(plain | plain | voiding, min_size=1, max_size=12),
    batch=st.integers(1, 12),
    questions=st.lists(queries, min_size=1, max_size=6),
)
def test_every_filter_and_every_page_agree_with_a_look_at_every_statement(
    shared_served: Served, drawn: list[dict[str, Any]], batch: int, questions: list[dict[str, Any]]
) -> None:
    client, scope, ids = shared_served.client, f"s{uuid4().hex}", [str(uuid4()) for _ in range(12)]
    given_statements = [{"id": one, **scoped(what, scope, ids)} for one, what in zip(ids, drawn, strict=False)]
    for start in range(0, len(given_statements), batch):
        client.post("/xAPI/statements", json=given_statements[start : start + batch]).raise_for_status()
    stored = [stored_statement(client, one["id"]) for one in given_statements]
    for question in questions:
        words = asked(question, scope, ids, stored)
        assert every_page(client, words, question["limit"]) == answer(stored, words)


def stored_statement(client: httpx.Client, statement_id: str) -> dict[str, Any]:
    """Return a statement as it is stored, voided or not."""
    found = client.get("/xAPI/statements", params={"statementId": statement_id})
    if found.status_code == httpx.codes.NOT_FOUND:
        found = client.get("/xAPI/statements", params={"voidedStatementId": statement_id})
    return dict(found.raise_for_status().json())
