"""What may be asked of the published log, from any process: nothing is written, and no key is needed."""

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

from projector.notary.core.checkpoint import Checkpoint, parse_checkpoint
from projector.notary.core.faults import NotaryDamaged, NotPublished
from projector.notary.core.merkle import inclusion_proof
from projector.notary.core.note import parse_note
from projector.notary.core.proof import InclusionProof
from projector.notary.core.tile import Tile, covers, hash_reader
from projector.notary.files import PublishedFiles
from projector.notary.ledger import FILE_NAME, Ledger
from projector.notary.tree import published_hashes


class LogReader:
    """Reads the folder that a notary writes, also before there is one. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = PublishedFiles(folder)

    def checkpoint(self) -> bytes:
        """Return the published checkpoint, a signed note. Raises NotPublished when there is none yet."""
        note = self._files.checkpoint()
        if note is None:
            raise NotPublished("no checkpoint has been published yet")
        return note

    def vkey(self) -> bytes:
        """Return the verifier key and a newline. Raises NotPublished when there is none yet."""
        vkey = self._files.vkey()
        if vkey is None:
            raise NotPublished("no verifier key has been published yet")
        return vkey

    def tile(self, tile: Tile) -> bytes:
        """Return a tile or entry bundle. Raises NotPublished when the checkpoint does not cover it."""
        size = _head(self.checkpoint()).size
        content = self._files.tile(tile) if covers(size, tile) else None
        if content is None:
            raise NotPublished(f"the checkpoint over {size} leaves does not cover this tile")
        return content

    def proof(self, index: int) -> bytes:
        """Return the proof that leaf ``index`` is in the published tree, as text (C2SP tlog-proof).

        Raises NotPublished when the checkpoint does not cover the leaf; NotaryDamaged when a tile is missing.
        """
        note = self.checkpoint()
        size = _head(note).size
        if not 0 <= index < size:
            raise NotPublished(f"the checkpoint covers leaves 0 to {size - 1}; this one is not among them yet")
        hash_at = hash_reader(lambda tile: published_hashes(self._files, tile), size)
        return InclusionProof(index, tuple(inclusion_proof(index, size, hash_at)), note).text()

    def proof_of_entry(self, entry_id: UUID) -> bytes:
        """Return the proof for the fact with that id, such as a statement's. Raises NotPublished as ``proof`` does."""
        index = self.index_of_entry(entry_id)
        if index is None:
            raise NotPublished("nothing with that id has a leaf yet")
        return self.proof(index)

    def index_of_entry(self, entry_id: UUID) -> int | None:
        """Return the leaf index of the fact with that id. Raises NotaryDamaged when the notary's record is damaged."""
        if not (self._folder / FILE_NAME).exists():
            return None
        try:
            with closing(Ledger(self._folder, read_only=True)) as ledger:
                leaf = ledger.by_entry_id(entry_id)
        except sqlite3.Error as error:
            raise NotaryDamaged(f"{FILE_NAME} cannot be read ({error})") from error
        return None if leaf is None else leaf.index

    def signed_size(self) -> int:
        """Return how many leaves the published checkpoint covers, 0 without one. Raises MalformedNote."""
        note = self._files.checkpoint()
        return 0 if note is None else _head(note).size


def _head(note: bytes) -> Checkpoint:
    return parse_checkpoint(parse_note(note).text)
