"""What was computed from the log: the live projection against a replay of the log into an empty one."""

import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lrs.log.store import Store
from mastrail.checks.finding import Step
from projector.follow import Follower
from projector.store.digest import projection_hash
from projector.store.projection import Snapshot
from projector.store.versions import Versions, open_versions


@dataclass(frozen=True, slots=True)
class Told:
    """What a projection holds: up to which log position, how much, and the SHA-256 over all of it."""

    position: int
    states: int
    events: int
    sha256: str


def told_by(snapshot: Snapshot) -> Told:
    """Return what a projection holds."""
    return Told(snapshot.position(), snapshot.count_states(), snapshot.last_seq(), projection_hash(snapshot))


def live(versions: Versions) -> Told | None:
    """Return what the live projection holds, None when none is live."""
    version = versions.live()
    if version is None:
        return None
    with closing(versions.open(version, read_only=True)) as projection, projection.snapshot() as snapshot:
        return told_by(snapshot)


def replayed(store: Store, last: int, step: Step) -> Told:
    """Return what a replay of the log up to position ``last`` gives. Raises FoldStopped at an entry it cannot fold."""
    with (
        tempfile.TemporaryDirectory(prefix="mastrail-replay-") as folder,
        closing(open_versions("sqlite", data_dir=Path(folder)).open(1)) as projection,
    ):
        follower = Follower(store, projection)
        while folded := follower.fold_page(last):
            step(folded)
        with projection.snapshot() as snapshot:
            return told_by(snapshot)
