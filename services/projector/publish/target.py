"""What the relay needs of what it reads from, and of a place that it sends to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

Sent = TypeVar("Sent")
Sent_contra = TypeVar("Sent_contra", contravariant=True)

IdAt = Callable[[int], str | None]


class TargetUnavailable(Exception):
    """The target did not acknowledge now; what it has is found out when it is opened again."""


class Target(Protocol[Sent_contra]):
    """A place that things are sent to, in order per person: events of the feed, or records of a topic."""

    name: str
    """The name of its cursor."""

    def open(self, feed: str, id_at: IdAt) -> None:
        """Connect, and find out what of ``feed`` the target really has. Raises TargetUnavailable.

        ``id_at`` tells the id of what the source has under a number: what the target has under it may be of a log that
        was since restored from a backup, and went on in another way.
        """
        ...

    def send(self, events: Sequence[Sent_contra]) -> int:
        """Send those that the target does not have yet; all are acknowledged when this returns.

        Returns how many were sent. Raises TargetUnavailable: some may have arrived, ``open`` finds out which.
        """
        ...

    def close(self) -> None:
        """Give the connection up, so that nothing more can arrive through it."""
        ...


@dataclass(frozen=True, slots=True)
class Waiting(Generic[Sent]):
    """The next things to be sent; ``up_to`` is the number up to which nothing is left once they are.

    ``passed`` is how many lie behind then that did not before: more than are sent where some are of no concern.
    """

    sent: Sequence[Sent]
    up_to: int
    passed: int


class Source(Protocol[Sent]):
    """What waits to be sent to one target, in order, and how far that target is."""

    def feed(self) -> str:
        """Return the name of that which the numbers count: another one has other numbers."""
        ...

    def cursor(self) -> int:
        """Return the number up to which the target has acknowledged everything. The target is open already."""
        ...

    def id_at(self, number: int) -> str | None:
        """Return the id of what has that number, None when nothing has it."""
        ...

    def waiting(self, after: int, limit: int) -> Waiting[Sent]:
        """Return what comes next after the number ``after``, of about ``limit`` things."""
        ...

    def acknowledged(self, sent: Waiting[Sent]) -> None:
        """Keep that the target has all of this, durably."""
        ...
