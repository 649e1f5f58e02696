"""Statements that are nearly right: complete ones with members changed, moved or lost, then as text cut or scrambled."""

import copy
from typing import Any

from hypothesis import strategies as st

from integration.fuzz.values import ACTIVITY, AGENT, IDS, VERBS, as_json, sometimes, wild, words

ADA = {"objectType": "Agent", "mbox": "mailto:ada@example.com", "name": "Ada"}
BEN = {"account": {"homePage": "https://signals.example", "name": "ben"}}
GROUP = {"objectType": "Group", "name": "Pair", "member": [ADA, BEN]}
NAMED_GROUP = {"objectType": "Group", "mbox_sha1sum": "0" * 40, "member": [{"openid": "https://signals.example/ada"}]}
DEFINITION = {
    "name": {"en-US": "Text 1", "de": "Text 1"},
    "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
    "moreInfo": "https://signals.example/more",
    "interactionType": "choice",
    "correctResponsesPattern": ["a[,]b"],
    "choices": [{"id": "a", "description": {"en": "A"}}, {"id": "b"}],
    "extensions": {"https://signals.example/x": {"deep": [1, {"er": None}]}},
}
SCORED = {
    "actor": ADA,
    "verb": {"id": VERBS[0], "display": {"en-US": "scored"}},
    "object": {"objectType": "Activity", "id": ACTIVITY, "definition": DEFINITION},
    "result": {
        "score": {"scaled": 0.75, "raw": 3, "min": 0, "max": 4},
        "success": True,
        "completion": True,
        "response": "a[,]b",
        "duration": "PT12M30.5S",
        "extensions": {"https://signals.example/wpm": 21.5},
    },
    "timestamp": "2026-03-01T10:15:30.250Z",
}
CONTEXT = {
    "registration": IDS[9],
    "instructor": BEN,
    "team": NAMED_GROUP,
    "contextActivities": {"parent": {"id": ACTIVITY}, "category": [{"id": "https://signals.example/c"}], "other": []},
    "revision": "2",
    "platform": "key",
    "language": "en-GB",
    "statement": {"objectType": "StatementRef", "id": IDS[3]},
    "extensions": {"https://signals.example/x": 1},
}
CONTEXT_2 = {
    "contextAgents": [{"objectType": "contextAgent", "agent": BEN, "relevantTypes": ["https://signals.example/t"]}],
    "contextGroups": [{"objectType": "contextGroup", "group": GROUP}],
}
FILE = {
    "usageType": "https://signals.example/recording",
    "display": {"en": "Recording"},
    "contentType": "audio/wav",
    "length": 4,
    "sha2": "03ac674216f3e15c761ee1a5e255f067953623c8b388b4459e13f978d7c846f4",
    "fileUrl": "https://signals.example/1.wav",
}
SUB = {
    "objectType": "SubStatement",
    "actor": BEN,
    "verb": {"id": VERBS[2]},
    "object": {"id": ACTIVITY},
    "context": CONTEXT,
}
REFERENCE = {"objectType": "StatementRef", "id": IDS[1]}

COMPLETE: list[dict[str, Any]] = [
    SCORED,
    SCORED | {"id": IDS[2], "context": CONTEXT, "version": "1.0.0"},
    SCORED | {"actor": GROUP, "context": CONTEXT_2, "version": "2.0.0"},
    SCORED | {"attachments": [FILE], "authority": ADA, "stored": "2026-01-01T00:00:00Z"},
    {"actor": NAMED_GROUP, "verb": {"id": VERBS[2]}, "object": SUB},
    {"actor": ADA, "verb": {"id": VERBS[1]}, "object": REFERENCE},
    {"actor": ADA, "verb": {"id": VERBS[2]}, "object": ADA, "result": {"score": {"scaled": -1}}},
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every member and entry below ``value``, in a fixed order."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, below in inner for found in [(*path, key), *places(below, (*path, key))]]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    """Return what lies at ``path``."""
    for key in path:
        value = value[key]
    return value


@st.composite
def mutated(draw: st.DrawFn, whole: dict[str, Any], most: int = 3) -> dict[str, Any]:
    """Draw ``whole`` with up to ``most`` changes."""
    changed = copy.deepcopy(whole)
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 1, most]))):
        *above, key = draw(st.sampled_from(places(changed) or [("actor",)]))
        holder = at(changed, tuple(above))
        match draw(st.sampled_from(["replace", "lose", "add", "move", "reference"])):
            case "replace":
                holder[key] = draw(wild)
            case "lose":
                del holder[key]
            case "add" if isinstance(holder, dict):
                holder[draw(words)] = draw(wild)
            case "move":
                holder[key] = copy.deepcopy(at(whole, draw(st.sampled_from(places(whole)))))
            case "reference" if isinstance(holder, dict):
                holder["id"] = draw(st.sampled_from(IDS))
        if not changed:
            break
    return changed


statements = st.sampled_from(COMPLETE).flatmap(mutated)


@st.composite
def with_id(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a statement that often has an id that others have too."""
    statement = draw(statements)
    return statement | {"id": draw(st.sampled_from(IDS))} if sometimes(draw, 3) else statement


@st.composite
def scrambled(draw: st.DrawFn, text: st.SearchStrategy[bytes]) -> bytes:
    """Draw a text; one in eight is cut, or has bytes put in, or something said twice."""
    whole = draw(text)
    if not sometimes(draw, 8):
        return whole
    place = draw(st.integers(0, len(whole)))
    match draw(st.sampled_from(["cut", "insert", "overwrite", "twice"])):
        case "cut":
            return whole[:place]
        case "insert":
            return whole[:place] + draw(st.binary(max_size=4)) + whole[place:]
        case "overwrite":
            return whole[:place] + draw(st.binary(max_size=4)) + whole[place + 2 :]
        case _:
            return whole.replace(b",", b',"actor":' + AGENT.encode() + b",", 1)


one = with_id().map(as_json)
batches = st.lists(with_id(), max_size=4).map(as_json)
wide_text = with_id().map(lambda statement: as_json(statement, ascii_only=False))
nearly_right = scrambled(one | batches | wide_text)
statement_bodies = st.one_of(nearly_right, nearly_right, nearly_right, wild.map(as_json) | st.binary(max_size=60))
