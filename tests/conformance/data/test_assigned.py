"""What the LRS assigns: id, timestamp, stored, authority and version (Data 2.4.1, 2.4.7 to 2.4.10)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from conformance.communication.asking import get, new_id, statement, store

requirement = pytest.mark.requirement
SECOND = timedelta(seconds=1)


def moment(text: str) -> datetime:
    """Return the instant that a timestamp names."""
    return datetime.fromisoformat(text)


@requirement("Data 2.4.1.s2.b1", "a statement without an id is given one (XAPI-00026)")
def test_a_statement_without_an_id_is_given_one(lrs: httpx.Client):
    one, other = store(lrs, statement(), statement())
    assert one != other
    assert str(UUID(one)) == one
    assert get(lrs, one)["id"] == one


@requirement("Data 2.4.1", "an id that a statement came with is kept")
def test_an_id_that_was_sent_is_kept(lrs: httpx.Client):
    own = new_id()
    assert store(lrs, statement(id=own)) == [own]
    assert get(lrs, own)["id"] == own


@requirement("Data 2.4.1", "an id in capital letters names the same statement")
def test_an_id_is_the_same_in_capital_letters(lrs: httpx.Client):
    own = new_id()
    store(lrs, statement(id=own.upper()))
    assert get(lrs, own)["id"].lower() == own
    assert lrs.get("statements", params={"statementId": own.upper()}).status_code == 200


@requirement("Data 2.4.7.s3.b2", "a statement without a timestamp is given that of its storing")
def test_a_statement_without_timestamp_is_given_one(lrs: httpx.Client):
    before = datetime.now(UTC)
    (own,) = store(lrs, statement())
    found = get(lrs, own)
    assert before - SECOND <= moment(found["timestamp"]) <= moment(found["stored"])


@requirement("Data 2.4.7.s3.b3", "a timestamp in the future is no reason to refuse")
def test_a_timestamp_in_the_future_is_taken(lrs: httpx.Client):
    ahead = (datetime.now(UTC) + timedelta(days=400)).isoformat()
    (own,) = store(lrs, statement(timestamp=ahead))
    assert moment(get(lrs, own)["timestamp"]) == moment(ahead)


@requirement("Data 2.4.7.s4", "the timestamp of a SubStatement is kept, and none is given to it")
def test_a_substatement_is_given_no_timestamp(lrs: httpx.Client):
    inner = {"objectType": "SubStatement", **statement()}
    (bare,) = store(lrs, statement(object=inner))
    (dated,) = store(lrs, statement(object=inner | {"timestamp": "2026-01-02T03:04:05Z"}))
    assert get(lrs, bare)["object"] == inner
    assert get(lrs, dated)["object"]["timestamp"] == "2026-01-02T03:04:05Z"


@requirement("Data 2.4.8.s3.b1", "stored is the time at which the LRS stored the statement (XAPI-00023, XAPI-00097)")
def test_stored_is_the_time_of_storing(lrs: httpx.Client):
    before = datetime.now(UTC)
    (own,) = store(lrs, statement(timestamp="2020-01-02T03:04:05Z"))
    stored = moment(get(lrs, own)["stored"])
    assert before - SECOND <= stored <= datetime.now(UTC) + SECOND
    assert stored.utcoffset() == timedelta(0)


@requirement("Data 2.4.8.s3.b2", "stored that a client sends is taken and replaced (XAPI-00097)")
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_stored_that_was_sent_is_replaced(lrs: httpx.Client, method: str):
    own = new_id()
    sent = statement(id=own, stored="2011-07-15T00:00:00.000Z")
    parameters = {"statementId": own} if method == "PUT" else {}
    assert lrs.request(method, "statements", params=parameters, json=sent).is_success
    assert moment(get(lrs, own)["stored"]) > datetime(2020, 1, 1, tzinfo=UTC)


@requirement("Data 4.5.s1.b3", "timestamp and stored are kept to the millisecond at least (XAPI-00122)")
@pytest.mark.parametrize("fraction", [".123", ".123456", ".123456789", ".007"])
def test_fractions_of_a_second_are_kept(lrs: httpx.Client, fraction: str):
    (own,) = store(lrs, statement(timestamp=f"2026-01-02T03:04:05{fraction}Z"))
    found = get(lrs, own)
    assert found["timestamp"].startswith(f"2026-01-02T03:04:05{fraction[:4]}")
    assert len(found["stored"].partition(".")[2].rstrip("Z")) >= 3


@requirement("Data 2.4.9.s3.b4", "a statement without authority is given that of its credentials (XAPI-00099)")
def test_a_statement_without_authority_is_given_one(lrs: httpx.Client):
    (own,) = store(lrs, statement())
    authority = get(lrs, own)["authority"]
    assert authority["objectType"] == "Agent"
    assert set(authority["account"]) == {"homePage", "name"}


@requirement("Data 2.4.9.s3.b5", "an authority that a client sends is not believed: the LRS states its own")
def test_an_authority_that_was_sent_is_replaced(lrs: httpx.Client):
    claimed = {"objectType": "Agent", "mbox": "mailto:somebody-else@example.com"}
    own, other = store(lrs, statement(authority=claimed), statement())
    assert get(lrs, own)["authority"] == get(lrs, other)["authority"]


@requirement("Data 2.4.10.s3.b2", "version comes back as it was sent (XAPI-00332)")
@pytest.mark.parametrize("sent", ["1.0", "1.0.0", "1.0.9"])
def test_the_version_that_was_sent_is_kept(lrs: httpx.Client, sent: str):
    (own,) = store(lrs, statement(version=sent))
    assert get(lrs, own)["version"] == sent


@requirement("Data 2.4.10.s3.b3", "a statement without version is given 1.0.0", versions=("1.0.3",))
def test_a_statement_without_version_is_given_1_0_0(lrs: httpx.Client):
    (own,) = store(lrs, statement())
    assert get(lrs, own)["version"] == "1.0.0"


@requirement("IEEE 9274.1.1 4.2.4.3", "a statement without version is given 2.0.0", versions=("2.0.0",))
def test_a_statement_without_version_is_given_2_0_0(lrs: httpx.Client):
    (own,) = store(lrs, statement())
    assert get(lrs, own)["version"] == "2.0.0"
