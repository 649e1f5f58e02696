"""The whole comparison: every fact of the log against its leaf, tiles, bundles and checkpoints; nothing is repaired.

It reads only, so it may run beside the notary. A leaf is spoken for by up to four witnesses: the log, the level-0 tile,
the entry bundle, and the record of what is not yet in a full bundle. Where they disagree, the one that is alone is
reported, and the upper tiles are computed from what the others say, so that one altered byte is one finding.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from lrs.log.entry import LogEntry
from projector.notary.core.checkpoint import Checkpoint, open_checkpoint
from projector.notary.core.entry import Segments
from projector.notary.core.faults import MalformedEntry, NotaryFault
from projector.notary.core.merkle import EMPTY_ROOT, CompactRange, leaf_hash, subtree_root
from projector.notary.core.note import Verifier
from projector.notary.core.tile import TILE_HEIGHT, TILE_WIDTH, Tile
from projector.notary.facts import entry_text
from projector.notary.files import CHECKPOINT, PublishedFiles
from projector.notary.ledger import FILE_NAME, Leaf, Ledger
from projector.notary.past import differing_leaves
from projector.notary.witness import leaf_hashes

LOG = "log"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault: the first leaf ``index`` that it concerns (None: the tree as a whole), where it lies, and what it is."""

    index: int | None
    where: str
    problem: str

    def __str__(self) -> str:
        """Return the finding as one line."""
        return f"{'tree' if self.index is None else f'leaf {self.index}'}: {self.where}: {self.problem}"


class Expected(NamedTuple):
    """A fact of the log as its leaf has to be: the hash, or None and why it can have none."""

    position: int
    entry_id: UUID
    leaf: bytes | None
    problem: str = ""


def expected_leaf(fact: LogEntry, segments: Segments) -> Expected:
    """Return how the leaf of ``fact`` has to be."""
    try:
        return Expected(fact.position, fact.entry_id, leaf_hash(entry_text(fact, segments)))
    except MalformedEntry as fault:
        return Expected(fact.position, fact.entry_id, None, str(fault))


def check_notary(folder: Path, facts: Iterable[LogEntry], *, verifier: Verifier, segments: Segments) -> list[Finding]:
    """Compare ``facts`` (the whole log, ascending) with what the notary in ``folder`` keeps, and return every fault.

    Facts after the last leaf are not faults: the notary has yet to come to them.
    """
    if not (folder / FILE_NAME).exists():
        return [Finding(None, FILE_NAME, "there is no record of leaves")]
    held = HeldNotary(folder)
    try:
        return held.compare((expected_leaf(fact, segments) for fact in facts), verifier)
    finally:
        held.close()


class HeldNotary:
    """What the notary in ``folder`` has kept so far, while it may go on: a log that is read later has all of it.

    The folder has to hold a record of leaves; ``size`` is how many there are.
    """

    def __init__(self, folder: Path) -> None:
        self._files = PublishedFiles(folder)
        self._published = self._files.checkpoint()  # read before the record, which is never behind it
        self._ledger = Ledger(folder, read_only=True)
        try:
            self._ledger.hold_still()
            last = self._ledger.last_leaf()
        except BaseException:
            self._ledger.close()
            raise
        self.size = 0 if last is None else last.index + 1

    def compare(self, facts: Iterable[Expected], verifier: Verifier) -> list[Finding]:
        """Compare ``facts`` as ``check_notary`` does."""
        return _Check(self._files, self._ledger).run(facts, self._published, verifier)

    def close(self) -> None:
        """Let go of the record."""
        self._ledger.close()


