"""What the notary signed before, and how it makes sure never to contradict it."""

from collections.abc import Iterator

from projector.notary.core.checkpoint import Checkpoint, open_checkpoint
from projector.notary.core.edge import Edge, TileContent
from projector.notary.core.faults import LogRegressed, MalformedTile, NotaryDamaged, NotaryFault
from projector.notary.core.note import Verifier
from projector.notary.core.tile import TILE_HEIGHT, Tile, tile_hashes, unpack_entries
from projector.notary.files import CHECKPOINT, PublishedFiles
from projector.notary.ledger import Ledger
from projector.notary.tree import Tree


def take_up_signed(ledger: Ledger, files: PublishedFiles, edge: Edge, verifier: Verifier) -> Checkpoint | None:
    """Return the last checkpoint, which is published again when a crash came between its record and its file.

    Raises NotaryDamaged when record, file and tiles contradict each other, or another key or origin signed.
    """
    found = {note: _open(note, verifier) for note in (ledger.signed(), files.checkpoint()) if note is not None}
    if not found:
        return None
    if len({(signed.size, signed.root) for signed in found.values()}) != len(
        {signed.size for signed in found.values()}
    ):
        raise NotaryDamaged("two checkpoints of the same size were signed over different trees")
    note, signed = max(found.items(), key=lambda item: item[1].size)
    if signed.size <= edge.size:
        _require_root(files, edge, signed)
    if files.checkpoint() != note:
        files.put(CHECKPOINT, note)
    return signed


def require_same_tiles(files: PublishedFiles, part: TileContent) -> None:
    """Raise LogRegressed when another content of a tile is already published, naming the first leaf concerned."""
    published = files.own_file(part.tile)
    if published is None or published == part.content:
        return
    index = next(differing_leaves(part.tile, published, part.content))
    raise LogRegressed(
        f"the published tile {part.tile.path} differs from the log at leaf {index}; one of the two was altered", index
    )


def differing_leaves(tile: Tile, published: bytes, expected: bytes) -> Iterator[int]:
    """Yield the first leaf under each hash or entry in which two contents of ``tile`` differ: at least one."""
    height = TILE_HEIGHT * (tile.level or 0)
    theirs, ours = _pieces(tile, published), _pieces(tile, expected)
    if len(theirs) != len(ours):
        yield tile.first_index
        return
    for place, (found, wanted) in enumerate(zip(theirs, ours, strict=True)):
        if found != wanted:
            yield tile.first_index + (place << height)


def _pieces(tile: Tile, content: bytes) -> list[bytes]:
    try:
        return unpack_entries(content) if tile.level is None else tile_hashes(tile, content)
    except MalformedTile:
        return []


def _open(note: bytes, verifier: Verifier) -> Checkpoint:
    try:
        return open_checkpoint(note, [verifier], verifier.name)
    except NotaryFault as fault:
        message = f"the last checkpoint cannot be opened with the present key and origin: {fault}"
        raise NotaryDamaged(message) from fault


def _require_root(files: PublishedFiles, edge: Edge, signed: Checkpoint) -> None:
    try:
        root = Tree(files, edge).root(signed.size)
    except NotaryFault as fault:
        raise NotaryDamaged(f"the tree of the last checkpoint cannot be read: {fault}") from fault
    if root != signed.root:
        raise NotaryDamaged("the tiles do not lead to the root of the last checkpoint")
