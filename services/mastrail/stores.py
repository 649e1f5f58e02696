"""What the settings say about where things lie: the log, and the folder of the notary beside its keys."""

from pathlib import Path

from lrs.log.journal import Journal, open_journal
from lrs.log.migrations import Tell
from lrs.log.store import Store, open_store
from mastrail.settings import Settings
from mastrail.shell import utc_now


def open_log(settings: Settings, *, migrating: Tell | None = None) -> Store:
    """Open the log, made first if there is none; an older one is migrated where ``migrating`` is told each step.

    Raises StoreUnavailable when the database cannot be used, StoreTooNew, and StoreOutdated where nothing is migrated.
    """
    return open_store(settings.store, data_dir=settings.data_dir, now=utc_now, migrating=migrating)


def open_rejected(settings: Settings) -> Journal:
    """Open the journal of refused requests; the log has to be there. Raises StoreUnavailable as ``open_log`` does."""
    most, most_bytes = settings.rejected_requests, settings.rejected_bytes
    return open_journal(settings.store, data_dir=settings.data_dir, most=most, most_bytes=most_bytes)


def keys_folder(settings: Settings) -> Path:
    """Return the folder of the notary's keys, which nothing can replace: it belongs into the backup."""
    return settings.data_dir / "keys"


def notary_folder(settings: Settings) -> Path:
    """Return the folder of tiles and checkpoints, which can be made again from the log and the keys."""
    return settings.data_dir / "notary"
