"""All states and events computed again from the log."""

from collections.abc import Callable
from contextlib import closing

from mastrail.checks.projection import Told, live
from mastrail.faults import CannotRun
from mastrail.settings import Settings
from mastrail.stores import open_log
from projector.follow import FoldStopped
from projector.role import rebuild
from projector.store.versions import open_versions

Step = Callable[[int, int], None]
_PAGE_ENTRIES = 2_000


def rebuild_projection(settings: Settings, *, accept_new_feed: bool, step: Step) -> Told:
    """Replay the log into a new projection, make it live, and return what it holds.

    ``step`` is called after each page with the position that was reached and the last one of the log.
    Raises CannotRun at an entry that cannot be folded, and FeedDiffers when published events would change and
    ``accept_new_feed`` does not allow that; the projection before stays live then.
    """
    with (
        open_log(settings) as log,
        closing(open_versions(settings.store, data_dir=settings.data_dir)) as versions,
    ):
        try:
            rebuild(
                log,
                versions,
                page_entries=max(settings.fold_page_entries, _PAGE_ENTRIES),
                accept_new_feed=accept_new_feed,
                told=step,
            )
        except FoldStopped as stopped:
            raise CannotRun(str(stopped)) from stopped
        told = live(versions)
    if told is None:
        raise CannotRun("no projection is live after the replay")
    return told
