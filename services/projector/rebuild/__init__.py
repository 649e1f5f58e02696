"""States and events computed again from the log, by one process or by several that share the people."""
