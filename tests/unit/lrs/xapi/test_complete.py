"""What the record store assigns, and that nothing else changes."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest

from lrs.xapi import stored_text
from lrs.xapi.check import check
from lrs.xapi.complete import Completed, complete
from lrs.xapi.version import Version
from unit.lrs.xapi.statement_samples import SMALLEST, changed, inside_a_substatement

ID = UUID("aa97b177-9383-4934-8543-0f91a7a02836")
NOW = datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)
AUTHORITY = {"objectType": "Agent", "account": {"homePage": "http://lrs.example.com", "name": "key-1"}}


def _completed(raw: bytes, version: Version = Version.V1_0_3) -> Completed:
    (checked,) = check([raw], version)
    return complete(checked, statement_id=ID, authority=AUTHORITY, timestamp=NOW, version=version)


def test_a_bare_statement_gets_id_timestamp_authority_and_version() -> None:
    raw = orjson.dumps(SMALLEST)
    completed = _completed(raw)
    assert completed.entry_id == ID
    assert completed.body == {
        **SMALLEST,
        "id": str(ID),
        "timestamp": "2026-01-02T03:04:05.123456Z",
        "authority": AUTHORITY,
        "version": "1.0.0",
    }
    stored = {key: value for key, value in completed.body.items() if key != "timestamp"}
    assert orjson.loads(stored_text.stored_text(completed.payload)) == stored
    assert stored_text.received(completed.payload) == raw


def test_the_version_of_two_is_two() -> None:
    assert _completed(orjson.dumps(SMALLEST), Version.V2_0_0).body["version"] == "2.0.0"


def test_the_received_text_comes_back_byte_for_byte_with_the_assigned_properties_behind_it() -> None:
    raw = (
        b'{"version": "1.0.9", "result":{"score":{"raw": 1.0e+0,"max":10.00}} , ' + orjson.dumps(SMALLEST)[1:-1] + b" }"
    )
    text = stored_text.stored_text(_completed(raw).payload)
    assert text.startswith(raw[:-1] + b',"id":"')
    assert text.count(b'"version"') == 1


def test_exact_adds_when_it_was_stored_as_the_timestamp_too_where_none_was_sent() -> None:
    recorded, written = datetime(2026, 5, 6, 7, 8, 9, 1, tzinfo=UTC), "2026-05-06T07:08:09.000001Z"
    without = _completed(orjson.dumps(SMALLEST))
    assert orjson.loads(stored_text.exact(without.payload, recorded)) == {
        **without.body,
        "timestamp": written,
        "stored": written,
    }
    sent = _completed(orjson.dumps({**SMALLEST, "timestamp": "2020-01-01T00:00:00Z"}))
    assert orjson.loads(stored_text.exact(sent.payload, recorded)) == {**sent.body, "stored": written}


def test_a_statement_that_has_everything_is_stored_as_it_is() -> None:
    whole = {
        **SMALLEST,
        "id": str(ID).upper(),
        "timestamp": "2020-01-01T00:00:00+01:00",
        "version": "1.0",
        "authority": AUTHORITY,
    }
    completed = _completed(orjson.dumps(whole))
    assert stored_text.stored_text(completed.payload) == orjson.dumps(whole)
    assert completed.entry_id == ID
    assert completed.body == whole


def test_stored_and_the_claimed_authority_of_a_client_are_replaced() -> None:
    claimed = {**SMALLEST, "stored": "2001-01-01T00:00:00Z", "authority": {"mbox": "mailto:boss@example.com"}}
    completed = _completed(orjson.dumps(claimed))
    exact = orjson.loads(stored_text.exact(completed.payload, NOW))
    assert exact["authority"] == AUTHORITY == completed.body["authority"]
    assert exact["stored"] == "2026-01-02T03:04:05.123456Z"
    assert stored_text.received(completed.payload) == orjson.dumps(claimed)


@pytest.mark.parametrize("wrap", [dict, inside_a_substatement], ids=["statement", "SubStatement"])
def test_a_single_context_activity_comes_back_as_an_array_and_other_bytes_stay(wrap: Any) -> None:
    context = {
        "contextActivities": {"parent": {"id": "http://x.y/p"}, "other": [{"id": "http://x.y/o"}]},
        "extensions": {"http://x.y/e": "NUMBER"},
    }
    raw = orjson.dumps(wrap(changed(SMALLEST, {"/context": context}, []))).replace(b'"NUMBER"', b"1.50E0")
    completed = _completed(raw)
    text = stored_text.stored_text(completed.payload)
    assert b'"parent":[{"id":"http://x.y/p"}],"other":[{"id":"http://x.y/o"}]' in text
    assert b'"http://x.y/e":1.50E0' in text
    assert completed.body == {**orjson.loads(text), "timestamp": "2026-01-02T03:04:05.123456Z"}
    assert stored_text.received(completed.payload) == raw


def test_escaped_and_foreign_text_survives_a_rewrite() -> None:
    raw = (
        '{"stored":"2001-01-01T00:00:00Z","actor":{"mbox":"mailto:a@example.com","name":"Zo\\u00eb 日本 \\/"},'.encode()
    )
    raw += b'"verb":{"id":"http://x.y/v"},"object":{"id":"http://x.y/a"}}'
    text = stored_text.stored_text(_completed(raw).payload)
    assert '"name":"Zo\\u00eb 日本 \\/"'.encode() in text


@pytest.mark.parametrize("payload", [b"", b"\x00\x00", b"\x00\x00\x00\x02{}garbled", b"\x00\x00\x00\x09{}"])
def test_what_was_not_made_by_pack_is_told(payload: bytes) -> None:
    with pytest.raises(stored_text.Garbled):
        stored_text.exact(payload, NOW)
