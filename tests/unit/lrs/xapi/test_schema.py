"""The fast validator and the explaining one are the same judge, on valid, real and broken statements."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrs.contracts import load_schemas
from lrs.xapi.explain import explain
from lrs.xapi.schema import fast_validator
from lrs.xapi.version import Version
from unit.lrs.xapi.statement_samples import SMALLEST, VECTORS, changed, inside_a_substatement, vectors

_VALID = [
    changed(SMALLEST, vector.get("set", {}), vector.get("drop", []))
    for vector in vectors("statements")
    if not vector["faults"]
]
_REAL = [json.loads(line) for line in (VECTORS / "video-statements.ndjson").read_text(encoding="utf-8").splitlines()]
_TEXTS = st.sampled_from(
    [
        *("", "Agent", "Group", "Activity", "agent", "SubStatement", "StatementRef", "contextAgent", "true"),
        *(
            "http://x.y/z",
            "mailto:a@b",
            "no iri",
            "1.0.0",
            "2.0.0",
            "en-US",
            "x-y",
            "en-a-bb-a-cc",
            "choice",
            "1.0.3\n",
        ),
        *("aa97b177-9383-4934-8543-0f91a7a02836", "2020-01-01T00:00:00Z", "2020-02-30T00:00:00Z", "PT1S", "P1W2D"),
    ]
)
_KEYS = st.sampled_from(
    [
        *sorted({key for schema in load_schemas("xapi/2.0.0").values() for key in schema.get("properties", {})}),
        "Actor",
        "x",
    ]
)
_VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-2, 2) | _TEXTS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_KEYS | _TEXTS, inner, max_size=2),
    max_leaves=4,
)


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            found.extend(_places(value, (*path, key)))
    return found


def _mutated(statement: dict[str, Any], draw: Any) -> dict[str, Any]:
    result = copy.deepcopy(statement)
    for _ in range(draw(st.integers(0, 3))):
        places = [path for path in _places(result) if path]
        *parents, last = draw(st.sampled_from(places))
        node: Any = result
        for step in parents:
            node = node[step]
        match draw(st.sampled_from(["set", "drop", "add"])):
            case "set":
                node[last] = draw(_VALUES)
            case "drop" if len(result) > 1:
                del node[last]
            case _ if isinstance(node[last], dict):
                node[last][draw(_KEYS)] = draw(_VALUES)
    return result


@st.composite
def _statements(draw: Any) -> dict[str, Any]:
    base = draw(st.sampled_from(_VALID + _REAL))
    if "id" not in base and draw(st.booleans()):
        base = inside_a_substatement({key: value for key, value in base.items() if key != "authority"})
    return _mutated(base, draw)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(_statements(), st.sampled_from(list(Version)))
def test_both_validators_agree_on_every_statement(statement: dict[str, Any], version: Version) -> None:
    faults = explain(version, "statement", statement)
    assert fast_validator(version, "statement")(statement) is (not faults)
    assert all(fault.message and fault.rule for fault in faults)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(load_schemas("xapi/2.0.0"))), st.sampled_from(list(Version)), _VALUES)
def test_both_validators_agree_on_any_value_as_any_object(name: str, version: Version, value: Any) -> None:
    if name in load_schemas(f"xapi/{version}"):
        assert fast_validator(version, name)(value) is (not explain(version, name, value))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.sampled_from(
        ["iri", "mailto", "uuid", "timestamp", "duration", "language_tag", "media_type", "sha2", "sha1sum"]
    ),
    st.sampled_from(list(Version)),
    _TEXTS | st.text(max_size=12) | st.from_regex(r"[A-Za-z0-9:./+TZPSWx\-\s]{0,24}"),
)
def test_both_validators_agree_on_any_text_as_any_data_type(name: str, version: Version, text: str) -> None:
    assert fast_validator(version, name)(text) is (not explain(version, name, text))


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("statement", _REAL, ids=lambda statement: statement["verb"]["id"].rpartition("/")[2])
def test_real_statements_are_valid(statement: dict[str, Any], version: Version) -> None:
    assert fast_validator(version, "statement")(statement)


@pytest.mark.parametrize("version", list(Version))
def test_every_schema_names_its_section_and_itself(version: Version) -> None:
    for name, schema in load_schemas(f"xapi/{version}").items():
        assert schema["$id"] == f"urn:mastrail:schema:xapi:{version}:{name}"
        assert schema["$comment"].startswith("Data " if version is Version.V1_0_3 else "IEEE 9274.1.1 ")
