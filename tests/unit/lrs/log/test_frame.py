"""The frame around stored payloads."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.log import frame
from lrs.log.faults import StoreDamaged

times = st.datetimes(timezones=st.just(UTC))


def test_the_frame_is_version_then_big_endian_microseconds_then_payload() -> None:
    recorded = datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)
    blob = frame.pack(frame.to_micros(recorded), b"{}")
    assert blob == b"\x01" + (1_767_323_045_123_456).to_bytes(8, "big") + b"{}"


@given(recorded=times, payload=st.binary())
def test_a_frame_gives_back_what_went_in(recorded: datetime, payload: bytes) -> None:
    blob = frame.pack(frame.to_micros(recorded), payload)
    assert frame.from_micros(frame.recorded_micros(blob)) == recorded
    assert frame.recorded_micros(blob[:9]) == frame.to_micros(recorded)
    assert frame.sealed(blob) == payload


@given(recorded=times, payload=st.binary(), version=st.sampled_from([frame.PLAIN, frame.COMPRESSED]))
def test_a_frame_may_get_its_time_later(recorded: datetime, payload: bytes, version: int) -> None:
    blob = frame.date(frame.to_micros(recorded), frame.undated(payload, version))
    assert blob == frame.pack(frame.to_micros(recorded), payload, version)
    assert frame.version(blob) == version
    assert frame.undate(blob) == frame.undated(payload, version)


def test_an_offset_keeps_the_instant() -> None:
    there = datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))
    assert frame.from_micros(frame.to_micros(there)) == there


def test_a_time_beyond_the_calendar_is_damage() -> None:
    with pytest.raises(StoreDamaged, match="recorded time"):
        frame.from_micros(2**63 - 1)


@pytest.mark.parametrize("blob", [b"", b"\x01short", b"\x03" + b"\x00" * 8, b'{"a": 1}       '])
def test_another_blob_is_refused(blob: bytes) -> None:
    with pytest.raises(StoreDamaged, match="frame"):
        frame.recorded_micros(blob)
