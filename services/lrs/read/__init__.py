"""Queries over the log and its index rows."""
