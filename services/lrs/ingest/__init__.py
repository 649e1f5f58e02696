"""Commands: check, complete, append."""
