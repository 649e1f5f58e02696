"""The live projection as readers see it: the pointer is followed, from one complete version to the next."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic

from projector.store.faults import ProjectionFault, ProjectionMissing
from projector.store.projection import Projection, Snapshot
from projector.store.versions import Versions

_POINTER_SECONDS = 1.0


class LiveProjection:
    """Read-only access to whichever version is live; safe to use from several threads."""

    def __init__(self, versions: Versions, *, pointer_seconds: float = _POINTER_SECONDS) -> None:
        self._versions = versions
        self._pointer_seconds = pointer_seconds
        self._lock = Lock()
        self._projection: Projection | None = None
        self._looked_at = 0.0

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Open one unchanging state of the live version.

        Raises ProjectionMissing before the first version is live, ProjectionUnavailable when it cannot be read.
        """
        try:
            with self._current().snapshot() as snapshot:
                yield snapshot
        except ProjectionFault:
            self._looked_at = 0.0
            raise

    def version(self) -> int:
        """Return the live version. Raises as ``snapshot`` does."""
        return self._current().version

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            projection, self._projection = self._projection, None
        if projection is not None:
            projection.close()

    def _current(self) -> Projection:
        with self._lock:
            now = monotonic()
            if self._projection is None or now - self._looked_at > self._pointer_seconds:
                self._projection = self._follow_pointer()
                self._looked_at = now
            return self._projection

    def _follow_pointer(self) -> Projection:
        """Return the live projection. One that is no longer live closes itself when its last reader is done."""
        version = self._versions.live()
        if version is None:
            raise ProjectionMissing("no projection is live yet")
        if self._projection is not None and self._projection.version == version:
            return self._projection
        return self._versions.open(version, read_only=True)
