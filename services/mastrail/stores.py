"""Opening the log as the settings say."""

from lrs.log.store import Store, open_store
from mastrail.settings import Settings
from mastrail.shell import utc_now


def open_log(settings: Settings) -> Store:
    """Open the log, made first if there is none. Raises StoreUnavailable when the database cannot be used."""
    return open_store(settings.store, data_dir=settings.data_dir, now=utc_now)
