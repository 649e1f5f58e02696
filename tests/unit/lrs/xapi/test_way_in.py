"""The whole way in, from bytes to a payload, for any bytes: refused with reasons, or kept exactly."""

import json
from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrs.xapi import stored_text
from lrs.xapi.batch import split
from lrs.xapi.check import check
from lrs.xapi.complete import complete
from lrs.xapi.equivalence import equivalent
from lrs.xapi.faults import InvalidRequest
from lrs.xapi.format import canonical, ids
from lrs.xapi.terms import index
from lrs.xapi.version import Version
from unit.lrs.xapi.statement_samples import SMALLEST, VECTORS, changed, inside_a_substatement, vectors

ID = UUID("aa97b177-9383-4934-8543-0f91a7a02836")
NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
AUTHORITY = {"objectType": "Agent", "account": {"homePage": "http://lrs.example.com", "name": "key"}}

_PARTS = [changed(SMALLEST, vector.get("set", {}), vector.get("drop", [])) for vector in vectors("statements")]
_TEXTS = [json.dumps(part, ensure_ascii=False, indent=indent).encode() for part in _PARTS for indent in (None, 1)]
_REAL = (VECTORS / "video-statements.ndjson").read_bytes().splitlines()
_WRAPPED = [orjson.dumps(inside_a_substatement(part)) for part in _PARTS if "id" not in part]


def _prove(raw: bytes, version: Version) -> None:
    """Check one statement text and, if it is valid, hold every promise made about it."""
    try:
        (checked,) = check(split(raw), version)
    except InvalidRequest as refusal:
        for fault in refusal.faults:
            orjson.dumps([fault.message, fault.pointer, fault.rule])
        return
    completed = complete(checked, statement_id=ID, authority=AUTHORITY, timestamp=NOW, version=version)
    exact = orjson.loads(stored_text.exact(completed.payload, NOW))
    assert stored_text.received(completed.payload) == raw.strip()
    assert exact == {**completed.body, "stored": "2026-01-02T03:04:05.678901Z"}
    assert exact["authority"] == AUTHORITY
    assert equivalent(checked.body, exact)
    assert equivalent(exact, checked.received)
    assert index(completed.body).terms
    assert ids(completed.body)["verb"] == {"id": exact["verb"]["id"]}
    assert canonical(completed.body, "en")["actor"] == exact["actor"]


@settings(max_examples=800, deadline=None, derandomize=True)
@given(st.sampled_from(_TEXTS + _REAL + _WRAPPED), st.sampled_from(list(Version)))
def test_every_known_statement_is_refused_or_kept_exactly(raw: bytes, version: Version) -> None:
    _prove(raw, version)


@settings(max_examples=800, deadline=None, derandomize=True)
@given(st.sampled_from(_TEXTS + _REAL), st.sampled_from(list(Version)), st.data())
def test_a_damaged_text_is_refused_or_kept_exactly(raw: bytes, version: Version, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(raw)))
    length = data.draw(st.integers(0, 12))
    patch = data.draw(
        st.binary(max_size=6) | st.sampled_from([b'"', b"{", b"]", b"null", b"1e999", b"-0", b"\\u0000", b'"id":'])
    )
    damaged = raw[:start] + patch + raw[start + length :]
    if damaged.strip(b" \t\r\n")[:1] == b"{":
        _prove(damaged.strip(b" \t\r\n"), version)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
    )
)
def test_any_json_is_refused(value: object) -> None:
    raw = json.dumps(value).encode()
    for version in Version:
        if value == []:
            assert check(split(raw), version) == []
        else:
            with pytest.raises(InvalidRequest):
                check(split(raw), version)
