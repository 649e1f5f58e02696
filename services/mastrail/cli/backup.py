"""``mastrail backup`` and ``mastrail restore``: the whole store in one folder, and back."""

from pathlib import Path
from typing import Annotated

import typer

from mastrail.backups.manifest import Manifest
from mastrail.backups.restoring import restore
from mastrail.backups.saving import save
from mastrail.cli.console import Steps, progress, say, say_json
from mastrail.cli.flags import STORE_FLAGS, with_settings
from mastrail.settings import Settings

Target = Annotated[Path, typer.Argument(metavar="DEST", help="Folder to make; it must not be there yet.")]
Source = Annotated[Path, typer.Argument(metavar="SRC", help="Folder that `mastrail backup` made.")]
Replace = Annotated[bool, typer.Option("--replace", help="Move what is there aside first; nothing of it is deleted.")]
Older = Annotated[
    bool, typer.Option("--accept-older", help="Restore although later entries were signed here than the backup has.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


@with_settings(*STORE_FLAGS)
def backup(settings: Settings, target: Target, as_json: AsJson = False) -> None:
    """Copy the store to the new folder DEST, while it is served or not: log, credentials, documents, keys and tree.

    Everything acknowledged before is in it. DEST appears when it is whole, with the SHA-256 of each file in
    `manifest.json`. It holds the notary's keys: keep it as safe as the store. PostgreSQL is dumped by `pg_dump`.

    Example: **mastrail backup /var/backups/mastrail-2026-03-01**
    """
    with progress("backing up") as steps:
        manifest = save(settings, target, Showing(steps))
    _tell("backup", manifest, target, as_json=as_json)


@with_settings(*STORE_FLAGS)
def restore_backup(
    settings: Settings, source: Source, replace: Replace = False, accept_older: Older = False, as_json: AsJson = False
) -> None:
    """Make the store again from the backup in SRC, in an empty data folder (and database). No server may run on it.

    Every file is verified first. States and events are computed again when the server starts. Run `mastrail check`
    afterwards.

    Example: **mastrail restore /var/backups/mastrail-2026-03-01 --data-dir /var/lib/mastrail**
    """
    with progress("restoring") as steps:
        manifest = restore(settings, source, Showing(steps), replace=replace, accept_older=accept_older)
    _tell("restored", manifest, settings.data_dir, as_json=as_json)


class Showing:
    """Shows on one bar what is being done and how far it is."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._what = ""
        self._done = 0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` are done."""
        if what != self._what:
            self._what, self._done = what, 0
            self._steps.begin(what, total)
        self._steps.advance(done - self._done)
        self._done = done


def _tell(done: str, manifest: Manifest, where: Path, *, as_json: bool) -> None:
    signed = 0 if manifest.notary is None else manifest.notary.size
    if as_json:
        say_json({"entries": manifest.entries, "signed": signed, "files": len(manifest.files), "bytes": manifest.size})
        return
    say(f"{done}: {manifest.entries} entries, {signed} of them signed, {manifest.size} bytes in {where}")
