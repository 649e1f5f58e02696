"""A backup: one folder, finished as a whole or not there at all."""

import secrets
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lrs.log import queries
from lrs.log.faults import StoreFault
from lrs.log.journal import FILE as REJECTED_FILE
from lrs.log.locks import LOG_FILE
from lrs.log.sqlite_copy import copy_database
from mastrail.backups import postgresql
from mastrail.backups.disk import copy_file, sync_folder, sync_tree, write_file
from mastrail.backups.manifest import MANIFEST, Manifest, NotaryHead, kind_of, listed
from mastrail.faults import CannotRun
from mastrail.settings import Settings
from mastrail.shell import utc_now
from mastrail.stores import keys_folder, notary_folder
from projector.notary.copying import copy_notary
from projector.notary.core.faults import NotaryFault
from projector.notary.ledger import FILE_NAME as LEDGER_FILE

Done = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is (0: unknown)."""


def save(settings: Settings, target: Path, told: Done) -> Manifest:
    """Copy the store to the new folder ``target`` while it is served, and return what the backup says of itself.

    Everything that was acknowledged before is in it. The notary is copied before the log, so that it never knows more
    than the log beside it. Projections are left out: they are made again from the log.
    Raises CannotRun when ``target`` is there already, when there is no store, or a program of PostgreSQL is missing.
    """
    if target.exists():
        raise CannotRun(f"{target} is there already; a backup never overwrites anything")
    _require_store(settings)
    begun = utc_now().isoformat()
    unfinished = target.with_name(f".{target.name}.unfinished-{secrets.token_hex(4)}")
    try:
        unfinished.mkdir(mode=0o700, parents=True)
        head = _copy_all(settings, unfinished, told)
        files = listed(unfinished, lambda _bytes: None)
        manifest = Manifest(
            store=kind_of(settings.store),
            begun=begun,
            finished=utc_now().isoformat(),
            entries=head.entries,
            notary=head.notary,
            files=files,
        )
        write_file(unfinished / MANIFEST, manifest.as_json())
        sync_tree(unfinished)
        _put_in_place(unfinished, target)
    except (OSError, NotaryFault, StoreFault) as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise CannotRun(f"no backup was made: {error}") from error
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return manifest


@dataclass(frozen=True, slots=True)
class _Head:
    """How far log and notary of the backup go."""

    entries: int
    notary: NotaryHead | None


def _require_store(settings: Settings) -> None:
    if settings.store == "sqlite" and not (settings.data_dir / LOG_FILE).exists():
        raise CannotRun(f"there is no store in {settings.data_dir}: {LOG_FILE} is missing")
    if settings.store != "sqlite" and postgresql.SCHEMA not in postgresql.schemas(settings.store):
        raise CannotRun(f"there is no store in the database: the schema {postgresql.SCHEMA} is missing")


def _copy_all(settings: Settings, folder: Path, told: Done) -> _Head:
    _copy_keys(keys_folder(settings), folder / "keys")
    notary = _copy_notary(notary_folder(settings), folder / "notary", told)
    if settings.store == "sqlite":
        for name in (REJECTED_FILE, LOG_FILE):
            if (settings.data_dir / name).exists():
                copy_database(settings.data_dir / name, folder / name, partial(told, f"copying {name}"))
        return _Head(_last_position(folder / LOG_FILE), notary)
    entries = postgresql.last_position(settings.store)
    told("dumping the log", 0, 0)
    postgresql.dump(settings.store, folder / postgresql.DUMP)
    return _Head(entries, notary)


def _copy_keys(keys: Path, target: Path) -> None:
    if not keys.is_dir():
        return
    target.mkdir(mode=0o700)
    for file in sorted(keys.iterdir()):
        if file.is_file() and not file.name.endswith(".tmp"):
            copy_file(file, target / file.name)


def _copy_notary(notary: Path, target: Path, told: Done) -> NotaryHead | None:
    if not (notary / LEDGER_FILE).exists():
        return None
    told("copying the tree", 0, 0)
    signed = copy_notary(notary, target, lambda _tiles: None)
    return None if signed is None else NotaryHead(size=signed.size, root=signed.root.hex())


def _last_position(log: Path) -> int:
    """Return the last position of a copied log."""
    address = f"{log.absolute().as_uri()}?immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as copy:
        copy.row_factory = sqlite3.Row
        head = copy.execute(queries.load("sqlite")["select_head"]).fetchone()
    return 0 if head is None else int(head["position"])


def _put_in_place(unfinished: Path, target: Path) -> None:
    if target.exists():
        raise CannotRun(f"{target} is there already; a backup never overwrites anything")
    unfinished.rename(target)
    sync_folder(target.parent)
