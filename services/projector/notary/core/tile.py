"""Tiles of the tree and bundles of entries: their names, paths and contents (C2SP tlog-tiles).

A tile at level ``L`` holds 256 hashes, each the root over ``256 ** L`` leaves; a bundle holds the 256 entries under the
level-0 tile of the same number. The rightmost ones are partial: they have a width of 1 to 255.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from projector.notary.core.faults import MalformedTile
from projector.notary.core.merkle import HASH_BYTES, HashAt, subtree_root

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
MAX_LEVEL = 63
MAX_ENTRY_BYTES = 0xFFFF
_LENGTH_BYTES = 2
_ENTRIES = "entries"
_MAX_NUMBER = (1 << 63) - 1

_PATH = re.compile(
    r"(?P<level>entries|0|[1-9][0-9]?)/(?P<number>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """The name of a tile, or of an entry bundle when ``level`` is None; ``width`` is 256 when it is full."""

    level: int | None
    number: int
    width: int = TILE_WIDTH

    @property
    def is_full(self) -> bool:
        """Whether nothing can be added to it any more."""
        return self.width == TILE_WIDTH

    @property
    def path(self) -> str:
        """The path below ``tile/``, such as ``0/x001/x234/067`` or ``entries/000.p/7``."""
        level = _ENTRIES if self.level is None else str(self.level)
        suffix = "" if self.is_full else f".p/{self.width}"
        return f"{level}/{_grouped(self.number)}{suffix}"

    @property
    def first_index(self) -> int:
        """The index of the first leaf below the tile."""
        return self.number << TILE_HEIGHT * ((self.level or 0) + 1)

    def with_width(self, width: int) -> "Tile":
        """Return the tile of the same place that holds ``width`` hashes."""
        return Tile(self.level, self.number, width)


def parse_path(path: str) -> Tile:
    """Return the tile that ``path`` (below ``tile/``) names, taking only the one spelling that a tile has.

    Raises MalformedTile.
    """
    matched = _PATH.fullmatch(path)
    if matched is None:
        raise MalformedTile("a tile path is <level>/<number>[.p/<width>], the number in groups of three digits")
    level = None if matched["level"] == _ENTRIES else int(matched["level"])
    number = int(matched["number"].replace("x", "").replace("/", ""))
    width = TILE_WIDTH if matched["width"] is None else int(matched["width"])
    if level is not None and level > MAX_LEVEL:
        raise MalformedTile(f"the level of a tile is 0..{MAX_LEVEL}")
    if matched["width"] is not None and width >= TILE_WIDTH:
        raise MalformedTile(f"the width of a partial tile is 1..{TILE_WIDTH - 1}")
    tile = Tile(level, number, width)
    if number > _MAX_NUMBER or tile.path != path:
        raise MalformedTile("the number of a tile has no superfluous groups")
    return tile


def partial_tiles(size: int) -> list[Tile]:
    """Return the partial tiles and the partial bundle of the tree of ``size`` leaves, the bundle first."""
    found = [Tile(None, size >> TILE_HEIGHT, size % TILE_WIDTH)]
    level = 0
    while size >> TILE_HEIGHT * level:
        count = size >> TILE_HEIGHT * level
        found.append(Tile(level, count >> TILE_HEIGHT, count % TILE_WIDTH))
        level += 1
    return [tile for tile in found if tile.width]


def full_tiles(size: int) -> Iterator[Tile]:
    """Yield the full tiles and bundles of the tree of ``size`` leaves."""
    level = 0
    while full := size >> TILE_HEIGHT * (level + 1):
        for number in range(full):
            if level == 0:
                yield Tile(None, number)
            yield Tile(level, number)
        level += 1


def covers(size: int, tile: Tile) -> bool:
    """Return whether a tree of ``size`` leaves has all the hashes or entries of ``tile``."""
    return size >> TILE_HEIGHT * (tile.level or 0) >= tile.number * TILE_WIDTH + tile.width


def tile_hashes(tile: Tile, content: bytes) -> list[bytes]:
    """Split the content of a tile into its hashes. Raises MalformedTile when it has another width."""
    if len(content) != tile.width * HASH_BYTES:
        raise MalformedTile(f"tile {tile.path} has {len(content)} bytes, not {tile.width * HASH_BYTES}")
    return [content[place : place + HASH_BYTES] for place in range(0, len(content), HASH_BYTES)]


def hash_reader(read_tile: Callable[[Tile], Sequence[bytes]], size: int) -> HashAt:
    """Return ``hash_at`` for the tree of ``size`` leaves over the hashes of its tiles; each tile is read once."""
    known: dict[tuple[int, int], Sequence[bytes]] = {}

    def hash_at(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        number, first = divmod(index << height, TILE_WIDTH)
        if (tile_level, number) not in known:
            width = min(TILE_WIDTH, (size >> TILE_HEIGHT * tile_level) - number * TILE_WIDTH)
            known[tile_level, number] = read_tile(Tile(tile_level, number, width))
        return subtree_root(known[tile_level, number][first : first + (1 << height)])

    return hash_at


def pack_entries(entries: Sequence[bytes]) -> bytes:
    """Return the bundle of ``entries``: each with its length before it, in two bytes, big-endian.

    Raises MalformedTile when an entry is longer than a bundle can hold.
    """
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise MalformedTile(f"an entry has {len(entry)} bytes; a bundle takes at most {MAX_ENTRY_BYTES}")
        parts += (len(entry).to_bytes(_LENGTH_BYTES, "big"), entry)
    return b"".join(parts)


def unpack_entries(bundle: bytes) -> list[bytes]:
    """Return the entries of ``bundle``. Raises MalformedTile when it ends within one or has more than 256."""
    bounds = [0, *_ends(bundle)]
    return [bundle[start + _LENGTH_BYTES : end] for start, end in pairwise(bounds)]


def first_part(tile: Tile, content: bytes) -> bytes:
    """Return what ``tile`` has of ``content``, which is that of the same tile or of a wider one at its place.

    Raises MalformedTile when ``content`` is narrower.
    """
    if tile.level is not None:
        end = tile.width * HASH_BYTES
    else:
        ends = _ends(content)
        end = ends[tile.width - 1] if len(ends) >= tile.width else len(content) + 1
    if end > len(content):
        raise MalformedTile(f"the stored tile is narrower than {tile.path}")
    return content[:end]


def _ends(bundle: bytes) -> list[int]:
    ends = list(_entry_ends(bundle))
    if ends and ends[-1] > len(bundle):
        raise MalformedTile("the entry bundle ends within an entry")
    if len(ends) > TILE_WIDTH:
        raise MalformedTile(f"the entry bundle has more than {TILE_WIDTH} entries")
    return ends


def _entry_ends(bundle: bytes) -> Iterator[int]:
    place = 0
    while place < len(bundle):
        place += _LENGTH_BYTES + int.from_bytes(
            bundle[place : place + _LENGTH_BYTES].ljust(_LENGTH_BYTES, b"\xff"), "big"
        )
        yield place


def _grouped(number: int) -> str:
    digits = str(number)
    digits = digits.rjust(-(-len(digits) // 3) * 3, "0")
    groups = [digits[place : place + 3] for place in range(0, len(digits), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
