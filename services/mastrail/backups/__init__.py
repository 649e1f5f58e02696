"""Copies of a whole store in one folder, taken while it is served, and the way back."""
