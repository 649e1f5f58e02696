"""A projector in a process of its own, to be killed: ``python folding_process.py LOCATION FOLDER``."""

import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from lrs.log.store import open_store
from projector.role import Role
from projector.store.versions import open_versions


def main() -> None:
    """Fold in small pages until killed."""
    location, folder = sys.argv[1], Path(sys.argv[2])
    with open_store(location, data_dir=folder, now=lambda: datetime.now(UTC)) as store:
        versions = open_versions(location, data_dir=folder)
        Role(store, versions, threading.Event(), lambda: datetime.now(UTC), page_entries=7).run()


if __name__ == "__main__":
    main()
