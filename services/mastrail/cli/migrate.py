"""``mastrail migrate``: the tables of an older release made those of this one."""

from contextlib import ExitStack

from lrs.log.locks import acquire_server_lock
from lrs.log.migrations import TABLES, Progress
from mastrail.cli.console import Steps, progress, say
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.settings import Settings
from mastrail.stores import open_log


@with_settings(*STORE_FLAGS)
def migrate(settings: Settings) -> None:
    """Bring the tables of a store that an older release wrote to this release. Entries are not changed.

    Make a backup and stop every process of the older release first: it cannot use the store afterwards, and there is no
    way back but the backup. Interrupted, run it again: it goes on where it was. A store that is up to date stays as it
    is. `mastrail serve` and `mastrail lrs` do the same when they start; this command shows how far it is.

    Example: **mastrail migrate --data-dir /var/lib/mastrail**
    """
    with ExitStack() as held:
        if settings.store == "sqlite":
            held.enter_context(acquire_server_lock(settings.data_dir))
        shown = Shown(held.enter_context(progress("migrating")))
        held.enter_context(open_log(settings, migrating=shown))
    say(f"tables of version {TABLES}: {_counted(shown.count)}")


def _counted(steps: int) -> str:
    if steps == 0:
        return "nothing to do"
    return "1 step done" if steps == 1 else f"{steps} steps done"


class Shown:
    """Shows each step on one bar and counts them, pieces of a long one included."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self.count = 0

    def __call__(self, done: Progress) -> None:
        """Show how far the step is."""
        self.count += 1
        self._steps.begin(f"to version {done.version}: {done.step.replace('_', ' ')}", done.total)
        self._steps.advance(done.done)
