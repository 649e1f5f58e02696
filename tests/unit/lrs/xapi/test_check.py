"""Every structural rule and every coded rule of a statement, in the statement and in a SubStatement."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.xapi.check import check, must_have_id, uses_a_key_twice
from lrs.xapi.faults import Fault, InvalidStatement
from lrs.xapi.version import Version
from unit.lrs.xapi.statement_samples import SMALLEST, changed, inside_a_substatement, vectors

_CASES = [
    pytest.param(vector, Version(version), id=f"{version} {vector['what']}")
    for vector in vectors("statements")
    for version in vector.get("in", list(Version))
]
_PART_CASES = [case for case in _CASES if not case.values[0].get("statement_only")]


_TEXT = orjson.dumps(SMALLEST)
_PIECES = (
    _TEXT,
    _TEXT.replace(b",", b" ,\n"),
    orjson.dumps({**SMALLEST, "version": "1.0.3", "actor": {"name": 'a "quoted" name', **SMALLEST["actor"]}}),
    _TEXT.replace(b'"mbox"', b'"name":"\\u0022","mbox"'),
    _TEXT[:-1] + b',"actor":{"mbox":"mailto:another@example.com"}}',
    _TEXT.replace(b'"verb":{', b'"verb":{"display":{"en":"","en":"\\u0022\\u0022\\u0022\\u0022"},'),
    orjson.dumps({**SMALLEST, "verb": {"id": "no IRI"}}),
    orjson.dumps({**SMALLEST, "result": {"score": {"raw": 9, "max": 1}}}),
    b"[]",
    b"7",
    _TEXT[:-1],
    _TEXT + b"," + _TEXT,
    _TEXT + b"]",
    b"",
)


def _faults_and_bodies(raws: list[bytes]) -> tuple[list[Fault], list[dict[str, Any]]]:
    try:
        return [], [one.body for one in check(raws, Version.V1_0_3)]
    except InvalidStatement as refusal:
        return list(refusal.faults), []


@given(raws=st.lists(st.sampled_from(_PIECES), max_size=8), sound=st.integers(0, 140), place=st.integers(0, 140))
def test_in_a_batch_a_statement_is_what_it_is_alone(raws: list[bytes], sound: int, place: int) -> None:
    raws = [*[_TEXT] * min(place, sound), *raws, *[_TEXT] * max(0, sound - place)]
    alone = [_faults_and_bodies([raw]) for raw in raws]
    faults = [replace(fault, statement_index=place) for place, (found, _) in enumerate(alone) for fault in found]
    bodies = [] if faults else [body for _, found in alone for body in found]
    assert _faults_and_bodies(raws) == (faults, bodies)


def _faulty_places(statement: dict[str, Any], version: Version) -> set[str]:
    try:
        check([orjson.dumps(statement)], version)
    except InvalidStatement as refusal:
        return {
            fault.pointer for fault in refusal.faults if fault.rule and fault.message and fault.statement_index == 0
        }
    return set()


@pytest.mark.parametrize(("vector", "version"), _CASES)
def test_a_statement_is_refused_exactly_where_it_breaks_a_rule(vector: dict[str, Any], version: Version) -> None:
    statement = changed(SMALLEST, vector.get("set", {}), vector.get("drop", []))
    assert _faulty_places(statement, version) == set(vector["faults"])


@pytest.mark.parametrize(("vector", "version"), _PART_CASES)
def test_a_substatement_obeys_the_same_rules(vector: dict[str, Any], version: Version) -> None:
    part = changed(SMALLEST, vector.get("set", {}), vector.get("drop", []))
    expected = {"/object" + pointer for pointer in vector["faults"]}
    assert _faulty_places(inside_a_substatement(part), version) == expected


def test_every_fault_of_every_statement_is_listed_and_nothing_is_returned() -> None:
    good = orjson.dumps(SMALLEST)
    bad = orjson.dumps(changed(SMALLEST, {"/result": {"score": {"scaled": 2}, "success": "yes"}}, ["/verb"]))
    with pytest.raises(InvalidStatement) as caught:
        check([good, bad, b"{]", bad], Version.V1_0_3)
    places = [(fault.statement_index, fault.pointer) for fault in caught.value.faults]
    assert places.count((1, "/result/score/scaled")) == 1
    assert {index for index, _ in places} == {1, 2, 3}
    assert "score.scaled is outside -1..1" in [fault.message for fault in caught.value.faults]


def test_faults_name_the_section_of_the_version_in_use() -> None:
    raw = orjson.dumps(changed(SMALLEST, {"/result": {"score": {"scaled": 2}}}, []))
    rules = []
    for version in Version:
        with pytest.raises(InvalidStatement) as caught:
            check([raw], version)
        rules.append(caught.value.faults[0].rule)
    assert rules == ["Data 2.4.5.1", "IEEE 9274.1.1 4.2.2.4"]


@pytest.mark.parametrize("version", list(Version))
def test_an_id_used_twice_in_a_batch_refuses_the_batch(version: Version) -> None:
    statement_id = "aa97b177-9383-4934-8543-0f91a7a02836"
    raws = [orjson.dumps({**SMALLEST, "id": text}) for text in (statement_id, statement_id.upper())]
    with pytest.raises(InvalidStatement, match="id is used twice in the batch") as caught:
        check(raws, version)
    assert caught.value.faults[0].statement_index == 1


def test_a_checked_statement_keeps_its_bytes_and_names_its_id() -> None:
    raw = b' {"id":"AA97B177-9383-4934-8543-0F91A7A02836",' + orjson.dumps(SMALLEST)[1:]
    (checked,) = check([raw.strip()], Version.V1_0_3)
    assert checked.received == raw.strip()
    assert checked.id == UUID("aa97b177-9383-4934-8543-0f91a7a02836")
    assert check([orjson.dumps(SMALLEST)], Version.V1_0_3)[0].id is None


@pytest.mark.parametrize(
    ("text", "twice"),
    [
        (b'{"a":1,"b":{"a":2}}', False),
        (b'{"a":1,"a":2}', True),
        (b'{"a":1,"b":{"c":1 ,"c" : 2}}', True),
        (b'{"a" : 1, "b": "x : y"}', False),
        (b'{"a":"\\":","b":1}', False),
        (b'{"a":"\\u0022:","a":1}', True),
        (b'{"a":{"b":1},"\\u0022":' + b"9" * 300 + b"}", False),
        (b'{"a":{"x":1,"y":2},"a":{"x":1,"z":"\\":\\":"}}', True),
    ],
)
def test_a_property_used_twice_is_noticed(text: bytes, twice: bool) -> None:
    assert uses_a_key_twice(text, orjson.loads(text)) is twice


def test_a_statement_with_a_property_used_twice_is_refused() -> None:
    raw = orjson.dumps(SMALLEST)[:-1] + b',"verb":{"id":"http://example.com/verbs/failed"}}'
    with pytest.raises(InvalidStatement, match="a property is used twice"):
        check([raw], Version.V1_0_3)


def test_a_put_with_another_id_in_its_body_is_refused() -> None:
    statement_id = UUID("aa97b177-9383-4934-8543-0f91a7a02836")
    (same,) = check([orjson.dumps({**SMALLEST, "id": str(statement_id).upper()})], Version.V1_0_3)
    (other,) = check([orjson.dumps({**SMALLEST, "id": str(UUID(int=1))})], Version.V1_0_3)
    must_have_id(same, statement_id)
    with pytest.raises(InvalidStatement, match="id is not the statementId"):
        must_have_id(other, statement_id)


def test_a_wrongly_spelt_property_is_named_with_its_right_spelling() -> None:
    with pytest.raises(InvalidStatement) as caught:
        check([orjson.dumps({**SMALLEST, "Result": {}})], Version.V2_0_0)
    assert (
        caught.value.faults[0].message == "the statement has the unknown property Result; the property is spelt result"
    )


def test_a_flood_of_faults_is_cut_off_and_says_so() -> None:
    flooded = orjson.dumps({**SMALLEST, **{f"unknown{number}": 1 for number in range(5000)}})
    bad = orjson.dumps({**SMALLEST, "result": 1})
    for raws in ([flooded], [bad] * 3000):
        with pytest.raises(InvalidStatement) as caught:
            check(raws, Version.V1_0_3)
        assert len(caught.value.faults) == 1001
        assert caught.value.faults[-1].message == "the batch has 1000 faults or more; what follows was not checked"
