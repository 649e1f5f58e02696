"""What is stored comes back as it was sent, but for what the specification lets an LRS change (Data 2.2, 2.4.6, 4)."""

import json

import httpx
import pytest

from conformance.communication.asking import get, new_id, statement, store

requirement = pytest.mark.requirement
CONTEXT_ACTIVITIES = ("parent", "grouping", "category", "other")


def post_text(lrs: httpx.Client, text: str | bytes) -> httpx.Response:
    """Send a body as it is, as JSON."""
    return lrs.post("statements", content=text, headers={"Content-Type": "application/json"})


@requirement("Data 2.2.s4.b3", "numbers keep the precision of IEEE 754 with 32 bits at least (XAPI-00002)")
@pytest.mark.parametrize(
    "number", ["0.12123434", "12.125", "45.45", "3.4028234e38", "1.17549435e-38", "0.1", "16777217"]
)
def test_numbers_are_kept_exactly(lrs: httpx.Client, number: str):
    own = new_id()
    sent = json.dumps(statement(id=own, result={"score": {"raw": "@"}})).replace('"@"', number)
    assert post_text(lrs, sent).status_code == 200
    text = lrs.get("statements", params={"statementId": own}).text
    assert json.loads(text)["result"]["score"]["raw"] == float(number)
    assert number in text


@requirement("Data 2.2", "a statement is a JSON object that is well-formed (XAPI-00014)")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "nonsense",
        '"a string"',
        "12",
        "null",
        "true",
        "[1]",
        '["a"]',
        "[null]",
        "[[]]",
        '{"actor": }',
        "{'actor': 1}",
    ],
)
def test_what_is_no_json_object_is_refused(lrs: httpx.Client, text: str):
    assert post_text(lrs, text).status_code == 400


@requirement("Data 2.2", "a value that only looks like a property is refused (XAPI-00014)")
def test_a_property_written_inside_a_value_is_refused(lrs: httpx.Client):
    actor = {"objectType": '"objectType": "Agent"', "mbox": "mailto:a@example.com"}
    assert lrs.post("statements", json=statement(actor=actor)).status_code == 400


@requirement("Data 2.4", "no property is used twice in one object (XAPI-00021)")
@pytest.mark.parametrize(
    ("written", "twice"),
    [
        ('"verb":', '"verb": {"id": "http://example.com/other"}, "verb":'),
        ('"mbox":', '"mbox": "mailto:other@example.com", "mbox":'),
        ('"display":', '"display": {"en": "a"}, "display":'),
        ('"en-GB":', '"en-GB": "again", "en-GB":'),
    ],
)
def test_a_property_used_twice_is_refused(lrs: httpx.Client, written: str, twice: str):
    text = json.dumps(statement())
    assert written in text
    assert post_text(lrs, text).status_code == 200
    assert post_text(lrs, text.replace(written, twice, 1)).status_code == 400


@requirement("Data 2.2", "strings are UTF-8, and come back as they were sent (XAPI-00015)")
@pytest.mark.parametrize(
    "words", ["出席した", "حضر", "ሰላም", "🎓🧑‍🏫", "é and e\u0301", "tab\tand\nline", '"quoted" \\ slashed /']
)
def test_words_of_every_script_are_kept(lrs: httpx.Client, words: str):
    (own,) = store(lrs, statement(result={"response": words}))
    assert get(lrs, own)["result"]["response"] == words


@requirement("Data 2.2", "bytes that are no UTF-8 are refused (XAPI-00015)")
def test_bytes_that_are_no_utf_8_are_refused(lrs: httpx.Client):
    text = json.dumps(statement(result={"response": "@"})).encode()
    assert post_text(lrs, text.replace(b"@", b"\xff\xfe")).status_code == 400


@requirement("Data 2.4.6.2.s4.b3", "a single context Activity comes back in an array (XAPI-00096)")
@pytest.mark.parametrize("inner", [False, True], ids=["statement", "substatement"])
@pytest.mark.parametrize("key", CONTEXT_ACTIVITIES)
def test_a_single_context_activity_comes_back_in_an_array(lrs: httpx.Client, key: str, inner: bool):
    activity = {"objectType": "Activity", "id": "http://example.com/course", "definition": {"name": {"en": "x"}}}
    part = statement(context={"contextActivities": {key: activity}})
    (own,) = store(lrs, statement(object={"objectType": "SubStatement", **part}) if inner else part)
    found = get(lrs, own)
    found = found["object"] if inner else found
    assert found["context"]["contextActivities"] == {key: [activity]}


@requirement("Data 2.4.4.s2", "nothing is added to what was sent: an object without objectType comes back so")
def test_no_object_type_is_added(lrs: httpx.Client):
    sent = statement(
        actor={"mbox": "mailto:a@example.com"},
        object={"id": "http://example.com/a"},
        context={"instructor": {"mbox": "mailto:b@example.com"}, "contextActivities": {"other": [{"id": "urn:x:y"}]}},
    )
    (own,) = store(lrs, sent)
    found = get(lrs, own)
    assert {key: found[key] for key in sent} == sent


@requirement("Data 2.4.4.1.s5", "a definition that is sent later changes no stored statement")
def test_a_later_definition_changes_no_stored_statement(lrs: httpx.Client):
    activity = f"http://example.com/activities/{new_id()}"
    first, bare = store(
        lrs,
        statement(object={"id": activity, "definition": {"name": {"en": "first"}}}),
        statement(object={"id": activity}),
    )
    store(lrs, statement(object={"id": activity, "definition": {"name": {"en": "second"}}}))
    assert get(lrs, first)["object"]["definition"] == {"name": {"en": "first"}}
    assert get(lrs, bare)["object"] == {"id": activity}


@requirement("Data 4.1.s4", "a statement is not refused for what its extensions hold")
def test_deep_and_odd_extensions_are_kept(lrs: httpx.Client):
    deep: object = "end"
    for _ in range(20):
        deep = {"within": [deep, None]}
    extensions = {"http://example.com/deep": deep, "http://example.com/key?a=b#c": {"": {"Actor": 1, "id": None}}}
    (own,) = store(lrs, statement(context={"extensions": extensions}))
    assert get(lrs, own)["context"]["extensions"] == extensions
