"""What a published level-0 tile or entry bundle says of each leaf, even when part of it is damaged."""

from projector.notary.core.entry import parse_entry
from projector.notary.core.faults import MalformedEntry, MalformedTile
from projector.notary.core.merkle import HASH_BYTES, leaf_hash
from projector.notary.core.tile import Tile, unpack_entries

_LENGTH_BYTES = 2
Fault = tuple[int, str]
"""The leaf index at which a file is damaged as a file, and how."""


def leaf_hashes(tile: Tile, content: bytes | None) -> tuple[list[bytes], Fault | None]:
    """Return the leaf hashes in ``content``, as far as they can be made out, and what is wrong with the file."""
    if content is None:
        return [], (tile.first_index, "the file is missing")
    return _of_tile(tile, content) if tile.level is not None else _of_bundle(tile, content)


def _of_tile(tile: Tile, content: bytes) -> tuple[list[bytes], Fault | None]:
    ends = range(HASH_BYTES, len(content) + 1, HASH_BYTES)
    hashes = [content[end - HASH_BYTES : end] for end in ends][: tile.width]
    if len(content) == tile.width * HASH_BYTES:
        return hashes, None
    place = min(len(hashes), tile.width - 1)
    return hashes, (tile.first_index + place, f"the tile has {len(content)} bytes, not {tile.width * HASH_BYTES}")


def _of_bundle(tile: Tile, content: bytes) -> tuple[list[bytes], Fault | None]:
    try:
        entries = unpack_entries(content)
    except MalformedTile:
        entries = []
    if len(entries) == tile.width:
        return [leaf_hash(entry) for entry in entries], None
    return _up_to_the_damage(tile, content)


def _up_to_the_damage(tile: Tile, content: bytes) -> tuple[list[bytes], Fault]:
    """Read entry by entry, and stop after the first that is none: from there on the lengths cannot be believed."""
    hashes: list[bytes] = []
    start = 0
    while start < len(content) and len(hashes) < tile.width:
        end = start + _LENGTH_BYTES + int.from_bytes(content[start : start + _LENGTH_BYTES], "big")
        entry = content[start + _LENGTH_BYTES : end]
        if not _is_entry(entry):
            return hashes, (tile.first_index + len(hashes), "the bundle has no entry of the right form here")
        hashes.append(leaf_hash(entry))
        start = end
    place = min(len(hashes), tile.width - 1)
    return hashes, (tile.first_index + place, f"the bundle has fewer or more than {tile.width} entries")


def _is_entry(entry: bytes) -> bool:
    try:
        parse_entry(entry)
    except MalformedEntry:
        return False
    return True
