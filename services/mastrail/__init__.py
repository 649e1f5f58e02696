"""Command line and composition: the only part that reads settings and the clock."""
