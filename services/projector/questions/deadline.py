"""A question may take so long and no longer: whoever asks too much is told so, and the server stays free."""

from dataclasses import dataclass, field
from time import monotonic

from lrs.log.faults import QueryTimeout


@dataclass(frozen=True, slots=True)
class Deadline:
    """When an answer has to be there; ``seconds`` None: it may take as long as it takes."""

    seconds: float | None = None
    _started: float = field(default_factory=monotonic)

    def check(self) -> None:
        """Raise QueryTimeout when the time is over."""
        if self.seconds is not None and monotonic() - self._started > self.seconds:
            raise QueryTimeout(f"the answer takes longer than {self.seconds:g} seconds; ask for less")


NO_DEADLINE = Deadline()
