"""What the relay needs of a place that it sends the feed to."""

from collections.abc import Sequence
from typing import Protocol

from projector.store.projection import FeedEvent


class TargetUnavailable(Exception):
    """The target did not acknowledge now; what it has is found out when it is opened again."""


class Target(Protocol):
    """A place that events are sent to, in order per person."""

    name: str
    """The name of its cursor."""

    def open(self, feed: str) -> None:
        """Connect, and find out which events of ``feed`` the target really has. Raises TargetUnavailable."""
        ...

    def send(self, events: Sequence[FeedEvent]) -> int:
        """Send those events that the target does not have yet; all are acknowledged when this returns.

        Returns how many were sent. Raises TargetUnavailable: some may have arrived, ``open`` finds out which.
        """
        ...

    def close(self) -> None:
        """Give the connection up, so that nothing more can arrive through it."""
        ...
