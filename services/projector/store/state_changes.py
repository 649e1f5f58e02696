"""Which states wait to be published: the outbox of the compacted topic, one row for each state, the last change counts.

It is filled in the transaction of a page, and only by a projection that was told to; whoever publishes nothing pays
nothing. Rows stay once they are published, so that everything can be published again and what is gone is known.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count

import msgspec

from projector.mastery.state import STATE, state_key
from projector.store.database import Row, Session, one

STATES_NOTED = "states_noted"
"""The fact that keeps the log position up to which every change of a state was noted."""
STATES_SENT = "states_sent"
"""The fact that keeps the number of the last change that was published."""
_PAGE_ROWS = 1000

Pair = tuple[str, str]


class StateChange(msgspec.Struct, frozen=True):
    """A state that changed, as it is now: the canonical JSON in ``body``, None when there is none any more.

    ``seq`` rises with every change and has gaps. ``position`` is the log entry that changed it last; of a state that is
    gone, the last entry of the page that it went with. ``effective`` is the instant of the last transition told of it.
    """

    seq: int
    person_id: str
    competency: str
    position: int
    body: bytes | None
    effective: int | None


class _Memory(msgspec.Struct):
    last_at: int | None = None


class _Remembering(msgspec.Struct):
    memory: _Memory


def note(session: Session, kept: Iterable[Pair], gone: Iterable[Pair], position: int) -> None:
    """Let states wait to be published that a page which ends at ``position`` put or deleted."""
    numbers = _numbers(session)
    session.run_many("note_state_change", _rows(kept, numbers, position))
    session.run_many("note_state_gone", _rows(gone, numbers, position))
    session.run_many("put_fact", [{"name": STATES_NOTED, "value": str(position)}])


def note_all(session: Session, position: int) -> None:
    """Let every state wait, and everything that was ever noted: what changed unnoted is not known."""
    numbers = _numbers(session)
    for page in _pages(session, "noted_states_after"):
        session.run_many("note_state_change", _rows(page, numbers, position))
    for page in _pages(session, "state_keys_after"):
        session.run_many("note_state_change", _rows(page, numbers, position))
    session.run_many("put_fact", [{"name": STATES_NOTED, "value": str(position)}])


def changes_after(session: Session, after: int, limit: int) -> list[StateChange]:
    """Return up to ``limit`` changes above the number ``after``, in their order."""
    rows = session.rows("state_changes_after", after=after, limit=limit)
    return [StateChange(**row, effective=_effective(session, row)) for row in rows]


def carry(old: Session, new: Session) -> None:
    """Let a new projection know what was published from an old one, so that what is gone can be told."""
    numbers = _numbers(new)
    for page in _pages(old, "noted_states_after"):
        new.run_many("note_state_change", _rows(page, numbers, 0))


def _numbers(session: Session) -> Iterator[int]:
    """Yield the next numbers: above those that wait, and above those that were sent and forgotten."""
    sent = int(one(session.rows("fact", name=STATES_SENT), "value") or 0)
    return count(max(sent, int(one(session.rows("last_state_change"), "seq"))) + 1)


def _effective(session: Session, row: Row) -> int | None:
    key = state_key(row["person_id"], row["competency"]).encode("utf-8", "surrogatepass")
    body = None if row["body"] is None else one(session.rows("document", kind=STATE.name, key=key), "body")
    return None if body is None else msgspec.json.decode(body, type=_Remembering).memory.last_at


def _pages(session: Session, query: str) -> Iterator[list[Pair]]:
    last: Pair | None = ("", "")
    while last is not None:
        rows: Sequence[Row] = session.rows(query, person_id=last[0], competency=last[1], limit=_PAGE_ROWS)
        page = [(row["person_id"], row["competency"]) for row in rows]
        if page:
            yield page
        last = page[-1] if len(page) == _PAGE_ROWS else None


def _rows(pairs: Iterable[Pair], numbers: Iterator[int], position: int) -> list[Row]:
    return [
        {"person_id": person_id, "competency": competency, "seq": next(numbers), "position": position}
        for person_id, competency in pairs
    ]
