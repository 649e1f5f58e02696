"""The projector as one running thing: it follows the log, notarises it and publishes what follows from it.

Folding, notarising and publishing each have their own pace: a broker that is away or an entry that cannot be folded
stops nothing else. While a burst comes in, folding and notarising stand back (``projector.pace``).
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Event, Thread
from time import monotonic
from typing import Any, Protocol

from lrs.log.entry import LogEntry
from lrs.log.faults import StoreFault
from projector.follow import STOPPED_AT, FoldStopped, Follower
from projector.notary.notary import FACTS_PER_TRANSACTION
from projector.pace import Burst, Pace
from projector.publish.relay import Courier, Relay
from projector.publish.target import Target
from projector.rebuild.replay import Log as ReplayedLog
from projector.rebuild.replay import rebuild
from projector.store.faults import FeedDiffers, ProjectionFault
from projector.store.projection import FeedEvent, Projection
from projector.store.promotion import promote
from projector.store.versions import SHAPE, SHAPE_NOW, Versions

logger = logging.getLogger(__name__)

_FIRST_DELAY_SECONDS = 0.2
_MOST_DELAY_SECONDS = 5.0
_NOTARY_SECONDS = 0.25
_NOTARY_MANY = 500
"""Where a round of the notary finds so many entries, the next one follows at once."""
_NOTARY_PAGE_IN_BURST = _NOTARY_MANY + 1  # the first entry of a page is the last one noted
_POINTER_SECONDS = 1.0
_EARLY_SECONDS = 0.1
_JOIN_SECONDS = 5.0


class Log(ReplayedLog, Protocol):
    """What the projector needs of the log; ``lrs.log.store.Store`` is one."""

    def wait(self, after: int, timeout_seconds: float) -> bool:
        """Return whether there is an entry beyond ``after``, waiting for one at most ``timeout_seconds``."""
        ...


class Notary(Protocol):
    """What the projector needs of a notary; ``projector.notary.notary.Notary`` is one."""

    @property
    def last_position(self) -> int:
        """The log position of the last leaf, or 0."""
        ...

    def catch_up_with(self, read: Callable[[int, int], Sequence[LogEntry]], *, page: int, pages: int) -> int:
        """Give a leaf to entries that have none, at most ``pages`` of ``page`` entries, and return to how many."""
        ...

    def publish(self, now: datetime) -> Any:
        """Sign and publish a checkpoint when it is time for one."""
        ...


def _never_busy() -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class Role:
    """What a projector works with. ``stop`` ends it in order; ``page_entries`` are folded in one transaction.

    ``busy_share`` says how busy the processors are (``projector.pace.Burst``); unless it does, it never stands back for
    what comes in.

    The feed goes to every one of the ``targets``; ``couriers`` make what sends something else of a projection. States
    that change are noted for them where ``notes_states`` says so.
    """

    log: Log
    versions: Versions
    stop: Event
    now: Callable[[], datetime]
    notary: Notary | None = None
    targets: Sequence[Target[FeedEvent]] = ()
    couriers: Sequence[Callable[[Projection], Courier[Any]]] = ()
    notes_states: bool = False
    page_entries: int = 500
    poll_seconds: float = 0.1
    busy_share: Callable[[], float] = _never_busy
    elapsed: Callable[[], float] = monotonic
    _halted: Event = field(default_factory=Event)

    def run(self) -> None:
        """Run until ``stop`` is set; the page in progress is finished first.

        An entry that cannot be folded is logged at once with its position; notarising and publishing go on, and
        FoldStopped is raised in the end. What else is raised (a damaged notary, say) ends everything at once. A
        database that is away is waited for.
        """
        notarising = None if self.notary is None else partial(self._notarise, self.notary)
        with self._beside("notary", notarising):
            self._follow()

    def _notarise(self, notary: Notary, ended: Event) -> None:
        notarise(notary, self.log, self.now, ended, self._pace())

    def _pace(self) -> Pace:
        return Pace(self.log, self.now, Burst(self.log, self.busy_share, self.elapsed).is_on)

    def _is_over(self) -> bool:
        return self.stop.is_set() or self._halted.is_set()

    def _follow(self) -> None:
        stopped: FoldStopped | None = None
        delay_seconds = _FIRST_DELAY_SECONDS
        while not self._is_over():
            try:
                self._follow_live(stopped)
                delay_seconds = _FIRST_DELAY_SECONDS
            except FoldStopped as error:
                stopped = error
                facts = {"position": error.position, "topic": error.topic}
                logger.exception("folding stopped at an entry that cannot be folded", extra=facts)
            except FeedDiffers:
                raise  # an operator has to say whether published events may change: mastrail rebuild
            except (ProjectionFault, StoreFault) as error:
                logger.warning("folding waits for a database", extra={"reason": str(error)})
                self.stop.wait(delay_seconds)
                delay_seconds = min(delay_seconds * 2, _MOST_DELAY_SECONDS)
        if stopped is not None:
            raise stopped

    def _follow_live(self, stopped: FoldStopped | None) -> None:
        """Fold into the live projection, up to the entry that cannot be folded, until another one is live."""
        if not is_of_this_shape(self.versions):
            self._replay(stopped)
            return
        projection = open_live(self.versions)
        try:
            projection.put_facts({STOPPED_AT: str(stopped.position) if stopped else ""})
            with ExitStack() as held:
                if self.notes_states:
                    projection.note_state_changes()
                relays = [Relay(projection, target) for target in self.targets]
                for courier in [*relays, *(make(projection) for make in self.couriers)]:
                    held.enter_context(self._beside("relay", partial(courier.run, poll_seconds=self.poll_seconds)))
                self._fold(projection, None if stopped is None else stopped.position - 1)
        finally:
            projection.close()

    def _replay(self, stopped: FoldStopped | None) -> None:
        """Replace a projection that another release made; it answers until then."""
        logger.info("the log is replayed, since the projection is of another release")
        up_to = None if stopped is None else stopped.position - 1
        rebuild(self.log, self.versions, page_entries=self.page_entries, up_to=up_to, is_over=self._is_over)

    def _fold(self, projection: Projection, up_to: int | None) -> None:
        follower = Follower(self.log, projection, page_entries=self.page_entries)
        pace = self._pace()
        looked_at = monotonic()
        while not self._is_over():
            if monotonic() - looked_at > _POINTER_SECONDS:
                looked_at = monotonic()
                if self.versions.live() != projection.version:
                    return
            if pace.is_too_early(follower.position):
                self.stop.wait(min(self.poll_seconds, _EARLY_SECONDS))
                continue
            began = monotonic()
            if follower.fold_page(up_to):
                pace.rest(follower.position, monotonic() - began, self.poll_seconds, self._is_over_after)
                continue
            if up_to is None and follower.advance_clock(self.now()):
                continue
            self._wait(follower, up_to)

    def _wait(self, follower: Follower, up_to: int | None) -> None:
        if up_to is None:
            self.log.wait(follower.position, self.poll_seconds)
        else:
            self.stop.wait(self.poll_seconds)

    def _is_over_after(self, seconds: float) -> bool:
        """Let ``seconds`` pass, unless ``stop`` ends them; return whether the role is over."""
        self.stop.wait(seconds)
        return self._is_over()

    def _beside(self, name: str, loop: Callable[[Event], None] | None) -> AbstractContextManager[None]:
        return nullcontext() if loop is None else _running(name, loop, self._halted)


def notarise(notary: Notary, log: Log, now: Callable[[], datetime], ended: Event, pace: Pace) -> None:
    """Give every entry its leaf and publish checkpoints until ``ended`` is set; a log that is away is waited for."""
    pause_seconds = _NOTARY_SECONDS
    is_away = False
    while not ended.wait(pause_seconds):
        began = monotonic()
        try:
            if pace.is_too_early(notary.last_position):
                pause_seconds = _NOTARY_SECONDS
                continue
            page = _NOTARY_PAGE_IN_BURST if pace.is_in_burst() else FACTS_PER_TRANSACTION
            noted = notary.catch_up_with(log.read, page=page, pages=1)
            notary.publish(now())
            pause_seconds = 0.0 if noted >= _NOTARY_MANY else _NOTARY_SECONDS
            is_away = False
            pace.rest(notary.last_position, monotonic() - began, _NOTARY_SECONDS, ended.wait)
        except StoreFault as error:
            if not is_away:
                logger.warning("the notary waits for the log", extra={"reason": str(error)})
            is_away, pause_seconds = True, _NOTARY_SECONDS


def is_of_this_shape(versions: Versions) -> bool:
    """Tell whether the live projection is as this release makes them; so is one that is not there yet."""
    live = versions.live()
    if live is None:
        return True
    with closing(versions.open(live, read_only=True)) as projection, projection.snapshot() as snapshot:
        return snapshot.fact(SHAPE) == SHAPE_NOW


def open_live(versions: Versions) -> Projection:
    """Return the live projection for folding; the first one is made and live from its beginning."""
    live = versions.live()
    if live is not None:
        return versions.open(live)
    first = max(versions.known(), default=0) + 1
    projection = versions.open(first)
    try:
        promote(versions, first)
    except BaseException:
        projection.close()
        raise
    return projection


@contextmanager
def _running(name: str, loop: Callable[[Event], None], halted: Event) -> Iterator[None]:
    """Run ``loop`` in a thread while the block runs; what it raises sets ``halted`` and is raised in the end."""
    ended = Event()
    errors: list[Exception] = []

    def guarded() -> None:
        try:
            loop(ended)
        except Exception as error:  # noqa: BLE001  it is raised again where the thread is joined
            errors.append(error)
            halted.set()

    thread = Thread(target=guarded, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_JOIN_SECONDS)
    if errors:
        raise errors[0]
