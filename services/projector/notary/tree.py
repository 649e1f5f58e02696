"""The tree as it lies in the published tiles, with its right edge in memory."""

from collections.abc import Sequence

from projector.notary.core.edge import Edge
from projector.notary.core.faults import InvalidProof, NotaryDamaged
from projector.notary.core.merkle import HashAt, consistency_proof, inclusion_proof, tree_root
from projector.notary.core.tile import TILE_HEIGHT, Tile, hash_reader, tile_hashes
from projector.notary.files import PublishedFiles


class Tree:
    """Proofs and roots of the tree at every size up to that of ``edge``."""

    def __init__(self, files: PublishedFiles, edge: Edge) -> None:
        self._files = files
        self._edge = edge

    def root(self, size: int) -> bytes:
        """Return the root of the tree of ``size`` leaves. Raises NotaryDamaged when a tile is missing."""
        return tree_root(size, self.hash_at(size))

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Return the inclusion proof. Raises InvalidProof when the tree never had that size or has no such leaf."""
        return inclusion_proof(index, size, self.hash_at(size))

    def consistency(self, old_size: int, new_size: int) -> list[bytes]:
        """Return the consistency proof. Raises InvalidProof when the tree never had those sizes."""
        return consistency_proof(old_size, new_size, self.hash_at(new_size))

    def hash_at(self, size: int) -> HashAt:
        """Return the reader of subtree roots. Raises InvalidProof when the tree is smaller than ``size``."""
        if size > self._edge.size:
            raise InvalidProof(f"the tree has {self._edge.size} leaves, not {size}")
        return hash_reader(self._hashes, size)

    def _hashes(self, tile: Tile) -> Sequence[bytes]:
        level = tile.level or 0
        if level < len(self._edge.rows) and tile.number == self._edge.size >> TILE_HEIGHT * (level + 1):
            return self._edge.rows[level][: tile.width]
        return published_hashes(self._files, tile)


def published_hashes(files: PublishedFiles, tile: Tile) -> list[bytes]:
    """Return the hashes of a published tile. Raises NotaryDamaged when it is missing; MalformedTile."""
    content = files.tile(tile)
    if content is None:
        raise NotaryDamaged(f"the published tile {tile.path} is missing")
    return tile_hashes(tile, content)
