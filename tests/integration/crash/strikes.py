"""What may go wrong besides a death, while a server lives: the disk, the clock, the database, a backup cut short."""

import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from support import older_stores
from support.faults import EVERYTHING, LOG, Faults
from support.postgres import OwnServer, end_connections
from support.served import Served

LONGEST_FAULT_SECONDS = 0.3
LONGEST_CLOCK_STEP_SECONDS = 3600

Strike = Callable[[Served, random.Random], AbstractContextManager[None]]
"""Makes something fail within the block, in which the server may be killed; afterwards all is well again."""


def strikes_on_sqlite(faults: Faults) -> dict[str, Strike]:
    """Return what may happen to a store on SQLite whose disk and clock are ``faults``."""

    def failing_sync(_served: Served, chance: random.Random) -> AbstractContextManager[None]:
        return faults.failing_sync(chance.choice([LOG, EVERYTHING]))

    def full_disk(_served: Served, chance: random.Random) -> AbstractContextManager[None]:
        return faults.full_disk(chance.choice([LOG, EVERYTHING]))

    @contextmanager
    def clock_steps(_served: Served, chance: random.Random) -> Iterator[None]:
        faults.step_clock(chance.randint(-LONGEST_CLOCK_STEP_SECONDS, LONGEST_CLOCK_STEP_SECONDS // 2))
        yield

    return {"failing fsync": failing_sync, "full disk": full_disk, "clock step": clock_steps}


def strikes_on_postgresql(server: OwnServer) -> dict[str, Strike]:
    """Return what may happen to a store on a PostgreSQL server that only this run uses."""

    @contextmanager
    def ended_connections(served: Served, _chance: random.Random) -> Iterator[None]:
        end_connections(served.store)
        yield

    @contextmanager
    def restart(_served: Served, _chance: random.Random) -> Iterator[None]:
        server.stop_at_once()
        yield
        server.start()

    return {"ended connections": ended_connections, "database restart": restart}


class Backups:
    """Backups taken during the run: some are cut short, the others are whole; the newest whole one is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.last: Path | None = None
        self.whole = self.cut_short = 0
        self.faults: list[str] = []

    @contextmanager
    def strike(self, served: Served, chance: random.Random) -> Iterator[None]:
        """Begin a backup; kill it within the block, or wait for its end after it."""
        target = self._folder / f"backup-{self.whole + self.cut_short}"
        process = served.spawn(self._folder / "backup.log", "backup", str(target))
        is_cut_short = chance.random() < 0.5
        if is_cut_short:
            time.sleep(chance.uniform(0.0, LONGEST_FAULT_SECONDS))
            process.kill()
            self.cut_short += 1
        yield
        if not is_cut_short:
            self._keep(target, process.wait())

    def _keep(self, target: Path, code: int) -> None:
        self.whole += 1
        if code != 0:
            self.faults.append(f"a backup ended with {code}")
            return
        if self.last is not None:
            shutil.rmtree(self.last)
        self.last = target


def migrate_through_kills(served: Served, folder: Path, chance: random.Random) -> str | None:
    """Migrate an older store, killed on the way, and return what is wrong with it then."""
    shutil.rmtree(folder, ignore_errors=True)
    older = Served(folder, "sqlite", {})
    older.nursery = served.nursery
    older_stores.make_store(older_stores.VERSIONS[0], "sqlite", older.data_dir)
    for _ in range(3):
        process = older.spawn(folder / "migrate.log", "migrate")
        time.sleep(chance.uniform(0.0, LONGEST_FAULT_SECONDS / 3))
        process.kill()
    done = older.spawn(folder / "migrate.log", "migrate")
    if done.wait() != 0:
        return f"the migration failed\n{done.tail()}"
    checked = older.spawn(folder / "check.log", "check")
    return None if checked.wait() == 0 else f"a check after the migration\n{checked.tail()}"
