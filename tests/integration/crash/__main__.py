"""``python -m integration.crash --kills 1000 --faults``: the long run, on each store, with its own PostgreSQL server."""

import random
import secrets
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from integration.crash.after import check_after
from integration.crash.kills import Plan, carry_out, publish_documents
from integration.crash.strikes import (
    Backups,
    Strike,
    migrate_through_kills,
    strikes_on_postgresql,
    strikes_on_sqlite,
)
from support.faults import Faults
from support.long_runs import arguments, on_each, report
from support.nursery import Nursery
from support.postgres import own_server
from support.served import Served

REST_SECONDS = 0.1
TOLD_EVERY = 50


def run(store_name: str, kills: int, seed: int, *, faults: bool) -> bool:
    """Return whether the store came through; print what was counted and every fault."""
    began = time.monotonic()
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="mastrail-crash-")))
        served, strikes = _prepared(store_name, folder, held, faults=faults)
        backups = Backups(folder)
        if faults:
            strikes["backup"] = backups.strike
        plan = Plan(kills, seed, rest_seconds=REST_SECONDS, with_lone_servers=True, strikes=strikes)
        publish_documents(served)
        result = carry_out(plan, served, lambda killed: _tell(store_name, killed, began))
        print(f"{store_name}, seed {seed}: {result}; now the whole store is checked", flush=True)
        found = [*result.faults, *check_after(served), *backups.faults]
        if faults:
            found += _check_aside(served, backups, folder, random.Random(seed))
        served.close()
    counted = f"; {backups.whole} backups, {backups.cut_short} cut short" if faults else ""
    return report(f"{store_name}, seed {seed}: {result}{counted}; {time.monotonic() - began:.0f} s", found)


def _prepared(store_name: str, folder: Path, held: ExitStack, *, faults: bool) -> tuple[Served, dict[str, Strike]]:
    """Return a new store that is served, and what may happen to it."""
    location, environment, strikes = "sqlite", {}, {}
    place = folder / "store"
    place.mkdir()
    if store_name == "postgresql":
        server = held.enter_context(own_server())
        location = server.cluster.url()
        strikes = strikes_on_postgresql(server) if faults else {}
    elif faults:
        disk = Faults(folder, place / "data")
        environment, strikes = disk.environment, strikes_on_sqlite(disk)
    served = Served(place, location, {}, environment)
    served.nursery = Nursery(environment)
    held.callback(served.nursery.close)
    held.callback(lambda: served.process and served.kill())
    served.open()
    return served, strikes


def _check_aside(served: Served, backups: Backups, folder: Path, chance: random.Random) -> list[str]:
    """Return what is wrong with a migration that was killed, and with the newest backup once it is restored."""
    found = [migrate_through_kills(served, folder / "older", chance)]
    if backups.last is not None and served.store == "sqlite":
        restored = Served(folder, "sqlite", {})
        for command in (("restore", str(backups.last)), ("check",)):
            done = restored.run(*command)
            found.append(None if done.returncode == 0 else f"{command[0]}: {done.stdout}{done.stderr}")
    return [fault for fault in found if fault is not None]


def _tell(store_name: str, killed: int, began: float) -> None:
    if killed % TOLD_EVERY == 0:
        print(f"{store_name}: {killed} kills in {time.monotonic() - began:.0f} s", flush=True)


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--kills", type=int, default=200, help="kill -9 of the server, on each store")
    parser.add_argument(
        "--faults",
        action="store_true",
        help="between the kills also a full disk, failing fsync, clock steps; ended connections, restarts of the "
        "database; backups, some cut short; and a migration that is killed",
    )
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(10**6), help="repeat a run with the seed it printed"
    )
    wanted = parser.parse_args()
    return on_each(wanted.store, lambda name: run(name, wanted.kills, wanted.seed, faults=wanted.faults))


if __name__ == "__main__":
    sys.exit(main())
