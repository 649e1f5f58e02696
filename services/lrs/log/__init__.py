"""The event log: facts, their topics, recorders, mapper and group-commit writer."""
