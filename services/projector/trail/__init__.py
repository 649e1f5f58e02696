"""The evidence trail of one person and competency."""
