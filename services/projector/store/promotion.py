"""Going live: from one projection version to the next without publishing anything twice."""

from contextlib import closing

from projector.store.faults import FeedDiffers
from projector.store.projection import Snapshot
from projector.store.versions import FEED, Versions

_COMPARED = 1000


def promote(versions: Versions, version: int, *, accept_new_feed: bool = False) -> None:
    """Make ``version`` live and carry the publish cursors, so that nothing is published twice.

    Raises FeedDiffers when its feed does not begin with the published part of the live one (another engine, say),
    unless ``accept_new_feed``: then publishing starts again from its first event, under a new feed.
    """
    live = versions.live()
    if live is not None and live != version:
        _carry(versions, live, version, accept_new_feed=accept_new_feed)
    versions.point_to(version)


def _carry(versions: Versions, live: int, version: int, *, accept_new_feed: bool) -> None:
    with closing(versions.open(live, read_only=True)) as old, closing(versions.open(version)) as new:
        with old.snapshot() as before, new.snapshot() as after:
            cursors, feed = before.cursors(), before.fact(FEED) or str(live)
            same = begins_alike(before, after, max(cursors.values(), default=0))
        if same:
            new.put_cursors(cursors)
            new.put_facts({FEED: feed})
        elif not accept_new_feed:
            message = f"projection {version} tells another story than projection {live} up to what was published"
            raise FeedDiffers(message)
        with old.snapshot() as before:
            new.carry_published(before)


def begins_alike(before: Snapshot, after: Snapshot, up_to: int) -> bool:
    """Return whether two projections tell the same events up to the number ``up_to``."""
    seq = 0
    while seq < up_to:
        limit = min(_COMPARED, up_to - seq)
        page = before.events(seq, limit)
        if not page or page != after.events(seq, limit):
            return False
        seq = page[-1].seq
    return True
