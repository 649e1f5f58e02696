"""A store made again from its backup: every file verified before anything is touched."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from lrs.log.locks import LOCK_FILE, LOG_FILE, acquire_server_lock
from mastrail.backups import postgresql
from mastrail.backups.disk import copy_file, sync_folder, sync_tree
from mastrail.backups.manifest import Manifest, kind_of, read_manifest, require_whole
from mastrail.faults import CannotRun
from mastrail.settings import Settings
from mastrail.shell import utc_now
from mastrail.stores import notary_folder
from projector.notary.core.checkpoint import parse_checkpoint
from projector.notary.core.faults import NotaryFault, NotPublished
from projector.notary.core.note import parse_note
from projector.notary.lock import FolderLock
from projector.notary.reader import LogReader

STAGING = ".restoring"
_REPLACED = "replaced-"

Part = Callable[[str, int, int], None]
"""Called with what is being done, how many bytes of it are done and how many there are."""


def restore(settings: Settings, source: Path, told: Part, *, replace: bool, accept_older: bool) -> Manifest:
    """Put the store of the backup in ``source`` into the data folder, and the database, of ``settings``.

    ``replace`` moves what is there aside, into a folder (and a schema) whose name says when; nothing is deleted but
    projections. ``accept_older`` allows that the log ends before what was signed here.
    Raises UnusableBackup when a file is missing or differs, CannotRun when there is something already, StoreLocked
    when a server is running; nothing was changed then.
    """
    manifest = read_manifest(source)
    if manifest.store != kind_of(settings.store):
        raise CannotRun(f"the backup is of a {manifest.store} store; say with --store where that is")
    _verify(source, manifest, told)
    with _alone(settings):
        _require_place(settings, replace)
        if not accept_older:
            _require_not_older(settings, manifest)
        stamp = utc_now().strftime("%Y%m%dT%H%M%SZ")
        staged = _stage(settings.data_dir, source, manifest, told)
        if replace:
            _move_aside(settings.data_dir, stamp)
        if settings.store != "sqlite":
            _load(settings.store, staged / postgresql.DUMP, stamp, told)
        _put_in_place(settings.data_dir, staged)
    return manifest


def _verify(source: Path, manifest: Manifest, told: Part) -> None:
    done = 0

    def step(size: int) -> None:
        nonlocal done
        done += size
        told("verifying", done, manifest.size)

    require_whole(source, manifest, step)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Hold the locks of a server and of a projector, so that neither runs meanwhile."""
    with ExitStack() as held:
        held.enter_context(acquire_server_lock(settings.data_dir))
        if notary_folder(settings).is_dir():
            try:
                held.callback(FolderLock(notary_folder(settings)).release)
            except NotaryFault as busy:
                raise CannotRun(f"a projector is running: {busy}") from busy
        yield


def _present(data_dir: Path) -> list[Path]:
    kept = (LOCK_FILE, STAGING)
    return sorted(path for path in data_dir.iterdir() if path.name not in kept and not path.name.startswith(_REPLACED))


def _require_place(settings: Settings, replace: bool) -> None:
    if replace:
        return
    present = _present(settings.data_dir)
    if present:
        raise CannotRun(f"{settings.data_dir} holds {present[0].name} already; --replace moves what is there aside")
    if settings.store != "sqlite" and (there := postgresql.schemas(settings.store)):
        raise CannotRun(f"the database has the schema {there[0]} already; --replace moves what is there aside")


def _require_not_older(settings: Settings, manifest: Manifest) -> None:
    """Refuse to let the log end before what was signed here: its notary would sign another history."""
    try:
        signed = parse_checkpoint(parse_note(LogReader(notary_folder(settings)).checkpoint()).text).size
    except NotPublished:
        return
    if signed > manifest.entries:
        raise CannotRun(
            f"a checkpoint over {signed} entries was signed here, and the backup ends after {manifest.entries}: "
            "whoever holds that checkpoint would see two histories. Restore a later backup, or use --accept-older"
        )


def _stage(data_dir: Path, source: Path, manifest: Manifest, told: Part) -> Path:
    staging = data_dir / STAGING
    if staging.exists():  # left by a run that was interrupted
        shutil.rmtree(staging)
    staging.mkdir(mode=0o700)
    done = 0
    for file in manifest.files:
        target = staging / file.path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        copy_file(source / file.path, target)
        done += file.size
        told("copying", done, manifest.size)
    require_whole(staging, manifest, lambda _size: None)
    sync_tree(staging)
    return staging


def _move_aside(data_dir: Path, stamp: str) -> None:
    present = _present(data_dir)
    if not present:
        return
    aside = data_dir / f"{_REPLACED}{stamp}"
    aside.mkdir(mode=0o700)
    for path in present:
        path.rename(aside / path.name)
    sync_folder(data_dir)


def _load(url: str, dumped: Path, stamp: str, told: Part) -> None:
    told("loading the log into PostgreSQL", 0, 0)
    if postgresql.schemas(url):
        postgresql.move_away(url, stamp.lower())
    postgresql.load(url, dumped)
    dumped.unlink()


def _put_in_place(data_dir: Path, staged: Path) -> None:
    """Move everything into its place, the log last: without it there is no store that a server could go on with."""
    for path in sorted(staged.iterdir(), key=lambda path: (path.name == LOG_FILE, path.name)):
        path.rename(data_dir / path.name)
    staged.rmdir()
    sync_folder(data_dir)
