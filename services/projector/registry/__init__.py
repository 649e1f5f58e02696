"""Frameworks, policies and trust: commands that become log entries."""
