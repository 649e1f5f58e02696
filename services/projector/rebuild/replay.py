"""The log replayed into a new projection version beside the live one, which then takes its place."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from projector.follow import FoldStopped, Follower
from projector.follow import Log as FollowedLog
from projector.mastery.envelope import ENGINE
from projector.rebuild.plan import SharedLog
from projector.rebuild.sharing import OpenLog, fold_shared
from projector.store.projection import Projection
from projector.store.promotion import begins_alike, promote
from projector.store.versions import SHAPE, SHAPE_NOW, Versions

REBUILT_BY = "rebuilt_by"
"""The fact that names the engine which a replay began with."""
_LEAST_ENTRIES = 10_000
"""A stretch shorter than this for each worker is folded sooner than workers are started."""

Told = Callable[[int, int], None]
"""Told after each page of a replay: up to which position of the log it has come, and where the log ends."""


class Log(FollowedLog, SharedLog, Protocol):
    """What a replay needs of the log; ``lrs.log.store.Store`` is one."""

    def head(self) -> tuple[int, object]:
        """Return the last position and when it was recorded."""
        ...


@dataclass(frozen=True, slots=True)
class Workers:
    """How many processes fold, and how each opens the log; ``least_entries`` for each are worth starting them."""

    count: int
    open_log: OpenLog
    least_entries: int = _LEAST_ENTRIES


def rebuild(  # noqa: PLR0913 - all by name
    log: Log,
    versions: Versions,
    *,
    page_entries: int = 500,
    accept_new_feed: bool = False,
    up_to: int | None = None,
    is_over: Callable[[], bool] = lambda: False,
    told: Told | None = None,
    workers: Workers | None = None,
) -> int | None:
    """Replay the log (to ``up_to``) into a new projection version, make it live, drop the others, return its number.

    Readers and publishing go on with the old version until then. When ``is_over`` says so in between, None is returned;
    the next replay goes on from there, as after any interruption, if what it has told so far is what the live version
    tells. With ``workers``, so many processes fold what is in the log when it begins; the outcome is the
    same to the byte.

    Raises FoldStopped, WorkerLost, or FeedDiffers when what was published does not come out again and
    ``accept_new_feed`` does not allow that; the old version stays live then.
    """
    version = _interrupted(versions) or max(versions.known(), default=0) + 1
    try:
        with closing(versions.open(version)) as projection:
            projection.put_facts({REBUILT_BY: ENGINE})
            last = log.head()[0]
            with closing(_positions(log, versions, projection, (page_entries, up_to, last), workers)) as positions:
                for position in positions:
                    if told is not None:
                        told(position, max(last, position))
                    if is_over():
                        break
    except FoldStopped:
        versions.drop(version)
        raise
    if is_over():
        return None
    _promote_or_drop(versions, version, accept_new_feed=accept_new_feed)
    for other in versions.known():
        if other != version:
            versions.drop(other)
    return version


def _positions(
    log: Log,
    versions: Versions,
    projection: Projection,
    pages: tuple[int, int | None, int],
    workers: Workers | None,
) -> Generator[int]:
    """Fold everything and yield the position after each page; ``pages`` is their size, where to stop, and the head."""
    page_entries, up_to, last = pages
    end = last if up_to is None else min(last, up_to)
    with projection.snapshot() as snapshot:
        entries = end - snapshot.position()
    if workers is not None and workers.count > 1 and entries >= workers.least_entries * workers.count:
        yield from fold_shared(
            log,
            versions,
            projection,
            open_log=workers.open_log,
            workers=workers.count,
            up_to=end,
            page_entries=page_entries * workers.count,
        )
    follower = Follower(log, projection, page_entries=page_entries)
    while follower.fold_page(up_to):
        yield follower.position


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
