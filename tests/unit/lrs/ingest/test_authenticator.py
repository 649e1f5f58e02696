import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lrs.ingest.authenticator import Authenticator
from lrs.ingest.credentials import secret_hash
from lrs.log.frame import to_micros
from lrs.xapi.faults import Unauthenticated

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = "Basic " + base64.b64encode(b"key:se:cret").decode()


class Rows:
    """The one credential of a store, and how often it was asked for."""

    def __init__(self, **changed: object) -> None:
        self.row: dict[str, Any] = {
            "key_id": "key",
            "name": "tool",
            "secret_sha256": secret_hash("se:cret"),
            "scopes": '["all"]',
            "authority": "{}",
            "cors_origins": "[]",
            "ignores_unknown": 0,
            "expires_micros": None,
            "revoked_position": None,
            "previous_sha256": None,
            "previous_until_micros": None,
        } | changed
        self.asked = 0

    def select(self, query: str, parameters: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        assert query == "select_credential_with_options"
        self.asked += 1
        return [self.row] if parameters == {"key_id": "key"} else []


class Clock:
    """A monotonic clock that the test turns."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def of(rows: Rows, clock: Clock | None = None) -> Authenticator:
    return Authenticator(rows, now=lambda: NOW, clock=clock or Clock())


def test_a_secret_may_hold_colons_and_the_scheme_any_case():
    assert of(Rows()).authenticate(HEADER).name == "tool"
    assert of(Rows()).authenticate("bAsIc " + HEADER.split()[1]).name == "tool"


def test_a_good_header_is_remembered_for_less_than_a_second():
    rows, clock = Rows(), Clock()
    authenticator = of(rows, clock)
    assert authenticator.remembered(HEADER) is None
    credential = authenticator.authenticate(HEADER)
    clock.seconds = 0.49
    assert authenticator.remembered(HEADER) == credential
    clock.seconds = 0.5
    assert authenticator.remembered(HEADER) is None


def test_a_wrong_header_is_never_remembered():
    authenticator = of(Rows(secret_sha256=secret_hash("other")))
    with pytest.raises(Unauthenticated):
        authenticator.authenticate(HEADER)
    assert authenticator.remembered(HEADER) is None


def test_a_remembered_credential_still_expires_on_time():
    moments = [NOW, NOW + timedelta(seconds=2)]
    rows = Rows(expires_micros=to_micros(NOW + timedelta(seconds=1)))
    authenticator = Authenticator(rows, now=lambda: moments[0], clock=Clock())
    authenticator.authenticate(HEADER)
    assert authenticator.remembered(HEADER) is not None
    moments.pop(0)
    assert authenticator.remembered(HEADER) is None


@pytest.mark.parametrize("changed", [{"revoked_position": 7}, {"expires_micros": to_micros(NOW)}])
def test_a_revoked_or_expired_credential_is_refused(changed: dict):
    with pytest.raises(Unauthenticated, match="no longer valid"):
        of(Rows(**changed)).authenticate(HEADER)


def test_what_is_remembered_is_bounded():
    rows = Rows()
    authenticator = Authenticator(rows, now=lambda: NOW, clock=Clock(), max_remembered=2)
    headers = [f"Basic {' ' * spaces}{HEADER.split()[1]}" for spaces in range(5)]
    for header in headers:
        authenticator.authenticate(header)
    assert sum(authenticator.remembered(header) is not None for header in headers) <= 2


def test_the_secret_before_a_rotation_is_good_until_its_grace_ends():
    hour = timedelta(hours=1)
    rotated = {"secret_sha256": secret_hash("new"), "previous_sha256": secret_hash("se:cret")}
    assert of(Rows(**rotated, previous_until_micros=to_micros(NOW + hour))).authenticate(HEADER).key == "key"
    for until in (NOW, NOW - hour):
        with pytest.raises(Unauthenticated):
            of(Rows(**rotated, previous_until_micros=to_micros(until))).authenticate(HEADER)
