"""What the commands that change the registry share: reading a document, who and why, and telling what came of it."""

import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from mastrail.cli.console import say, stdin_bytes
from mastrail.faults import CannotRun
from projector.registry.append import By, Change
from projector.registry.loading import MAX_BYTES, load_document

DocumentFile = Annotated[Path, typer.Argument(metavar="FILE", help="The document, YAML or JSON; - is standard input.")]
Why = Annotated[str, typer.Option("--why", help="The reason; it is kept in the log.")]
WHY = "by command"


def read_document(file: Path) -> dict[str, Any]:
    """Return the only document of ``file``. Raises CannotRun when it cannot be read, InvalidDocument when it is bad."""
    return load_document(read_content(file))


def read_content(file: Path, most_bytes: int = MAX_BYTES) -> bytes:
    """Return what is in ``file``, ``-`` being standard input; of a larger one, one byte more than ``most_bytes``.

    Raises CannotRun when it cannot be read.
    """
    try:
        if str(file) == "-":
            return stdin_bytes().read(most_bytes + 1)
        with file.open("rb") as opened:
            return opened.read(most_bytes + 1)
    except OSError as error:
        raise CannotRun(f"{file} cannot be read: {error.strerror}") from error


def by(why: str) -> By:
    """Return the user of this machine (``operator`` where it has no name), and why."""
    try:
        return By(getpass.getuser(), why)
    except (KeyError, OSError):
        return By("operator", why)


def tell_change(document: dict[str, Any], change: Change) -> None:
    """Print what became of a command."""
    what = "recorded" if change.is_new else "was there already: nothing changed,"
    say(f"{document['kind']} {document['id']} version {document['version']} {what} at position {change.position}")
