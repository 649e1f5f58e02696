"""The right edge of a growing tree: the entries and hashes that are not yet in a full tile.

It is all that growing the tree and knowing its root needs; whatever fills up is handed out once and forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from projector.notary.core.merkle import CompactRange, fold_peaks, leaf_hash, subtree_root
from projector.notary.core.tile import TILE_HEIGHT, TILE_WIDTH, Tile, pack_entries


@dataclass(frozen=True, slots=True)
class TileContent:
    """A tile or bundle and the bytes that it holds."""

    tile: Tile
    content: bytes


class Edge:
    """The incomplete tile of each level and the incomplete bundle of the tree of ``size`` leaves."""

    def __init__(self, size: int = 0, entries: Sequence[bytes] = (), upper: Sequence[Sequence[bytes]] = ()) -> None:
        """Take up an edge where ``entries`` and ``upper`` (hashes of levels 1, 2, ..) left it."""
        self.size = size
        self.entries = list(entries)
        self.rows = [[leaf_hash(entry) for entry in entries], *(list(row) for row in upper)]
        self._filled: list[TileContent] = []

    def copy(self) -> "Edge":
        """Return an edge that grows on its own."""
        twin = Edge(self.size)
        twin.entries = self.entries.copy()
        twin.rows = [row.copy() for row in self.rows]
        return twin

    def append(self, entry: bytes) -> None:
        """Add the next leaf."""
        self.entries.append(entry)
        self.rows[0].append(leaf_hash(entry))
        self.size += 1
        if len(self.entries) == TILE_WIDTH:
            self._fill()

    def take_filled(self) -> list[TileContent]:
        """Return what has become full since the last call."""
        filled, self._filled = self._filled, []
        return filled

    def partials(self) -> list[TileContent]:
        """Return the partial bundle and the partial tiles."""
        found = [self._content(None, pack_entries(self.entries), len(self.entries))]
        found += [self._content(level, b"".join(row), len(row)) for level, row in enumerate(self.rows)]
        return [part for part in found if part.tile.width]

    def root(self) -> bytes:
        """Return the root of the tree."""
        peaks: list[bytes] = []
        for row in reversed(self.rows):
            peaks += CompactRange(row).peaks
        return fold_peaks(peaks)

    def is_consistent(self) -> bool:
        """Return whether the rows are as wide as a tree of this size has them."""
        widths = [len(row) for row in self.rows]
        expected = [(self.size >> TILE_HEIGHT * level) % TILE_WIDTH for level in range(len(self.rows))]
        return widths == expected and self.size >> TILE_HEIGHT * len(self.rows) == 0

    def _content(self, level: int | None, content: bytes, width: int) -> TileContent:
        return TileContent(Tile(level, self.size >> TILE_HEIGHT * ((level or 0) + 1), width), content)

    def _fill(self) -> None:
        number = (self.size >> TILE_HEIGHT) - 1
        self._filled.append(TileContent(Tile(None, number), pack_entries(self.entries)))
        self.entries = []
        level = 0
        while len(self.rows[level]) == TILE_WIDTH:
            row, self.rows[level] = self.rows[level], []
            self._filled.append(TileContent(Tile(level, number), b"".join(row)))
            level += 1
            number >>= TILE_HEIGHT
            if level == len(self.rows):
                self.rows.append([])
            self.rows[level].append(subtree_root(row))
