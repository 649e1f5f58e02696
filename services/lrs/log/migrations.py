"""The tables of an older store made those of this version: numbered, forward only, one recorded step after another.

Each step, and each piece of a long one, is a transaction that also records how far the migration is. Where a process
dies, the next one goes on, and of two that begin at once each does what the other has not done yet. The steps are the
queries ``migrate_<version>_..`` in ``90_migrations.sql``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lrs.log import queries
from lrs.log.faults import StoreDamaged, StoreOutdated, StoreTooNew
from lrs.log.session import Database, Session

TABLES = 3
"""The version of the tables that this program reads and writes."""

VERSION = "schema_version"
PIECE_POSITIONS = 20_000
_PROGRESS = "migration"
_EACH = "each_"


@dataclass(frozen=True, slots=True)
class Progress:
    """A step was done, or a piece of it: ``done`` of ``total`` log positions in a long one, else 1 of 1."""

    version: int
    step: str
    done: int
    total: int


Tell = Callable[[Progress], None]


class Migrated(Database, Protocol):
    """A database whose tables can be migrated."""

    engine: str
    """Which SQL it takes: ``sqlite`` or ``postgresql``."""


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a migration is: steps that are done, and the last position of the pieces that are done of the next."""

    version: int
    steps: int = 0
    position: int = 0


def version(meta: Mapping[str, bytes]) -> int:
    """Return the version of the tables of a store. Raises StoreDamaged when it does not say one."""
    try:
        return int(meta[VERSION])
    except (KeyError, ValueError) as error:
        raise StoreDamaged("the store does not say the version of its tables") from error


def require_current(meta: Mapping[str, bytes]) -> None:
    """Raise StoreTooNew or StoreOutdated, which say what to do, unless the tables are of this version."""
    found = version(meta)
    if found > TABLES:
        raise StoreTooNew(
            f"the store has tables of version {found}, this program knows versions up to {TABLES}: "
            "use the release that wrote it, or a later one"
        )
    if found < TABLES:
        raise StoreOutdated(
            f"the store has tables of version {found}, this program needs version {TABLES}: make a backup, stop every "
            "process of the older release and run `mastrail migrate`, or start `mastrail serve`, which migrates first"
        )


def migrate(
    database: Migrated, now: Callable[[], datetime], tell: Tell, piece_positions: int = PIECE_POSITIONS
) -> None:
    """Bring the tables to this version, telling each step that is done; long ones go by so many positions at a time.

    Raises StoreTooNew for a newer store, StoreUnavailable when the database cannot be written or a lock not be had:
    what is done stays done, and another call goes on from there.
    """
    while (progress := _next_piece(database, now, piece_positions)) is not None:
        tell(progress)


def _next_piece(database: Migrated, now: Callable[[], datetime], piece_positions: int) -> Progress | None:
    with database.migrating() as session:
        meta = {row["name"]: bytes(row["value"]) for row in session.look([("select_meta", {})])[0]}
        if version(meta) >= TABLES:
            require_current(meta)
            return None
        place = _place(meta)
        names = _steps(database.engine, place.version)
        progress, after = _run(session, names[place.steps], place, piece_positions)
        _put(session, _PROGRESS, f"{after.version} {after.steps} {after.position}")
        if after.steps == len(names):
            _put(session, f"migrated_{place.version}", now().isoformat())
            _put(session, VERSION, str(place.version))
    return progress


def _run(session: Session, name: str, place: _Place, piece_positions: int) -> tuple[Progress, _Place]:
    """Run a step, or the next piece of it; return what was done and how far the migration is then."""
    step = name.removeprefix(f"migrate_{place.version}_")
    if not step.startswith(_EACH):
        session.run(name, {})
        return Progress(place.version, step, 1, 1), _Place(place.version, place.steps + 1)
    heads = session.look([("select_head", {})])[0]
    head = heads[0]["position"] if heads else 0
    last = min(place.position + piece_positions, head)
    session.run(name, {"after": place.position, "last": last})
    is_done = last == head
    after = _Place(place.version, place.steps + is_done, 0 if is_done else last)
    return Progress(place.version, step, last, head), after


def _place(meta: Mapping[str, bytes]) -> _Place:
    following = version(meta) + 1
    known = meta.get(_PROGRESS, b"").split()
    if not known or int(known[0]) != following:
        return _Place(following)
    return _Place(following, int(known[1]), int(known[2]))


def _steps(engine: str, number: int) -> list[str]:
    return [name for name in queries.load(engine) if name.startswith(f"migrate_{number}_")]


def _put(session: Session, name: str, value: str) -> None:
    session.run("put_meta", {"name": name, "value": value.encode("ascii")})
