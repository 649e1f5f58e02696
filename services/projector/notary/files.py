"""The published files: ``checkpoint``, ``vkey`` and ``tile/..``, fit for any web server (C2SP tlog-tiles)."""

import os
from collections.abc import Callable
from pathlib import Path

from projector.notary.core.edge import TileContent
from projector.notary.core.tile import TILE_WIDTH, Tile, first_part

CHECKPOINT = "checkpoint"
VKEY = "vkey"
_TILES = "tile"
_UNFINISHED = ".tmp"

Step = Callable[[str], None]
"""Called with a name before each thing that is done to the disk; an interruption there is what a crash looks like."""


def no_step(name: str) -> None:
    """Let the work go on."""


class PublishedFiles:
    """Files that are complete whenever they are there, and there for good after ``settle`` returned."""

    def __init__(self, folder: Path, on_step: Step = no_step) -> None:
        self._folder = folder
        self._on_step = on_step
        self._unsettled: set[Path] = set()

    def checkpoint(self) -> bytes | None:
        """Return the published checkpoint."""
        return _read(self._folder / CHECKPOINT)

    def vkey(self) -> bytes | None:
        """Return the published verifier key."""
        return _read(self._folder / VKEY)

    def tile(self, tile: Tile) -> bytes | None:
        """Return the content of ``tile``, cut from a wider one at its place when its own file is gone."""
        # The writer may replace a partial tile by a wider one while we look for it, so a miss is looked up again.
        return self._find(tile) or self._find(tile)

    def own_file(self, tile: Tile) -> bytes | None:
        """Return what lies in the file of ``tile`` itself."""
        return _read(self._path(tile))

    def put_tile(self, part: TileContent) -> None:
        """Publish a tile or bundle; one that is there already with the same content is left alone."""
        path = self._path(part.tile)
        if _read(path) == part.content:
            self._unsettle(path)  # an interrupted run may have written it and not come to settle it
        else:
            self._write(path, part.content)

    def put(self, name: str, content: bytes) -> None:
        """Publish ``checkpoint`` or ``vkey`` for good."""
        self._write(self._folder / name, content)
        self.settle()

    def settle(self) -> None:
        """Make every name written so far survive a power cut."""
        for folder in sorted(self._unsettled):
            self._on_step(f"settle {folder.name}")
            _sync(folder)
        self._unsettled.clear()

    def prune(self, tile: Tile) -> None:
        """Remove the partial tiles at the place of ``tile`` but ``tile`` itself."""
        for width in self._partial_widths(tile):
            if width != tile.width:
                self._on_step("prune")
                self._path(tile.with_width(width)).unlink()
        if tile.is_full:
            self._on_step("prune folder")
            _remove(self._path(tile.with_width(1)).parent)

    def _find(self, tile: Tile) -> bytes | None:
        found = _read(self._path(tile))
        if found is not None or tile.is_full:
            return found
        for width in [*self._partial_widths(tile), TILE_WIDTH]:
            content = _read(self._path(tile.with_width(width))) if width > tile.width else None
            if content is not None:
                return first_part(tile, content)
        return None

    def _partial_widths(self, tile: Tile) -> list[int]:
        folder = self._path(tile.with_width(1)).parent
        try:
            names = os.listdir(folder)
        except FileNotFoundError:
            return []
        return sorted(int(name) for name in names if name.isdecimal())

    def _path(self, tile: Tile) -> Path:
        return self._folder / _TILES / tile.path

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + _UNFINISHED)
        self._on_step(f"write {path.name}")
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self._on_step(f"rename {path.name}")
        unfinished.replace(path)
        self._unsettle(path)

    def _unsettle(self, path: Path) -> None:
        self._unsettled.update(folder for folder in path.parents if folder.is_relative_to(self._folder))


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(folder: Path) -> None:
    """Remove a folder of partial tiles, which holds at most what an interrupted write left."""
    if folder.is_dir():
        for unfinished in folder.glob(f"*{_UNFINISHED}"):
            unfinished.unlink()
        folder.rmdir()