class _Check:
    def __init__(self, files: PublishedFiles, ledger: Ledger) -> None:
        self._files = files
        self._ledger = ledger
        self._findings: list[Finding] = []
        last = ledger.last_leaf()
        self._size = 0 if last is None else last.index + 1
        self._pending = ledger.pending()
        self._tree = CompactRange()

    def run(self, facts: Iterable[Expected], published: bytes | None, verifier: Verifier) -> list[Finding]:
        heads = self._heads(published, verifier)
        published_size = heads[CHECKPOINT].size if CHECKPOINT in heads else 0
        roots: list[bytes] = []
        matched = self._matched(iter(facts))
        for start in range(0, self._size, TILE_WIDTH):
            hashes = self._group(start, matched, published_size)
            for hash_ in hashes:
                self._tree.append(hash_)
                self._compare_heads(heads)
            roots += [subtree_root(hashes)] if len(hashes) == TILE_WIDTH else []
        self._compare_upper(roots, published_size)
        self._compare_edge()
        return self._findings

    def _report(self, index: int | None, where: str, problem: str) -> None:
        self._findings.append(Finding(index, where, problem))

    def _heads(self, published: bytes | None, verifier: Verifier) -> dict[str, Checkpoint]:
        """Return the checkpoints that open: the published one, and the one on record."""
        heads: dict[str, Checkpoint] = {}
        on_record = self._ledger.signed()
        for where, note in ((CHECKPOINT, published), (FILE_NAME, on_record)):
            if note is None:
                if published is not None or on_record is not None:
                    self._report(None, where, "the checkpoint is missing here")
                continue
            try:
                heads[where] = open_checkpoint(note, [verifier], verifier.name)
            except NotaryFault as fault:
                self._report(None, where, f"the checkpoint cannot be opened: {fault}")
        for where, head in heads.items():
            if head.size > self._size:
                self._report(self._size, where, f"{head.size} leaves were signed, but {self._size} are on record")
            elif head.size == 0 and head.root != EMPTY_ROOT:
                self._report(None, where, "the checkpoint of the empty tree has another root")
        return heads

    def _compare_heads(self, heads: Mapping[str, Checkpoint]) -> None:
        for where, head in heads.items():
            if head.size == self._tree.size and head.root != self._tree.root():
                self._report(None, where, f"the root over {head.size} leaves is another one")

    def _matched(self, facts: Iterator[Expected]) -> Iterator[Expected | None]:
        """Yield the fact of each leaf, or None when the log lacks it."""
        fact = next(facts, None)
        for leaf in self._leaves():
            while fact is not None and fact.position < leaf.position:
                self._report(leaf.index, LOG, f"the fact at position {fact.position} never got a leaf")
                fact = next(facts, None)
            if fact is None or fact.position > leaf.position:
                self._report(leaf.index, LOG, f"there is no fact at position {leaf.position}")
                yield None
                continue
            if fact.entry_id != leaf.entry_id:
                self._report(leaf.index, FILE_NAME, f"another entry id is on record for position {leaf.position}")
            yield fact
            fact = next(facts, None)

    def _leaves(self) -> Iterator[Leaf]:
        index = 0
        while index < self._size:
            for leaf in self._ledger.leaves_from(index, TILE_WIDTH):
                if leaf.index != index:
                    self._report(index, FILE_NAME, "a leaf is missing on record")
                index = leaf.index + 1
                yield leaf

    def _group(self, start: int, matched: Iterator[Expected | None], published_size: int) -> list[bytes]:
        """Compare the leaves from ``start`` to the end of its tile, and return the hashes that most witnesses hold."""
        count = min(TILE_WIDTH, self._size - start)
        width = TILE_WIDTH if count == TILE_WIDTH else max(0, min(count, published_size - start))
        number = start >> TILE_HEIGHT
        witnesses: dict[str, Sequence[bytes | None]] = {}
        if width:
            for tile in (Tile(0, number, width), Tile(None, number, width)):
                witnesses[f"tile/{tile.path}"] = self._published(tile)
        if count < TILE_WIDTH:
            witnesses[FILE_NAME] = [leaf_hash(entry) for entry in self._pending]
        said = [self._hash_of(start + place, next(matched, None)) for place in range(count)]
        hashes = [hash_ for hash_ in said if hash_ is not None]
        if len(hashes) == count and all(hashes == other for other in witnesses.values()):
            return hashes
        witnesses[LOG] = said
        return [self._agree(start + place, place, witnesses) for place in range(count)]

    def _agree(self, index: int, place: int, witnesses: Mapping[str, Sequence[bytes | None]]) -> bytes:
        said = {where: hashes[place] for where, hashes in witnesses.items() if place < len(hashes)}
        votes = Counter(hash_ for hash_ in said.values() if hash_ is not None)
        agreed = max(votes, key=lambda hash_: votes[hash_], default=EMPTY_ROOT)  # of two alike, what was noted
        for where, hash_ in said.items():
            if hash_ is not None and hash_ != agreed:
                self._report(index, where, "the fact differs from its leaf" if where == LOG else "the leaf differs")
        return agreed

    def _hash_of(self, index: int, fact: Expected | None) -> bytes | None:
        if fact is None:
            return None
        if fact.problem:
            self._report(index, LOG, fact.problem)
        return fact.leaf

    def _published(self, tile: Tile) -> list[bytes]:
        hashes, fault = leaf_hashes(tile, self._files.tile(tile))
        if fault is not None:
            self._report(fault[0], f"tile/{tile.path}", fault[1])
        return hashes

    def _compare_upper(self, roots: list[bytes], published_size: int) -> None:
        """Compare the tiles of level 1 and up with the roots of the full tiles below them."""
        level = 1
        while roots:
            rows = [roots[place : place + TILE_WIDTH] for place in range(0, len(roots), TILE_WIDTH)]
            for number, row in enumerate(rows):
                covered = (published_size >> TILE_HEIGHT * level) - number * TILE_WIDTH
                width = TILE_WIDTH if len(row) == TILE_WIDTH else max(0, min(len(row), covered))
                if width:
                    self._compare_tile(Tile(level, number, width), b"".join(row[:width]))
            roots = [subtree_root(row) for row in rows if len(row) == TILE_WIDTH]
            level += 1

    def _compare_tile(self, tile: Tile, expected: bytes) -> None:
        content = self._files.tile(tile)
        if content is None:
            self._report(tile.first_index, f"tile/{tile.path}", "the file is missing")
        elif content != expected:
            for index in differing_leaves(tile, content, expected):
                self._report(index, f"tile/{tile.path}", "the hash differs from the tile below it")

    def _compare_edge(self) -> None:
        try:
            root = self._ledger.edge().root()
        except NotaryFault as fault:
            self._report(None, FILE_NAME, str(fault))
            return
        if root != self._tree.root():
            self._report(None, FILE_NAME, "the right edge of the tree on record is another one")
