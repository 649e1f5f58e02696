"""The log entry: what a leaf of the tree says, and to which bytes it commits."""

import hashlib
import hmac
from datetime import UTC, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from lrs.log.facts import FACTS
from projector.notary.core.encoding import to_base64
from projector.notary.core.entry import (
    EVENT_TYPES,
    Segment,
    WholeFact,
    commitment,
    event_nonce,
    event_type,
    make_entry,
    parse_entry,
    received_bytes,
)
from projector.notary.core.faults import MalformedEntry
from unit.projector.notary.facts_for_leaves import DATA_KEY, START, fact, statement_payload


def entry_of(log_entry):
    return make_entry(
        log_entry.topic,
        log_entry.entry_id,
        log_entry.recorded,
        log_entry.blob,
        WholeFact(DATA_KEY)(log_entry.topic, log_entry.payload),
    )


def test_an_entry_is_five_lines_that_name_nobody():
    log_entry = fact(7)
    lines = entry_of(log_entry).text().decode().split("\n")
    assert lines[:3] == ["mastrail-entry/v1", "2026-11-22T01:02:03.130456Z", "statement.stored"]
    assert lines[3] == to_base64(hashlib.sha256(log_entry.blob).digest())
    assert len(lines) == 6
    assert lines[5] == ""
    assert str(log_entry.entry_id) not in "\n".join(lines)


def test_the_commitment_is_hmac_under_a_salt_that_hkdf_expands():
    log_entry = fact(7, content=b'{"a":1.0}')
    micros = (
        log_entry.recorded - START.replace(year=1970, month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    ) // timedelta(microseconds=1)
    nonce = log_entry.entry_id.bytes + micros.to_bytes(8, "big")
    salt = HKDFExpand(SHA256(), 32, b"mastrail/commit/v1" + nonce + b"\0\0\0\0").derive(DATA_KEY)
    part = hmac.new(salt, b'{"a":1.0}', "sha256").digest()
    assert entry_of(log_entry).commitment == hashlib.sha256(b"mastrail-commit/v1\0" + part).digest()


def test_the_salts_of_two_segments_and_of_two_facts_differ():
    twice = [Segment(DATA_KEY, b"same"), Segment(DATA_KEY, b"same")]
    one, other = fact(1), fact(2)
    commitments = {
        make_entry(entry.topic, entry.entry_id, entry.recorded, b"", segments).commitment
        for entry in (one, other)
        for segments in (twice, twice[:1])
    }
    assert len(commitments) == 4
    assert event_nonce(one.entry_id, one.recorded) != event_nonce(one.entry_id, other.recorded)


def test_a_commitment_opens_with_the_other_salts_alone():
    assert commitment([(b"s", b"a"), (b"t", b"b")]) != commitment([(b"t", b"b"), (b"s", b"a")])


def test_an_administrative_fact_commits_to_its_whole_payload():
    policy = fact(3, topic="mastrail.policy.activated.v1")
    assert WholeFact(DATA_KEY)(policy.topic, policy.payload)[0].content == policy.payload
    assert entry_of(policy).event_type == "policy.activated"


def test_a_statement_commits_to_its_bytes_as_received():
    assert WholeFact(DATA_KEY)("xapi.statement.stored.v1", statement_payload(b"{ }", b',"id":1}'))[0].content == b"{ }"


def test_keys_and_contents_stay_out_of_every_repr():
    assert "data_key" not in repr(WholeFact(DATA_KEY))
    assert repr(Segment(DATA_KEY, b"secret")) == "Segment()"


@pytest.mark.parametrize("payload", [b"", b"\0\0\0", b"\0\0\0\x02a"])
def test_a_payload_shorter_than_it_says_is_refused(payload):
    with pytest.raises(MalformedEntry, match="shorter"):
        received_bytes(payload)


def test_a_topic_outside_the_vocabulary_stops_the_notary():
    with pytest.raises(MalformedEntry, match=r"mastrail\.unheard\.of\.v1"):
        event_type("mastrail.unheard.of.v1")


def test_every_topic_of_the_log_has_an_event_type_that_follows_from_its_name():
    assert set(FACTS) == set(EVENT_TYPES)
    assert all(kind == ".".join(topic.split(".")[1:-1]) for topic, kind in EVENT_TYPES.items())
    assert len(set(EVENT_TYPES.values())) == len(EVENT_TYPES)


@given(
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])).filter(
        lambda moment: 2 < moment.year < 9998
    ),
    st.sampled_from(sorted(EVENT_TYPES)),
    st.binary(max_size=50),
)
def test_an_entry_is_read_back_to_the_same_text_and_stays_small(recorded, topic, blob):
    text = make_entry(topic, fact(1).entry_id, recorded, blob, [Segment(DATA_KEY, blob)]).text()
    assert parse_entry(text).text() == text
    assert parse_entry(text).recorded == recorded
    assert len(text) <= 512


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"v1", b"v2"), (b"Z", b""), (b"Z", b"+00:00"), (b"T", b" "), (b".130456", b".13"), (b"statement.stored", b"other"),
     (b"=\n", b"\n"), (b"\n", b"\r\n"), (b"2026", b"\xff"), (b"stored\n", b"stored\n\n"), (b"v1\n", b"v1\n" + b"x" * 600)],
)  # fmt: skip
def test_what_is_no_entry_is_refused(old, new):
    text = entry_of(fact(7)).text()
    assert old in text
    with pytest.raises(MalformedEntry):
        parse_entry(text.replace(old, new))


def test_an_entry_cut_short_at_any_byte_is_refused():
    text = entry_of(fact(7)).text()
    for end in range(len(text)):
        with pytest.raises(MalformedEntry):
            parse_entry(text[:end])
