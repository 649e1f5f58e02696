"""What was computed from the log: the live projection against a replay of the log into an empty one."""

import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lrs.log.faults import StoreDamaged
from lrs.log.store import Store
from mastrail.checks.finding import Finding, Step, unreadable
from mastrail.settings import Settings
from projector.follow import FoldStopped, Follower
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


@dataclass(frozen=True, slots=True)
class Compared:
    """What the live projection holds, or a replay where none is live, and what is wrong with it."""

    told: Told | None
    is_live: bool
    finding: Finding | None = None


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


def compared(settings: Settings, store: Store, last: int, step: Step) -> Compared:
    """Compare the live projection with a replay up to its position; with none, replay up to position ``last``."""
    with closing(open_versions(settings.store, data_dir=settings.data_dir)) as versions:
        known = live(versions)
    try:
        again = replayed(store, last if known is None else known.position, step)
    except FoldStopped as stopped:
        finding = Finding("projection", "the entry cannot be folded", stopped.position)
        return Compared(known, known is not None, finding)
    except StoreDamaged as damaged:
        return Compared(None, is_live=False, finding=unreadable("projection", damaged))
    if known is None:
        return Compared(again, is_live=False)
    if known == again:
        return Compared(known, is_live=True)
    return Compared(
        known, is_live=True, finding=Finding("projection", f"a replay gives {again.sha256}", known.position)
    )
