"""After position p: fold a page, write changes and the new position in one transaction, for ever.

No entry is skipped: one that cannot be folded stops the projector, which says at which position.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import NAMESPACE_URL, uuid5

from lrs.log.entry import STATEMENT_STORED, LogEntry, NewEntry, Receipt
from lrs.log.facts import DICTIONARY_TRAINED, FACTS, TENANT_CREATED
from lrs.log.faults import StoreFault
from lrs.xapi import stored_text
from lrs.xapi.timestamps import write_timestamp
from projector.mastery import views
from projector.mastery.canonical import own_canonical
from projector.mastery.documents import Documents
from projector.mastery.envelope import Place
from projector.mastery.fold import STATEMENT, Fold
from projector.mastery.share import EVERYBODY, Share
from projector.mastery.times import instant, render
from projector.store.exact_json import parse_exactly
from projector.store.faults import ProjectionFault
from projector.store.ledger import CLOCK_ADVANCED, note_entry
from projector.store.projection import Page, Projection
from projector.store.states import put_changed_states
from projector.store.tenant import Readable, read_tenant

STOPPED_AT = "stopped_at"
"""The fact that keeps the position of the entry that cannot be folded; empty while all is well."""
CLOCK = "clock"
"""The fact that keeps the last time the log's clock was at, first the time at which the log was made."""

NOT_FOLDED = {
    TENANT_CREATED,
    DICTIONARY_TRAINED,
    *(f"mastrail.credential.{done}.v1" for done in ("created", "revoked", "rotated")),
}
"""The topics of entries that say nothing to the engine."""
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_DUE_LOOK = timedelta(seconds=5)
_HISTORY_PAGE = 1000


class Log(Protocol):
    """What following needs of the log; ``lrs.log.store.Store`` is one."""

    def read(self, after: int, limit: int) -> list[LogEntry]:
        """Return up to ``limit`` entries above ``after``, ascending."""
        ...

    def append(self, entries: Sequence[NewEntry]) -> Receipt:
        """Append in one transaction."""
        ...


class FoldStopped(Exception):
    """The entry at ``position`` cannot be folded; everything before it is intact, nothing after it is folded."""

    def __init__(self, position: int, topic: str) -> None:
        super().__init__(f"the entry at position {position} ({topic}) cannot be folded")
        self.position = position
        self.topic = topic


def _statement(entry: LogEntry, text: bytes) -> dict[str, Any]:
    """Return the statement whose stored text is ``text`` as ``format=exact`` gives it, parsed."""
    recorded = write_timestamp(entry.recorded)
    statement = parse_exactly(text)
    statement["timestamp"] = statement.get("timestamp") or recorded
    statement["stored"] = recorded
    return statement


