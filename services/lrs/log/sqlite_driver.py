"""One connection to an SQLite file, as the event sourcing library makes it but for what it keeps prepared."""

import sqlite3

LOCK_TIMEOUT_SECONDS = 10
_PREPARED_STATEMENTS = 256


def connect(database: str) -> sqlite3.Connection:
    """Return a connection to the file that a URI names, usable from any thread, each statement its own transaction.

    The library asks the driver to keep one statement prepared (``cached_statements=True`` is the number 1), so that
    every statement is compiled whenever it runs. For an insert of many rows that takes longer than the rows do.
    """
    made = sqlite3.connect(
        database,
        uri=True,
        check_same_thread=False,
        isolation_level=None,
        timeout=LOCK_TIMEOUT_SECONDS,
        cached_statements=_PREPARED_STATEMENTS,
    )
    made.row_factory = sqlite3.Row
    return made
