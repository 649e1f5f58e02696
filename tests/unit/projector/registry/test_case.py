"""Frameworks travel as CASE 1.1 packages, and come back as they were."""

import re
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projector.registry.case import from_case, to_case
from projector.registry.documents import check_framework
from projector.registry.faults import InvalidDocument

CHANGED = "2026-01-02T03:04:05Z"
FRAMEWORK: dict[str, Any] = {
    "apiVersion": "mastrail/v1",
    "kind": "Framework",
    "id": "https://example.org/f",
    "version": "2026.1",
    "title": "A framework",
    "description": "What it is about",
    "items": [
        {"id": "https://example.org/f/a", "code": "A", "statement": "Does a"},
        {"id": "https://example.org/f/b", "statement": "Does b", "parent": "https://example.org/f/a"},
        {
            "id": "https://example.org/f/c",
            "statement": "Does c",
            "parent": "https://example.org/f/b",
            "replaces": ["urn:old", "urn:older"],
        },
    ],
}
_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
_REQUIRED = {
    "CFDocument": ("identifier", "uri", "creator", "title", "lastChangeDateTime", "CFPackageURI"),
    "CFItems": ("identifier", "uri", "fullStatement", "CFDocumentURI", "lastChangeDateTime"),
    "CFAssociations": (
        "identifier",
        "uri",
        "associationType",
        "originNodeURI",
        "destinationNodeURI",
        "lastChangeDateTime",
    ),
}


def package() -> dict[str, Any]:
    return to_case(FRAMEWORK, changed=CHANGED, creator="Example")


@st.composite
def frameworks(draw: st.DrawFn) -> dict[str, Any]:
    """A forest of any shape, with and without what may be left out."""
    count = draw(st.integers(1, 12))
    text = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
    items = []
    for number in range(count):
        item: dict[str, Any] = {"id": f"https://example.org/f/{number}", "statement": draw(text)}
        above = draw(st.none() | st.integers(0, number - 1)) if number else None
        item |= {} if above is None else {"parent": f"https://example.org/f/{above}"}
        item |= {"code": draw(text)} if draw(st.booleans()) else {}
        old = draw(st.lists(st.integers(0, 99), unique=True, max_size=3))
        item |= {"replaces": [f"urn:old:{one}" for one in old]} if old else {}
        items.append(item)
    return {**FRAMEWORK, "title": draw(text), "items": items}


@given(frameworks())
def test_a_framework_comes_back_from_its_package_as_it_was(framework: dict[str, Any]) -> None:
    check_framework(framework)
    assert from_case(to_case(framework, changed=CHANGED, creator="Example")) == framework


def test_a_package_goes_through_a_framework_unchanged() -> None:
    assert to_case(from_case(package()), changed=CHANGED, creator="Example") == package()


def test_everything_that_case_requires_is_there() -> None:
    told = package()
    parts = [("CFDocument", told["CFDocument"])]
    parts += [(name, one) for name in ("CFItems", "CFAssociations") for one in told[name]]
    for name, part in parts:
        assert not [member for member in _REQUIRED[name] if not part.get(member)]
        assert _UUID.fullmatch(part["identifier"])
    identifiers = [part["identifier"] for _, part in parts]
    assert len(set(identifiers)) == len(identifiers)
    assert {one["associationType"] for one in told["CFAssociations"]} == {"isChildOf", "replacedBy"}


def test_what_others_say_besides_is_passed_over() -> None:
    told = package()
    told["CFRubrics"] = []
    told["CFItems"][0]["educationLevel"] = ["09"]
    told["CFAssociations"].append({**told["CFAssociations"][0], "associationType": "isRelatedTo"})
    assert from_case(told) == FRAMEWORK


def test_a_package_without_a_version_needs_one() -> None:
    told = package()
    del told["CFDocument"]["version"]
    assert from_case(told, version="7")["version"] == "7"
    with pytest.raises(InvalidDocument) as refused:
        from_case(told)
    assert refused.value.faults[0].pointer == "/CFDocument/version"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda told: told.pop("CFDocument"), "/CFDocument"),
        (lambda told: told["CFItems"][1].pop("fullStatement"), "/CFItems/1/fullStatement"),
        (lambda told: told["CFItems"][1].update(uri=7), "/CFItems/1/uri"),
        (lambda told: told.update(CFItems={}), "/CFItems"),
        (lambda told: told["CFItems"].pop(0), "/CFAssociations/1/destinationNodeURI"),
        (lambda told: told["CFAssociations"][1].pop("originNodeURI"), "/CFAssociations/1"),
        (
            lambda told: told["CFAssociations"].append(
                {**told["CFAssociations"][1], "destinationNodeURI": told["CFAssociations"][2]["originNodeURI"]}
            ),
            "/CFAssociations/5/destinationNodeURI",
        ),
    ],
)
def test_a_package_that_cannot_be_kept_is_refused_where_it_is_at_fault(change: Any, pointer: str) -> None:
    told = deepcopy(package())
    change(told)
    with pytest.raises(InvalidDocument) as refused:
        from_case(told)
    assert refused.value.faults[0].pointer == pointer


@pytest.mark.parametrize("nonsense", [None, [], "x", {"CFDocument": []}])
def test_what_is_no_package_is_refused(nonsense: object) -> None:
    with pytest.raises(InvalidDocument, match="CFDocument"):
        from_case(nonsense)
