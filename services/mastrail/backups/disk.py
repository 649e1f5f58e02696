"""Files and folders that are there for good once a function returns."""

import os
import shutil
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Make the names in ``folder`` and all folders below it survive a power cut."""
    for inner in folder.rglob("*"):
        if inner.is_dir():
            sync_folder(inner)
    sync_folder(folder)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, to be read by its owner alone."""
    with source.open("rb") as read, os.fdopen(_create(target), "wb") as written:
        shutil.copyfileobj(read, written, 1024 * 1024)
        written.flush()
        os.fsync(written.fileno())


def write_file(target: Path, content: bytes) -> None:
    """Write a new file, to be read by its owner alone."""
    with os.fdopen(_create(target), "wb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())


def _create(target: Path) -> int:
    return os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
