"""Follows the log, keeps every read model, publishes what changed."""
