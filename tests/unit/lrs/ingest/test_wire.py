"""What goes to the process that appends, and what comes back, is what was meant."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from lrs.ingest import wire
from lrs.log import faults
from lrs.log.entry import STATEMENT_STORED, HashedEntry, HashedIndex, Receipt, SideRow

MOMENT = datetime(2026, 3, 29, 1, 30, 0, 123_457, tzinfo=UTC)


def test_entries_arrive_as_they_were_sent() -> None:
    index = HashedIndex((-(2**63), 2**63 - 1, 0), uuid4(), uuid4(), (7,), defines=False, is_derivable=True)
    side = SideRow("insert_attachment", {"sha2": "ab", "content_type": "text/plain", "content": b"\x00\xff", "size": 2})
    groups = [
        [HashedEntry(uuid4(), STATEMENT_STORED, b"\x00{}", index, (side,)), HashedEntry(uuid4(), "another", b"")],
        [],
    ]
    assert wire.read_groups(wire.write_groups([wire.write_group(group) for group in groups])) == groups


def test_receipts_and_conflicts_arrive_in_order() -> None:
    sent = [Receipt((7, 8), MOMENT), faults.EntryConflict([uuid4(), uuid4()]), Receipt((), MOMENT)]
    reply = wire.read_reply(wire.write_results(sent, "a page is torn"))
    first, conflict, last = wire.results(reply)
    assert (first, last) == (sent[0], sent[2])
    assert isinstance(conflict, faults.EntryConflict)
    assert conflict.entry_ids == sent[1].entry_ids
    assert str(conflict) == str(sent[1])
    assert reply.damage == "a page is torn"


@pytest.mark.parametrize(
    "fault",
    [
        faults.StoreUnavailable,
        faults.StoreFull,
        faults.StoreReadOnly,
        faults.ConnectionLost,
        faults.OutcomeUnknown,
        faults.StoreDamaged,
        faults.QueryTimeout,
        faults.EntryRefused,
    ],
)
def test_a_fault_is_raised_as_it_was_with_what_it_says(fault: type[faults.StoreFault]) -> None:
    reply = wire.read_reply(wire.write_fault(fault("it says so"), None))
    with pytest.raises(fault, match=r"^it says so$") as raised:
        wire.results(reply)
    assert type(raised.value) is fault


def test_of_an_error_that_is_no_fault_of_the_store_only_the_type_is_told() -> None:
    reply = wire.read_reply(wire.write_fault(KeyError("maya@signals.example"), None))
    with pytest.raises(RuntimeError, match=r"^the append failed \(KeyError\)$"):
        wire.results(reply)
