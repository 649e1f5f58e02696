"""All states and events computed again from the log."""

from collections.abc import Callable
from contextlib import closing
from functools import partial

from mastrail.checks.projection import Told, live
from mastrail.faults import CannotRun
from mastrail.processes import processors
from mastrail.settings import Settings
from mastrail.stores import open_log
from projector.follow import FoldStopped
from projector.rebuild.replay import Workers, rebuild
from projector.store.versions import open_versions

Step = Callable[[int, int], None]
_PAGE_ENTRIES = 2_000
_MOST_WORKERS = 8


def rebuild_projection(settings: Settings, *, accept_new_feed: bool, step: Step, workers: int | None = None) -> Told:
    """Replay the log into a new projection, make it live, and return what it holds.

    ``step`` is called after each page with the position that was reached and the last one of the log; ``workers`` is
    how many processes fold, None for one on each processor. Raises CannotRun at an entry that cannot be folded,
    WorkerLost when a process ends before its time, and FeedDiffers when published events would change and
    ``accept_new_feed`` does not allow that; the projection before stays live then.
    """
    count = min(processors(), _MOST_WORKERS) if workers is None else workers
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
                workers=Workers(count, partial(open_log, settings)),
            )
        except FoldStopped as stopped:
            raise CannotRun(str(stopped)) from stopped
        told = live(versions)
    if told is None:
        raise CannotRun("no projection is live after the replay")
    return told
