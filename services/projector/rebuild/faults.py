"""What can go wrong when several processes rebuild, as a class."""

from projector.store.faults import ProjectionFault


class WorkerLost(ProjectionFault):
    """A process that rebuilt ended before its time; nothing is half live, and the next rebuild goes on from here."""

    def __init__(self, number: int, of: int, why: str, position: int) -> None:
        super().__init__(
            f"worker {number + 1} of {of} {why}; the projection before stays live, and the next rebuild goes on "
            f"from position {position}"
        )
