"""What stops a command before it starts."""


class CannotRun(Exception):
    """The command cannot be run as it was asked for; the message says why, for the person who asked."""
