"""The projector as one running thing: it follows the log, notarises it and publishes what follows from it.

Folding, notarising and publishing each have their own pace: a broker that is away or an entry that cannot be folded
stops nothing else.
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

from lrs.log.entry import LogEntry, NewEntry, Receipt
from lrs.log.faults import StoreFault
from projector.follow import STOPPED_AT, FoldStopped, Follower
from projector.mastery.envelope import ENGINE
from projector.publish.relay import Relay
from projector.publish.target import Target
from projector.store.faults import FeedDiffers, ProjectionFault
from projector.store.projection import Projection
from projector.store.promotion import begins_alike, promote
from projector.store.versions import SHAPE, SHAPE_NOW, Versions

logger = logging.getLogger(__name__)

_FIRST_DELAY_SECONDS = 0.2
_MOST_DELAY_SECONDS = 5.0
_NOTARY_SECONDS = 0.25
_POINTER_SECONDS = 1.0
_JOIN_SECONDS = 5.0
REBUILT_BY = "rebuilt_by"
"""The fact that names the engine which a replay began with."""


class Log(Protocol):
    """What the projector needs of the log; ``lrs.log.store.Store`` is one."""

    def head(self) -> tuple[int, datetime | None]:
        """Return the last position and when it was recorded."""
        ...

    def read(self, after: int, limit: int) -> list[LogEntry]:
        """Return up to ``limit`` entries above ``after``, ascending."""
        ...

    def append(self, entries: Sequence[NewEntry]) -> Receipt:
        """Append in one transaction."""
        ...

    def wait(self, after: int, timeout_seconds: float) -> bool:
        """Return whether there is an entry beyond ``after``, waiting for one at most ``timeout_seconds``."""
        ...


class Notary(Protocol):
    """What the projector needs of a notary; ``projector.notary.notary.Notary`` is one."""

    def catch_up_with(self, read: Callable[[int, int], Sequence[LogEntry]]) -> int:
        """Give a leaf to every entry that has none."""
        ...

    def publish(self, now: datetime) -> Any:
        """Sign and publish a checkpoint when it is time for one."""
        ...


@dataclass(frozen=True, slots=True)
class Role:
    """What a projector works with. ``stop`` ends it in order; ``page_entries`` are folded in one transaction."""

    log: Log
    versions: Versions
    stop: Event
    now: Callable[[], datetime]
    notary: Notary | None = None
    targets: Sequence[Target] = ()
    page_entries: int = 500
    poll_seconds: float = 0.1
    _halted: Event = field(default_factory=Event)

    def run(self) -> None:
        """Run until ``stop`` is set; the page in progress is finished first.

        An entry that cannot be folded is logged at once with its position; notarising and publishing go on, and
        FoldStopped is raised in the end. What else is raised (a damaged notary, say) ends everything at once. A
        database that is away is waited for.
        """
        with self._beside("notary", None if self.notary is None else partial(self._notarise, self.notary)):
            self._follow()

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
                for target in self.targets:
                    held.enter_context(self._beside("relay", partial(self._relay, projection, target)))
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
        looked_at = monotonic()
        while not self._is_over():
            if monotonic() - looked_at > _POINTER_SECONDS:
                looked_at = monotonic()
                if self.versions.live() != projection.version:
                    return
            if follower.fold_page(up_to):
                continue
            if up_to is None and follower.advance_clock(self.now()):
                continue
            self._wait(follower, up_to)

    def _wait(self, follower: Follower, up_to: int | None) -> None:
        if up_to is None:
            self.log.wait(follower.position, self.poll_seconds)
        else:
            self.stop.wait(self.poll_seconds)

    def _notarise(self, notary: Notary, ended: Event) -> None:
        waits = False
        while not ended.wait(_NOTARY_SECONDS):
            try:
                notary.catch_up_with(self.log.read)
                notary.publish(self.now())
                waits = False
            except StoreFault as error:
                if not waits:
                    logger.warning("the notary waits for the log", extra={"reason": str(error)})
                waits = True

    def _relay(self, projection: Projection, target: Target, ended: Event) -> None:
        Relay(projection, target).run(ended, poll_seconds=self.poll_seconds)

    def _beside(self, name: str, loop: Callable[[Event], None] | None) -> AbstractContextManager[None]:
        return nullcontext() if loop is None else _running(name, loop, self._halted)


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


Told = Callable[[int, int], None]
"""Told after each page of a replay: up to which position of the log it has come, and where the log ends."""


def rebuild(  # noqa: PLR0913 - all by name
    log: Log,
    versions: Versions,
    *,
    page_entries: int = 500,
    accept_new_feed: bool = False,
    up_to: int | None = None,
    is_over: Callable[[], bool] = lambda: False,
    told: Told | None = None,
) -> int | None:
    """Replay the log (to ``up_to``) into a new projection version, make it live, drop the others, return its number.

    Readers and publishing go on with the old version until then, and for good when ``is_over`` says so in between: then
    None is returned. A replay that was interrupted goes on from where it was, if what it has told so far is what the
    live version tells. Raises FoldStopped, or FeedDiffers when what was published does not come out again and
    ``accept_new_feed`` does not allow that; the old version stays live then.
    """
    version = _interrupted(versions) or max(versions.known(), default=0) + 1
    projection = versions.open(version)
    try:
        projection.put_facts({REBUILT_BY: ENGINE})
        follower, last = Follower(log, projection, page_entries=page_entries), log.head()[0]
        while not is_over() and follower.fold_page(up_to):
            if told is not None:
                told(follower.position, max(last, follower.position))
    except FoldStopped:
        projection.close()
        versions.drop(version)
        raise
    finally:
        projection.close()
    if is_over():
        versions.drop(version)
        return None
    _promote_or_drop(versions, version, accept_new_feed=accept_new_feed)
    for other in versions.known():
        if other != version:
            versions.drop(other)
    return version


def _interrupted(versions: Versions) -> int | None:
    """Return the version that an interrupted replay of this engine left, None when there is none to go on with."""
    live = versions.live()
    for version in versions.known() if live is not None else ():
        if live is not None and version > live:
            if _tells_the_same(versions, live, version):
                return version
            versions.drop(version)
    return None


def _tells_the_same(versions: Versions, live: int, version: int) -> bool:
    """Return whether a version is of this engine and release, and tells what the live one does, as far as it goes."""
    with (
        closing(versions.open(live, read_only=True)) as old,
        closing(versions.open(version, read_only=True)) as new,
        old.snapshot() as before,
        new.snapshot() as after,
    ):
        if (after.fact(REBUILT_BY), after.fact(SHAPE)) != (ENGINE, SHAPE_NOW):
            return False
        return begins_alike(before, after, min(before.last_seq(), after.last_seq()))


def _promote_or_drop(versions: Versions, version: int, *, accept_new_feed: bool) -> None:
    try:
        promote(versions, version, accept_new_feed=accept_new_feed)
    except BaseException:
        versions.drop(version)
        raise