class Folding:
    """Folds entries, one after the other, into the pages of a projection; ``share`` says whose evidence it takes."""

    def __init__(self, log: Readable, clock: str | None = None, share: Share = EVERYBODY) -> None:
        self._log = log
        self._share = share
        self._fold: Fold | None = None
        self.clock = clock

    def fold(self, page: Page, entry: LogEntry) -> list[Place]:
        """Fold an entry into ``page``; return where each of its events stands among those of all shares.

        Raises FoldStopped for an entry that cannot be folded.
        """
        try:
            events = self._events(page, entry)
        except (ProjectionFault, StoreFault):
            raise  # a database that is away says nothing about the entry
        except Exception as error:
            raise FoldStopped(entry.position, entry.topic) from error
        note_entry(page.documents, entry)
        for event in events:
            page.add_event(event, entry.position, own_canonical(event))
        return self._fold.places if self._fold is not None and events else []

    def _events(self, page: Page, entry: LogEntry) -> Sequence[Mapping[str, Any]]:
        if entry.topic == STATEMENT_STORED:
            engine = self.engine(page.documents)
            text = stored_text.stored_text(entry.payload)
            if not engine.concerns(text, entry.recorded):
                return ()
            return engine.apply(entry.position, STATEMENT, entry.recorded, _statement(entry, text))
        body = parse_exactly(entry.payload)
        self._note_clock(page, entry, body)
        if entry.topic in NOT_FOLDED:
            return ()
        return self.engine(page.documents).apply(entry.position, FACTS[entry.topic].__name__, entry.recorded, body)

    def _note_clock(self, page: Page, entry: LogEntry, body: Mapping[str, Any]) -> None:
        if entry.topic in (TENANT_CREATED, CLOCK_ADVANCED):
            self.clock = body.get("now") or render(instant(entry.recorded))
            page.put_fact(CLOCK, self.clock)

    def engine(self, documents: Documents) -> Fold:
        """Return the engine, which is always the same; it is made over ``documents``."""
        if self._fold is None:
            tenant, namespace = read_tenant(self._log)
            self._fold = Fold(documents, tenant=tenant, namespace=namespace, history=self._history, share=self._share)
        return self._fold

    def _history(self, before: int) -> Iterator[tuple[int, datetime, Mapping[str, Any]]]:
        after = 0
        while entries := self._log.read(after, min(_HISTORY_PAGE, before - after)):
            for entry in entries:
                if entry.position >= before:
                    return
                if entry.topic == STATEMENT_STORED:
                    text = stored_text.stored_text(entry.payload)
                    if self._may_be_evidence(text):
                        yield entry.position, entry.recorded, _statement(entry, text)
            after = entries[-1].position

    def _may_be_evidence(self, text: bytes) -> bool:
        """Return False for a statement that no rule selects: most of those that a new policy looks back on."""
        return self._fold is None or self._fold.may_select(text)


class Follower:
    """Folds a log into one projection, page by page. One thread; after any exception make a new one."""

    def __init__(self, log: Log, projection: Projection, *, page_entries: int = 500) -> None:
        self._log = log
        self._projection = projection
        self._page_entries = page_entries
        with projection.snapshot() as snapshot:
            self.position = snapshot.position()
            self._folding = Folding(log, snapshot.fact(CLOCK))
        self._due: int | None = None
        self._looked_at: datetime | None = None

    def fold_page(self, up_to: int | None = None) -> int:
        """Fold the next entries, none beyond position ``up_to``, in one transaction; return how many.

        Raises FoldStopped at an entry that cannot be folded and ProjectionUnavailable when the database cannot be
        used; in both cases nothing of the page is kept.
        """
        entries = self._log.read(self.position, self._page_entries)
        if up_to is not None:
            entries = [entry for entry in entries if entry.position <= up_to]
        if not entries:
            return 0
        with self._projection.page(entries[-1].position) as page:
            for entry in entries:
                self._folding.fold(page, entry)
            put_changed_states(page)
        self.position = entries[-1].position
        return len(entries)

    def catch_up(self, up_to: int | None = None) -> int:
        """Fold pages until there is nothing left (up to ``up_to``); return how many entries."""
        total = 0
        while folded := self.fold_page(up_to):
            total += folded
        return total

    def advance_clock(self, now: datetime) -> bool:
        """Append ``ClockAdvanced`` when something is due (at most once a minute), else once a day.

        Call it when everything is folded. The entry id comes from the time, so that the same step is appended once.
        """
        clock = self._folding.clock
        if clock is None:
            return False
        passed = now - datetime.fromisoformat(clock)
        if passed < _MINUTE or (passed < _DAY and not self._is_due(now)):
            return False
        text = render(instant(now))
        entry_id = uuid5(NAMESPACE_URL, f"{CLOCK_ADVANCED}#{text}")
        self._log.append([NewEntry(entry_id, CLOCK_ADVANCED, own_canonical({"now": text}))])
        return True

    def _is_due(self, now: datetime) -> bool:
        """Tell whether time alone changes something; the engine is asked every few seconds, since it takes a while."""
        if self._looked_at is None or now - self._looked_at >= _DUE_LOOK:
            with self._projection.documents_between_pages() as documents:
                self._due = views.next_due(documents)
            self._looked_at = now
        return self._due is not None and self._due <= instant(now)
