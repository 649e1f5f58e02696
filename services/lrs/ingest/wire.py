"""What goes between the process that checks statements and the one that appends them: MessagePack, by our own types.

What a side row brings has to be text, numbers or bytes: those come out as they went in.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from lrs.log import faults
from lrs.log.entry import HashedEntry, Receipt
from lrs.log.faults import EntryConflict, StoreFault

_TOLD = {
    name: fault
    for name, fault in vars(faults).items()
    if isinstance(fault, type) and issubclass(fault, StoreFault) and fault is not EntryConflict  # it is an outcome
}


class Outcome(msgspec.Struct, array_like=True):
    """What became of one group: its receipt, or the ids that it conflicts by."""

    positions: tuple[int, ...] = ()
    recorded: datetime | None = None
    conflicts: tuple[UUID, ...] = ()


class Reply(msgspec.Struct, array_like=True):
    """What became of all groups, or the error (its name and its text) for which nothing was stored.

    ``damage`` is what the process that appends has noticed of damage to the store.
    """

    outcomes: list[Outcome] = []
    fault: tuple[str, str] | None = None
    damage: str | None = None


_encode = msgspec.msgpack.encode
_groups = msgspec.msgpack.Decoder(list[list[HashedEntry]])
_reply = msgspec.msgpack.Decoder(Reply)


def write_group(entries: Sequence[HashedEntry]) -> bytes:
    """Return the part of a message that is for one group."""
    return _encode(entries)


def write_groups(groups: Sequence[bytes]) -> bytes:
    """Return the message that asks for ``groups``, each written already, to be appended."""
    return _encode([msgspec.Raw(group) for group in groups])


def read_groups(message: bytes) -> list[list[HashedEntry]]:
    """Return the groups that a message asks to append."""
    return _groups.decode(message)


def write_results(results: Sequence[Receipt | EntryConflict], damage: str | None) -> bytes:
    """Return the message that says what became of each group."""
    return _encode(Reply([_outcome(result) for result in results], damage=damage))


def write_fault(fault: Exception, damage: str | None) -> bytes:
    """Return the message that says why nothing was stored.

    An error that is no StoreFault is told by its type alone: its text may quote what it choked on.
    """
    text = str(fault) if isinstance(fault, StoreFault) else "the append failed"
    return _encode(Reply(fault=(type(fault).__name__, text), damage=damage))


def read_reply(message: bytes) -> Reply:
    """Return what a message says of the groups."""
    return _reply.decode(message)


def results(reply: Reply) -> list[Receipt | EntryConflict]:
    """Return what became of each group.

    Raises the fault for which nothing was stored, RuntimeError for an error that is none.
    """
    if reply.fault is not None:
        name, text = reply.fault
        raise _TOLD[name](text) if name in _TOLD else RuntimeError(f"{text} ({name})")
    return [_result(outcome) for outcome in reply.outcomes]


def _outcome(result: Receipt | EntryConflict) -> Outcome:
    if isinstance(result, EntryConflict):
        return Outcome(conflicts=result.entry_ids)
    return Outcome(result.positions, result.recorded)


def _result(outcome: Outcome) -> Receipt | EntryConflict:
    if outcome.recorded is None:
        return EntryConflict(outcome.conflicts)
    return Receipt(outcome.positions, outcome.recorded)
