"""What a backup says of itself: its kind of store, how far its log goes, and the SHA-256 of each of its files."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mastrail.faults import CannotRun

MANIFEST = "manifest.json"
_BLOCK_BYTES = 1024 * 1024

Bytes = Callable[[int], None]
"""Called now and then with how many more bytes were looked at."""


class UnusableBackup(CannotRun):
    """The folder holds no whole backup; the message says what is missing or differs."""


Kind = Literal["sqlite", "postgresql"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BackupFile(_Part):
    """One file, by its path in the backup."""

    path: str
    size: int = Field(ge=0, alias="bytes")
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class NotaryHead(_Part):
    """The last checkpoint in the backup: how many leaves it is over, and the root over them in hexadecimal digits."""

    size: int
    root: str


class Manifest(_Part):
    """The content of ``manifest.json``; ``entries`` is how many entries the log has at least."""

    format: Literal["mastrail.backup.v1"] = "mastrail.backup.v1"
    store: Kind
    begun: str
    finished: str
    entries: int
    notary: NotaryHead | None
    files: tuple[BackupFile, ...]

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(file.size for file in self.files)

    def as_json(self) -> bytes:
        """Return the content of the file."""
        return self.model_dump_json(by_alias=True, indent=2).encode() + b"\n"


def kind_of(location: str) -> Kind:
    """Return the kind of the store at ``location``, as settings say it."""
    return "sqlite" if location == "sqlite" else "postgresql"


def read_manifest(folder: Path) -> Manifest:
    """Return what the backup in ``folder`` says of itself. Raises UnusableBackup."""
    try:
        content = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise UnusableBackup(f"{folder} is no finished backup: {MANIFEST} cannot be read ({error.strerror})") from error
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise UnusableBackup(f"{folder / MANIFEST}: {where}: {fault['msg']}") from error
    for file in manifest.files:
        path = PurePosixPath(file.path)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise UnusableBackup(f"{folder / MANIFEST}: {file.path} leads out of the backup")
    return manifest


def listed(folder: Path, step: Bytes) -> tuple[BackupFile, ...]:
    """Return every file below ``folder`` with its size and hash, in the order of their paths."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(_listed(path, path.relative_to(folder).as_posix(), step) for path in paths)


def _listed(path: Path, name: str, step: Bytes) -> BackupFile:
    digest = hashlib.sha256()
    for block in blocks(path):
        digest.update(block)
        step(len(block))
    return BackupFile(path=name, bytes=path.stat().st_size, sha256=digest.hexdigest())


def require_whole(folder: Path, manifest: Manifest, step: Bytes) -> None:
    """Raise UnusableBackup, naming the file, unless every file is there with the size and hash that it had."""
    for file in manifest.files:
        path = folder / file.path
        if not path.is_file():
            raise UnusableBackup(f"{path} is missing")
        if path.stat().st_size != file.size or _listed(path, file.path, step) != file:
            raise UnusableBackup(f"{path} is not the file that was backed up: its size or SHA-256 differs")


def blocks(path: Path) -> Iterator[bytes]:
    """Yield the content of a file in pieces."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield block
