"""A copy of the notary's folder at the moment of its last checkpoint, taken while the notary is at work."""

from collections.abc import Callable, Iterator
from pathlib import Path

from lrs.log.sqlite_copy import copy_database
from projector.notary.core.checkpoint import Checkpoint, parse_checkpoint
from projector.notary.core.edge import TileContent
from projector.notary.core.faults import NotaryDamaged
from projector.notary.core.note import parse_note
from projector.notary.core.tile import Tile, full_tiles, partial_tiles
from projector.notary.files import CHECKPOINT, VKEY, PublishedFiles
from projector.notary.ledger import FILE_NAME, Ledger


def copy_notary(folder: Path, target: Path, step: Callable[[int], None]) -> Checkpoint | None:
    """Copy ``folder`` to the new folder ``target`` and return the checkpoint of the copy, None when there was none.

    The record of leaves is copied first, as of one moment; all tiles that it speaks of were there before. Partial tiles
    of that moment that are gone since are cut from those that replaced them. ``step`` is told the number of tiles.
    Raises NotaryDamaged when a tile is missing.
    """
    target.mkdir(mode=0o700)
    copy_database(folder / FILE_NAME, target / FILE_NAME, lambda _done, _total: None)
    note, leaves = _recorded(target)
    signed = None if note is None else parse_checkpoint(parse_note(note).text)
    source, copy = PublishedFiles(folder), PublishedFiles(target)
    for tile in _needed(leaves, 0 if signed is None else signed.size):
        content = source.tile(tile)
        if content is None:
            raise NotaryDamaged(f"the published tile {tile.path} is missing")
        copy.put_tile(TileContent(tile, content))
        step(1)
    for name, content in ((VKEY, source.vkey()), (CHECKPOINT, note)):
        if content is not None:
            copy.put(name, content)
    copy.settle()
    return signed


def _recorded(folder: Path) -> tuple[bytes | None, int]:
    """Return the last checkpoint and the number of leaves of the record in ``folder``, and leave nothing beside it."""
    ledger = Ledger(folder, read_only=True)
    try:
        note, last = ledger.signed(), ledger.last_leaf()
    finally:
        ledger.close()
    for suffix in ("-wal", "-shm"):
        (folder / f"{FILE_NAME}{suffix}").unlink(missing_ok=True)
    return note, 0 if last is None else last.index + 1


def _needed(leaves: int, signed_size: int) -> Iterator[Tile]:
    """Yield the full tiles of all leaves, signed or not, and the partial tiles of what is signed."""
    yield from full_tiles(leaves)
    yield from partial_tiles(signed_size)
