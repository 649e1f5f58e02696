"""Append numbered batches to a store until killed; print each batch that was acknowledged.

Usage: appending.py LOCATION FOLDER NAME BATCHES. The batch n of NAME has n % 5 + 2 entries.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from lrs.log.entry import STATEMENT_STORED, NewEntry, StatementIndex
from lrs.log.store import open_store


def main() -> None:
    location, folder, name, batches = sys.argv[1:]
    index = StatementIndex((("verb", name), ("agent", "everyone")))
    with open_store(location, data_dir=Path(folder), now=lambda: datetime.now(UTC)) as store:
        for number in range(int(batches)):
            texts = [f"{name} {number} {place}" for place in range(number % 5 + 2)]
            store.append(
                [NewEntry(uuid5(NAMESPACE_URL, text), STATEMENT_STORED, text.encode(), index) for text in texts]
            )
            print(number, flush=True)


if __name__ == "__main__":
    main()
