"""Read a page of the log, fold it, and write what changed with the new position in one transaction."""
