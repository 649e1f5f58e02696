"""A stretch of the log folded by several processes, written by this one: page by page, each in one transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import msgspec

from projector.mastery.envelope import COUNTER
from projector.mastery.envelope import Counter as Numbers
from projector.mastery.joining import Joining, Told
from projector.rebuild.crew import Crew
from projector.rebuild.messages import Part
from projector.rebuild.plan import SharedLog, make_plan
from projector.rebuild.worker import Task
from projector.store.database import Row, Session
from projector.store.projection import FeedEvent, Projection
from projector.store.tenant import read_tenant
from projector.store.versions import Versions

_encode = msgspec.json.Encoder().encode
_TENANT = "tenant"

OpenLog = Callable[[], AbstractContextManager[SharedLog]]
"""Opens the log in another process; it can be pickled."""


def fold_shared(  # noqa: PLR0913 - all by name
    log: SharedLog,
    versions: Versions,
    projection: Projection,
    *,
    open_log: OpenLog,
    workers: int,
    up_to: int,
    page_entries: int,
) -> Iterator[int]:
    """Fold the log up to a position into a projection by several processes; yield the position after each page.

    Raises FoldStopped at an entry that cannot be folded, and WorkerLost when a process ends before its time: every
    page that was yielded is kept, whole, and nothing of those after it.
    """
    with projection.snapshot() as snapshot:
        after, last_seq = snapshot.position(), snapshot.last_seq()
        numbers = snapshot.documents.get(COUNTER, _TENANT) or Numbers()
    if after >= up_to:
        return
    plan = make_plan(log, after=after, up_to=up_to, count=workers, page_entries=page_entries)
    tasks = [Task(number, plan, open_log, versions, projection.version) for number in range(workers)]
    writing = _Writing(Joining(read_tenant(log)[1], numbers.sequence), last_seq)
    with Crew(tasks) as crew:
        for _, end in plan.pages():
            parts = crew.parts()
            with projection.made_page(end) as session:
                writing.write(session, parts)
            yield end


class _Writing:
    """Writes the pages of all shares as one fold would have written them."""

    def __init__(self, joining: Joining, last_seq: int) -> None:
        self._joining = joining
        self._last_seq = last_seq

    def write(self, session: Session, parts: Sequence[Part]) -> None:
        """Write what the shares made of one page."""
        sequence = self._joining.sequence
        told = self._joining.joined([part.told for part in parts])
        session.run_many("add_event", [*self._events(told)])
        for query in ("put_document", "delete_document", "put_state", "delete_state", "put_fact"):
            session.run_many(query, _distinct(query, parts))
        if self._joining.sequence != sequence:
            body = _encode(Numbers(self._joining.sequence))
            session.run_many("put_document", [{"kind": COUNTER.name, "key": _TENANT.encode(), "body": body}])

    def _events(self, told: Iterable[Told]) -> Iterator[dict[str, Any]]:
        for one in told:
            self._last_seq += 1
            yield msgspec.structs.asdict(
                FeedEvent(self._last_seq, one.person_id, one.type, one.position, one.event_id, one.body)
            )


_KEYS: Mapping[str, tuple[str, ...]] = {
    "put_document": ("kind", "key"),
    "delete_document": ("kind", "key"),
    "put_state": ("person_id", "competency"),
    "delete_state": ("person_id", "competency"),
    "put_fact": ("name",),
}


def _distinct(query: str, parts: Sequence[Part]) -> list[Row]:
    """Return the rows of all shares in order, each once: what is nobody's in particular all of them wrote alike."""
    names = _KEYS[query]
    rows = {tuple(row[name] for name in names): row for part in parts for row in part.rows.get(query, ())}
    return [row for key, row in sorted(rows.items()) if key[0] != COUNTER.name]
